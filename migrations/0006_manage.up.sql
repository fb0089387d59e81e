-- The reader's own page. What opens it (a link, then a session) is kept as its
-- SHA-256 alone: nobody who reads these tables can open anything.

-- Somebody asked for a link. Rows go after a day.
create table reader_requests (
    id        bigint generated always as identity primary key,
    email     text not null check (email <> ''), -- as it was typed; may be nobody's
    language  text not null,
    asked_at  timestamptz not null,
    due_at    timestamptz not null,
    attempts  int not null default 0 check (attempts >= 0),
    status    text not null check (status in ('queued', 'sent', 'failed')),
    error     text not null default '',
    check (status <> 'failed' or error <> '')
);
create index reader_requests_email on reader_requests (lower(btrim(email)), asked_at);
create index reader_requests_due on reader_requests (due_at) where status = 'queued';
create index reader_requests_asked on reader_requests (asked_at);

create table reader_links (
    hash     bytea primary key check (length(hash) = 32),
    donor_id text not null references donors on delete cascade,
    until    timestamptz not null,
    used_at  timestamptz
);
create index reader_links_donor on reader_links (donor_id);
create index reader_links_until on reader_links (until);

create table reader_sessions (
    hash     bytea primary key check (length(hash) = 32),
    donor_id text not null references donors on delete cascade,
    until    timestamptz not null
);
create index reader_sessions_donor on reader_sessions (donor_id);
create index reader_sessions_until on reader_sessions (until);

-- What a reader changed in a recurring donation, committed before Stripe is
-- asked. The id stands for one form with one content; Stripe's idempotency key
-- is made from it. The subscription has no reference: it is derived, and may go
-- and come again.
create table reader_changes (
    id            text primary key check (id ~ '^[0-9a-f]{64}$'),
    subscription  text not null check (subscription <> ''),
    donor_id      text references donors on delete set null,
    action        text not null check (action in ('amount', 'pause', 'resume', 'cancel')),
    currency      text not null default '',
    amount        bigint not null default 0,
    fee_cover     bigint not null default 0, -- the part of amount that covers the payment fee
    resumes_at    timestamptz,
    reason        text not null default '',
    comment       text not null default '',
    asked_at      timestamptz not null,
    attempts      int not null check (attempts > 0),
    claimed_until timestamptz, -- somebody is asking Stripe
    outcome       text not null default '' check (outcome in ('', 'done', 'gone')),
    done_at       timestamptz, -- by the database's clock
    seen_at       timestamptz, -- what Stripe had told last when it was asked, by its clock
    error         text not null default '',
    check ((action = 'amount') = (amount > 0)),
    check (fee_cover between 0 and amount),
    check ((action = 'pause') = (resumes_at is not null)),
    check ((outcome = 'done') = (done_at is not null))
);
create index reader_changes_subscription on reader_changes (subscription, done_at);
create index reader_changes_donor on reader_changes (donor_id);

-- In which language a campaign's name was kept: it may have none in the reader's.
-- '' where nobody noted it.
alter table checkouts add column campaign_language text not null default '';

-- When a paused subscription collects again, Unix seconds; 0 where nobody said.
alter table subscriptions add column pause_resumes_at bigint not null default 0;

-- It is at its default where the books knew better before it was taken away: only a
-- rebuild finds it in the events.
update books_made set derivation = 0 where exists (select from inbox_events);
