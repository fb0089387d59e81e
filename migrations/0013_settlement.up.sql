-- Which balance transactions an automatic payout sent to the bank, as Stripe lists
-- them for the payout, and what of that is still to be asked.

create table payout_rows (
    id     text primary key, -- the balance transaction
    payout text not null
);
create index payout_rows_payout on payout_rows (payout);

-- Stripe can list what the payout sent.
alter table payouts add column reconciled boolean not null default false;

-- What of a gift came back after it was booked: few rows, which reports look up.
create index balance_transactions_undone on balance_transactions (source)
    where category in ('charge_failure', 'partial_capture_reversal') or category = '' and type = 'payment_failure_refund';

-- How far the asking about each automatic payout is.
create table payout_questions (
    payout   text primary key,
    asked_at timestamptz not null,
    checks   int not null, -- how often Stripe was asked whether it is reconciled
    attempts int not null, -- how often its rows were asked for
    read_at  timestamptz -- when its rows were last read to their end
);

-- What each comparison of the books with Stripe's lists found.
create table reconciliations (
    id        bigint generated always as identity primary key,
    began     timestamptz not null,
    ended     timestamptz not null,
    since     timestamptz not null, -- what was made from then on was compared
    found     int not null check (found >= 0),
    healed    int not null check (healed >= 0),
    remaining int not null check (remaining >= 0),
    equal     boolean not null -- the clearing account and Stripe's balance
);

-- Stored events tell which payouts are reconciled.
update books_made set derivation = 0 where exists (select from inbox_events);
