-- What is given back from here. A row is committed before Stripe is asked, and its
-- id goes into Stripe's idempotency key and into the refund's metadata: whatever
-- ends in between, the same order is one refund. payment is the donation's key,
-- without a reference: a donation is derived, and may go and come again.
create table refund_orders (
    id             text primary key check (id ~ '^rfo_[a-z0-9]{20}$'),
    payment        text not null check (payment <> ''),
    donation_id    text not null check (donation_id <> ''),
    payment_intent text not null,
    charge         text not null,
    currency       currency_code not null,
    gift           bigint not null check (gift > 0), -- the donation's own amount then
    amount         bigint not null check (amount between 1 and gift),
    reason         text not null check (reason in ('requested_by_customer', 'duplicate', 'fraudulent')),
    note           text not null,
    asked_by       text not null check (asked_by <> ''),
    asked_at       timestamptz not null,
    attempts       int not null default 0 check (attempts >= 0),
    due_at         timestamptz not null, -- when it is tried again by itself
    claimed_until  timestamptz, -- somebody is asking Stripe, by the database's clock
    outcome        text not null default '' check (outcome in ('', 'done', 'refused')),
    stripe_refund  text not null default '',
    settled_at     timestamptz,
    error          text not null default '',
    check (payment_intent <> '' or charge <> ''),
    check ((outcome = 'done') = (stripe_refund <> '')),
    check ((outcome <> '') = (settled_at is not null)),
    check (outcome <> 'refused' or error <> '')
);
create index refund_orders_payment on refund_orders (payment);
create index refund_orders_due on refund_orders (due_at) where outcome = '';
create index refund_orders_asked on refund_orders (asked_at);

-- Who gave back what, and why, stays. An order goes forward only: from open to done
-- or refused. Words may be taken out of it, for somebody whose data are erased.
create function keep_refund_orders() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'orders of refunds are kept: they tell who gave back what' using errcode = 'restrict_violation';
    end if;
    if (new.id, new.payment, new.donation_id, new.payment_intent, new.charge, new.currency, new.gift, new.amount, new.reason, new.asked_by, new.asked_at)
            is distinct from
            (old.id, old.payment, old.donation_id, old.payment_intent, old.charge, old.currency, old.gift, old.amount, old.reason, old.asked_by, old.asked_at)
        or new.note not in (old.note, '')
        or new.attempts < old.attempts
        or old.outcome <> '' and (new.outcome, new.stripe_refund, new.settled_at) is distinct from (old.outcome, old.stripe_refund, old.settled_at)
    then
        raise exception 'order % of a refund cannot be changed: make another', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger refund_orders_kept before update or delete on refund_orders for each row execute function keep_refund_orders();
create trigger refund_orders_whole before truncate on refund_orders for each statement execute function keep_refund_orders();

-- The last month in which a charge's card can be charged, year * 100 + month; 0 where
-- no card paid or nobody said.
alter table charges add column card_expires bigint not null default 0;

-- What stands on the bank's statement; '' for the account's own.
alter table payouts add column descriptor text not null default '';

-- Both are at their defaults where the books knew better before they were taken
-- away: only a rebuild finds them in the events.
update books_made set derivation = 0 where exists (select from inbox_events);

-- What is amiss with recurring donations, as it is found each day. The subscription
-- has no reference: it is derived, and may go and come again. One of a kind is open
-- at a time; what Stripe had not told was taken in, and is closed at once.
create table recurring_findings (
    id           bigint generated always as identity primary key,
    subscription text not null check (subscription <> ''),
    kind         text not null check (kind in ('missing', 'failing', 'ended', 'untold', 'unknown', 'card')),
    detail       text not null check (detail <> ''),
    due_at       timestamptz, -- the charge that it is about
    first_seen   timestamptz not null,
    last_seen    timestamptz not null check (last_seen >= first_seen),
    resolved_at  timestamptz
);
create unique index recurring_findings_open on recurring_findings (subscription, kind) where resolved_at is null;
create index recurring_findings_resolved on recurring_findings (resolved_at) where resolved_at is not null;

-- Lines of the bank's statements, as far as they are needed to find payouts among
-- them. The id stands for the day, the amount, the text and which of several such
-- lines it is, with the key of the erasures: a line that comes again, in another
-- file, is the same line. Texts of others than Stripe are not kept.
create table bank_lines (
    id        text primary key check (id ~ '^[0-9a-f]{64}$'),
    day       date not null,
    currency  currency_code not null,
    amount    bigint not null check (amount <> 0), -- minor units as Stripe counts them; above zero came in
    text      text not null,
    stripes   boolean not null, -- the text names Stripe, or is told to
    read_at   timestamptz not null
);
create index bank_lines_amount on bank_lines (currency, amount, day);

-- The files that were read. The id stands for the file's bytes and the lines that were
-- read of it, with the same key; one that was taken back stays known.
create table bank_statements (
    id         text primary key check (id ~ '^bst_[0-9a-f]{20}$'),
    content    text not null check (content ~ '^[0-9a-f]{64}$'), -- the bytes alone, with the key
    name       text not null check (name <> ''),
    read_at    timestamptz not null,
    taken_back timestamptz
);
create index bank_statements_content on bank_statements (content);

-- Which lines a file has. One that no file has any more goes.
create table bank_statement_lines (
    statement text not null references bank_statements,
    line      text not null references bank_lines on delete cascade,
    stripes   boolean not null, -- as this file was read
    primary key (statement, line)
);
create index bank_statement_lines_line on bank_statement_lines (line);

-- Which line is which payout's: one to one, made again as a whole from all lines and
-- payouts. The payout has no reference: it is a fact that a rebuild makes again.
create table bank_ticks (
    payout text not null check (payout <> ''),
    kind   text not null check (kind in ('deposit', 'return')),
    line   text not null unique references bank_lines,
    primary key (payout, kind)
);
