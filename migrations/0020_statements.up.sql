-- Statements of a year that are mailed to donors: who is to have one, and what became
-- of it. No name, no address and no words of a donor's stand here.

create table statement_runs (
    id           text primary key,
    year         int not null check (year between 2000 and 9998),
    zone         text not null check (zone <> ''), -- of the year's first and last moment
    again        boolean not null, -- whose figures have changed since get another
    ordered_by   text not null check (ordered_by <> ''),
    ordered_at   timestamptz not null,
    state        text not null check (state in ('running', 'done', 'cancelled')),
    ended_at     timestamptz,
    cancelled_by text not null default '',
    check ((state = 'running') = (ended_at is null)),
    check ((state = 'cancelled') = (cancelled_by <> ''))
);
-- One at a time for each year.
create unique index statement_runs_running on statement_runs (year) where state = 'running';
create index statement_runs_ordered on statement_runs (ordered_at, id);

-- One row a run and donor. A row is waiting, and handed over for the moment in which
-- the mail server is told; where nobody knows how that moment ended it is unsure, and
-- nothing is mailed again by itself.
create table statements (
    id         bigint generated always as identity primary key,
    run        text not null references statement_runs,
    year       int not null,
    donor_id   text references donors on delete set null, -- null: erased
    state      text not null check (state in ('waiting', 'sent', 'skipped', 'failed', 'unsure')),
    reason     text not null default '' check (reason in ('', 'no_address', 'nothing', 'erased', 'cancelled')),
    replaces   boolean not null, -- an earlier one was mailed, with other figures
    figures    bytea not null check (length(figures) = 32), -- SHA-256 of what it lists
    due_at     timestamptz not null,
    tries      int not null default 0 check (tries >= 0),
    tried_at   timestamptz, -- first
    handed_at  timestamptz, -- the mail server is being told
    sent_at    timestamptz,
    message_id text not null default '',
    error      text not null default '', -- the mail server's words
    unique (run, donor_id),
    check ((state = 'skipped') = (reason <> '')),
    check ((state = 'sent') = (sent_at is not null)),
    check (state <> 'sent' or message_id <> ''),
    check (handed_at is null or state in ('waiting', 'unsure'))
);
create index statements_of_donor on statements (donor_id) where donor_id is not null;
create index statements_waiting on statements (due_at, id) where state = 'waiting' and handed_at is null;
create index statements_handed on statements (handed_at) where handed_at is not null;
create index statements_troubled on statements (run, id) where state in ('failed', 'unsure');
-- Nobody has two of a year, but for one that replaces another.
create unique index statements_first on statements (year, donor_id) where not replaces and state in ('waiting', 'sent', 'unsure');

-- What it comes to, for each currency: what was listed when it was ordered, then what
-- was listed when it was sent.
create table statement_sums (
    statement bigint not null references statements on delete cascade,
    currency  currency_code not null,
    gifts     int not null check (gifts > 0),
    net       bigint not null check (net >= 0),
    primary key (statement, currency)
);

-- Whoever is erased gets none, and the mail server's words, which may repeat the
-- address, go with them.
create function forget_statement() returns trigger language plpgsql as $$
begin
    new.error := '';
    if new.state = 'waiting' and new.handed_at is null then
        new.state := 'skipped';
        new.reason := 'erased';
    end if;
    return new;
end
$$;
create trigger statements_forget before update of donor_id on statements for each row
    when (old.donor_id is not null and new.donor_id is null)
    execute function forget_statement();
