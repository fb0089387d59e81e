-- The ledger: one entry for each of Stripe's balance transactions, its lines summing
-- to zero, and one more for whatever is learnt about it later. Amounts are signed
-- minor units of the settlement currency, debit above zero. What stands here stays:
-- what was wrong is put right by a correction.
create table postings (
    seq         bigint generated always as identity primary key,
    entry_id    text not null check (entry_id <> ''),
    balance_transaction text not null check (balance_transaction <> ''),
    kind        text not null check (kind in ('original', 'correction')),
    number      integer not null check (number > 0),
    account     text not null check (account <> ''),
    -- As Stripe tells it, whatever that is: what is on the account is in the ledger.
    currency    text not null check (currency <> ''),
    amount      bigint not null check (amount <> 0),
    donation_id text not null, -- '' where the line belongs to no donation
    posted_at   bigint not null, -- of the balance transaction, Unix seconds
    -- When the statement began, not the transaction: that is after its locks were
    -- taken, so that an export which waits for them has all of a period that is over.
    booked_at   timestamptz not null default statement_timestamp(),
    unique (balance_transaction, kind, number, account, currency, donation_id)
);
-- The balance of the clearing account, for whoever compares it with Stripe's.
create index postings_clearing on postings (currency) include (amount) where account = 'stripe_clearing';

-- One statement writes an entry whole, so that its lines can be added up at once,
-- for any number of entries.
create function balance_postings() returns trigger language plpgsql as $$
declare
    wrong record;
begin
    select entry_id, currency, sum(amount) as off into wrong
    from rows_now group by entry_id, currency having sum(amount) <> 0
    order by entry_id, currency limit 1;
    if found then
        raise exception 'ledger entry % does not balance: its lines in % add up to %, not to 0', wrong.entry_id, wrong.currency, wrong.off
            using errcode = 'check_violation', hint = 'Write all lines of an entry in one statement; debits are above zero, credits below.';
    end if;
    return null;
end
$$;
create trigger postings_balance after insert on postings
    referencing new table as rows_now for each statement execute function balance_postings();

create function keep_postings() returns trigger language plpgsql as $$
begin
    raise exception 'what is posted stays: postings cannot be changed or removed (%)', lower(tg_op)
        using errcode = 'restrict_violation', hint = 'A mistake is put right by a correction, a new entry of the same balance transaction.';
end
$$;
create trigger postings_stay before update or delete or truncate on postings
    for each statement execute function keep_postings();

-- When Stripe told a balance transaction, Unix seconds: of two that contradict each
-- other the later counts.
alter table balance_transactions add column told_at bigint not null default 0;

-- A quotient rounded to a whole number, halves to the even one, so that many of them
-- lean to neither side. The divisor is above zero.
create function half_even(dividend numeric, divisor numeric) returns numeric language sql immutable strict as $$
    select div(dividend, divisor) + case
        when 2 * abs(mod(dividend, divisor)) > divisor then sign(dividend)
        when 2 * abs(mod(dividend, divisor)) = divisor then sign(dividend) * abs(mod(div(dividend, divisor), 2))
        else 0 end
$$;

-- Books that hold events have no postings yet: only a rebuild makes them.
update books_made set derivation = 0 where exists (select from inbox_events);
