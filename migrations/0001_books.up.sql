-- Amounts are bigint in Stripe's minor units beside their currency; times are
-- instants. Tables named for Stripe's objects hold the join of every fact told
-- about one object, whichever order it came in, with Stripe's times as Stripe
-- tells them (Unix seconds, 0 while unknown); donations and recurring_donations
-- are derived from them.

create domain currency_code as text check (value ~ '^[A-Z]{3}$');
create domain gift_kind as text check (value in ('one_time', 'monthly', 'annual'));

-- A reader's decision to give, committed before Stripe is called.
create table checkouts (
    id                 text primary key check (length(id) >= 22),
    created_at         timestamptz not null,
    kind               gift_kind not null,
    currency           currency_code not null,
    amount             bigint not null check (amount > 0),
    campaign           text not null check (campaign <> ''),
    campaign_name      text not null check (campaign_name <> ''),
    appeal             text not null,
    variant            text not null,
    placement          text not null,
    article            text not null,
    language           text not null,
    cover_fees         boolean not null,
    statement_suffix   text not null,
    stripe_session     text unique,
    session_url        text,
    session_expires_at timestamptz,
    check ((stripe_session is null) = (session_url is null)),
    check ((stripe_session is null) = (session_expires_at is null))
);

-- Every event as it came. An event's shape depends on the API version of the
-- endpoint it was sent to, so that one id may come in several shapes, each of
-- which may carry a fact that the others lack.
create table inbox_events (
    seq          bigint generated always as identity unique,
    event_id     text not null check (event_id <> ''),
    api_version  text not null,
    type         text not null,
    created_at   timestamptz,
    received_at  timestamptz not null,
    status       text not null check (status in ('merged', 'ignored', 'parked')),
    error        text not null default '',
    attempts     int not null default 1 check (attempts > 0),
    retry_at     timestamptz,
    payload      bytea not null,
    primary key (event_id, api_version),
    check ((status = 'parked') = (error <> '')),
    check (status = 'parked' or retry_at is null)
);
create index inbox_events_parked on inbox_events (retry_at) where status = 'parked';

-- What a checkout was for, as Stripe's metadata carries it.
create table attributions (
    id        text primary key, -- the checkout's
    kind      text not null,
    campaign  text not null,
    appeal    text not null,
    variant   text not null,
    placement text not null,
    article   text not null
);

create table checkout_sessions (
    id             text primary key,
    checkout_id    text not null,
    mode           text not null,
    status         text not null,
    payment_status text not null,
    payment        text not null,
    subscription   text not null,
    invoice        text not null,
    customer       text not null,
    currency       text not null,
    amount         bigint not null,
    email          text not null,
    name           text not null,
    country        text not null,
    created        bigint not null
);
create index checkout_sessions_payment on checkout_sessions (payment) where payment <> '';
create index checkout_sessions_invoice on checkout_sessions (invoice) where invoice <> '';
create index checkout_sessions_subscription on checkout_sessions (subscription) where subscription <> '';

-- A payment is a payment intent, or a charge that has none.
create table payments (
    id           text primary key,
    checkout_id  text not null,
    customer     text not null,
    created      bigint not null,
    promised     boolean not null,
    told_class   smallint not null,
    told_at      bigint not null,
    told_rank    smallint not null,
    told_event   text not null,
    status       text not null,
    currency     text not null,
    amount       bigint not null,
    failure_code text not null
);

create table charges (
    id                  text primary key,
    payment             text not null check (payment <> ''),
    checkout_id         text not null,
    customer            text not null,
    currency            text not null,
    amount              bigint not null,
    amount_refunded     bigint not null check (amount_refunded >= 0),
    balance_transaction text not null,
    method              text not null,
    email               text not null,
    name                text not null,
    country             text not null,
    created             bigint not null,
    told_class          smallint not null,
    told_at             bigint not null,
    told_rank           smallint not null,
    told_event          text not null,
    status              text not null,
    failure_code        text not null
);
create index charges_payment on charges (payment);

create table subscriptions (
    id                   text primary key,
    checkout_id          text not null,
    customer             text not null,
    created              bigint not null,
    told_class           smallint not null,
    told_at              bigint not null,
    told_rank            smallint not null,
    told_event           text not null,
    status               text not null,
    currency             text not null,
    amount               bigint not null,
    period               text not null,
    period_count         bigint not null,
    current_period_end   bigint not null,
    cancel_at_period_end boolean not null,
    canceled_at          bigint not null,
    cancel_reason        text not null
);

create table invoices (
    id             text primary key,
    subscription   text not null,
    checkout_id    text not null,
    customer       text not null,
    status         text not null,
    billing_reason text not null,
    currency       text not null,
    amount_paid    bigint not null,
    attempts       bigint not null,
    failed         boolean not null,
    email          text not null,
    name           text not null,
    country        text not null,
    created        bigint not null
);
create index invoices_subscription on invoices (subscription) where subscription <> '';

-- Which payment paid which invoice: told by either end.
create table invoice_payments (
    invoice text not null check (invoice <> ''),
    payment text not null check (payment <> ''),
    primary key (invoice, payment)
);
create index invoice_payments_payment on invoice_payments (payment);

-- Who gave. The id is random, not made from the address: it may stand in
-- reports that name nobody.
create table donors (
    donor_id  text primary key,
    email_key text not null unique check (email_key = lower(email_key) and email_key <> '')
);

create table donations (
    donation_id text primary key,
    payment     text not null unique,
    received_at timestamptz not null,
    kind        gift_kind not null,
    status      text not null check (status in ('pending', 'succeeded', 'failed', 'canceled')),
    currency    currency_code not null,
    amount      bigint not null check (amount > 0),
    refunded    bigint not null check (refunded between 0 and amount),
    method      text not null,
    balance_transaction text not null,
    checkout_id text not null check (checkout_id <> ''),
    campaign    text not null,
    appeal      text not null,
    variant     text not null,
    placement   text not null,
    article     text not null,
    donor_id    text references donors,
    donor_name  text not null,
    donor_email text not null,
    country     text not null,
    payment_intent   text not null,
    charge           text not null,
    invoice          text not null,
    subscription     text not null,
    checkout_session text not null,
    check (status = 'succeeded' or refunded = 0),
    -- One charge, one donation. Looked at when a statement ends, since a charge
    -- that turns out to be another payment's moves within one.
    constraint donations_charge exclude using btree (charge with =) where (charge <> '') deferrable initially immediate
);
create index donations_received on donations (received_at, donation_id);
create index donations_subscription on donations (subscription) where subscription <> '';
create index donations_checkout on donations (checkout_id);
create index donations_session on donations (checkout_session) where checkout_session <> '';

create table recurring_donations (
    recurring_id text primary key,
    subscription text not null unique,
    kind         gift_kind not null,
    status       text not null,
    currency     currency_code not null,
    amount       bigint not null check (amount > 0),
    started_at   timestamptz,
    current_period_end   timestamptz,
    cancel_at_period_end boolean not null,
    canceled_at  timestamptz,
    cancel_reason text not null,
    checkout_id  text not null check (checkout_id <> ''),
    campaign     text not null,
    appeal       text not null,
    variant      text not null,
    placement    text not null,
    article      text not null,
    donor_id     text references donors,
    donor_name   text not null,
    donor_email  text not null,
    country      text not null
);
create index recurring_donations_checkout on recurring_donations (checkout_id);
