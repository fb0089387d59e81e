-- What comes after a payment (refunds, disputes, payouts, warnings), what is not
-- ours (foreign payments), and what the books were made with.

alter table checkout_sessions add column payment_link text not null default '';
create index checkout_sessions_customer on checkout_sessions (customer) where customer <> '';

-- With the invoice beside it: the first of a payment is looked for, in order.
drop index invoice_payments_payment;
create index invoice_payments_payment on invoice_payments (payment, invoice);

create index payments_customer on payments (customer) where customer <> '';
create index charges_customer on charges (customer) where customer <> '';

-- Told by a shape that would name the payment's invoice, and names none.
alter table payments add column alone boolean not null default false;

-- The sum refunded is the latest that Stripe told: it goes down where a refund fails.
alter table charges add column refunded_at bigint not null default 0;
update charges set refunded_at = told_at;

alter table subscriptions
    add column pause_behavior text not null default '',
    add column trial_end bigint not null default 0,
    add column reason_at bigint not null default 0;
create index subscriptions_customer on subscriptions (customer) where customer <> '';

create table refunds (
    id             text primary key,
    charge         text not null,
    payment        text not null,
    status         text not null,
    currency       text not null,
    amount         bigint not null,
    reason         text not null,
    failure_reason text not null,
    balance_transaction text not null,
    failure_transaction text not null,
    created        bigint not null,
    undone_at      bigint not null -- when it failed or was canceled
);
create index refunds_charge on refunds (charge) where charge <> '';
create index refunds_payment on refunds (payment) where payment <> '';

create table disputes (
    id         text primary key,
    charge     text not null,
    payment    text not null,
    currency   text not null,
    amount     bigint not null,
    reason     text not null,
    created    bigint not null,
    told_class smallint not null,
    told_at    bigint not null,
    told_rank  smallint not null,
    told_event text not null,
    status     text not null,
    due_by     bigint not null
);
create index disputes_charge on disputes (charge) where charge <> '';
create index disputes_payment on disputes (payment) where payment <> '';

-- Stripe's accounting facts, which never change. Amounts are in the settlement
-- currency; amount - fee = net.
create table balance_transactions (
    id            text primary key,
    source        text not null,
    type          text not null,
    category      text not null,
    currency      text not null,
    amount        bigint not null,
    fee           bigint not null,
    net           bigint not null,
    exchange_rate text not null,
    created       bigint not null,
    available_on  bigint not null
);
create index balance_transactions_source on balance_transactions (source) where source <> '';

create table payouts (
    id         text primary key,
    status     text not null,
    currency   text not null,
    amount     bigint not null,
    automatic  boolean not null,
    method     text not null,
    balance_transaction text not null,
    failure_transaction text not null,
    failure_code text not null,
    created    bigint not null,
    arrival    bigint not null
);

create table customers (
    id         text primary key,
    created    bigint not null,
    deleted    boolean not null,
    told_class smallint not null,
    told_at    bigint not null,
    told_rank  smallint not null,
    told_event text not null,
    email      text not null,
    name       text not null,
    country    text not null
);

create table early_fraud_warnings (
    id         text primary key,
    charge     text not null,
    payment    text not null,
    fraud_type text not null,
    created    bigint not null,
    settled    boolean not null -- refunded or disputed: nothing is left to do
);
create index early_fraud_warnings_charge on early_fraud_warnings (charge);

create table reviews (
    id            text primary key,
    charge        text not null,
    payment       text not null,
    opened_reason text not null,
    closed_reason text not null,
    created       bigint not null,
    closed        boolean not null
);

create table mandates (
    id         text primary key,
    method     text not null,
    told_class smallint not null,
    told_at    bigint not null,
    told_rank  smallint not null,
    told_event text not null,
    status     text not null
);

alter table donations
    add column dispute_status text not null default 'none'
        check (dispute_status in ('none', 'warning', 'open', 'won', 'lost')),
    -- What disputes have taken and not given back, in the donation's currency.
    add column disputed bigint not null default 0 check (disputed between 0 and amount),
    -- What Stripe took for them, in the currency of the account.
    add column dispute_fee bigint not null default 0,
    add column dispute_fee_currency text not null default '',
    add check (status = 'succeeded' or disputed = 0);

-- Few: those whose invoice is still to be told.
create index donations_unexplained on donations (payment) where invoice = '' and checkout_session = '' and subscription = '';

alter table recurring_donations add column trial_end timestamptz;

-- Payments that did not begin here and that no rule adopts: kept and
-- reconciled, in no report of donations.
create table foreign_payments (
    payment      text primary key,
    received_at  timestamptz not null,
    status       text not null check (status in ('pending', 'succeeded', 'failed', 'canceled')),
    currency     currency_code not null,
    amount       bigint not null check (amount > 0),
    refunded     bigint not null check (refunded between 0 and amount),
    dispute_status text not null check (dispute_status in ('none', 'warning', 'open', 'won', 'lost')),
    disputed     bigint not null check (disputed between 0 and amount),
    dispute_fee  bigint not null,
    dispute_fee_currency text not null,
    method       text not null,
    balance_transaction text not null,
    customer     text not null,
    charge       text not null,
    invoice      text not null,
    subscription text not null,
    check (status = 'succeeded' or refunded = 0 and disputed = 0)
);
create index foreign_payments_received on foreign_payments (received_at, payment);

-- What the derived rows were made with. Where the program or the rules of
-- adoption are newer, `readerfund rebuild` makes the books again.
create table books_made (
    one        boolean primary key default true check (one),
    derivation int not null,
    adoption   text not null
);

-- How far a periodic reading of Stripe's lists has come.
create table watermarks (
    name    text primary key,
    reached timestamptz not null
);

-- An import that was cut short goes on where it was.
create table imports (
    since    timestamptz not null,
    list     text not null,
    began    timestamptz not null, -- of the whole import
    cursor   text not null,
    taken    bigint not null,
    done     boolean not null,
    primary key (since, list)
);

-- Invoices whose payment no event has told, and when Stripe was last asked.
create table invoice_questions (
    invoice  text primary key,
    asked_at timestamptz not null,
    attempts int not null
);
create index invoices_paid on invoices (created) where status = 'paid' and amount_paid > 0;

-- A payload is JSON of a few thousand bytes: the faster compression is the better one.
do $$ begin
    alter table inbox_events alter column payload set compression lz4;
exception when feature_not_supported then null; -- a Postgres built without lz4
end $$;
