-- Reports that were ordered at the finance desk. What was ordered, and the manifest of
-- what came of it, stays; the file stands in EXPORT_DIR for a while.

create table export_runs (
    run_id       text primary key check (run_id ~ '^exp_[a-z2-7]{26}$'),
    report       text not null check (report <> ''),
    format       text not null check (format <> ''),
    title        text not null,
    saved        text not null, -- the saved export that ordered it; '' for none
    ordered_by   text not null check (ordered_by <> ''), -- as the audit names them
    ordered_at   timestamptz not null,
    zone         text not null check (zone <> ''),
    begins       timestamptz not null,
    ends         timestamptz not null,
    currency     text not null,
    campaign     text not null,
    basis        text not null,
    state        text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    woken_at     timestamptz not null default clock_timestamp(), -- when a job was last asked to carry it out
    attempt      int not null default 0 check (attempt >= 0), -- how often it was begun
    setbacks     int not null default 0 check (setbacks >= 0), -- and how often that came to nothing
    begun_at     timestamptz,
    beat_at      timestamptz, -- when whoever carries it out was last heard of, by the database's clock
    rows         bigint not null default 0 check (rows >= 0),
    cancelled_by text not null default '',
    ended_at     timestamptz,
    failure      text not null default '', -- why it failed, or is tried again, for people
    erased       bigint not null default 0, -- erasures known when the snapshot was taken, or before
    as_of        timestamptz, -- when its snapshot was taken
    name         text not null default '', -- what the file is called for people
    stored       text not null default '', -- and in EXPORT_DIR
    bytes        bigint not null default 0 check (bytes >= 0),
    sha256       text not null default '',
    manifest     text not null default '', -- as it was written, byte for byte
    removed_at   timestamptz, -- when the file was
    removed      text not null default '' check (removed in ('', 'expired', 'erased')),
    check (begins < ends),
    check ((state in ('done', 'failed', 'cancelled')) = (ended_at is not null)),
    check ((state = 'running') <= (beat_at is not null and begun_at is not null)),
    check ((state = 'done') = (manifest <> '' and sha256 <> '' and stored <> '' and name <> '' and as_of is not null)),
    check ((state = 'failed') <= (failure <> '')),
    check ((state = 'cancelled') <= (cancelled_by <> '')),
    check ((removed = '') = (removed_at is null))
);
create index export_runs_ordered on export_runs (ordered_at, run_id);
create index export_runs_of_saved on export_runs (saved, ordered_at, run_id) where saved <> '';
create index export_runs_open on export_runs (ordered_at, run_id) where state in ('waiting', 'running');
create index export_runs_kept on export_runs (ended_at) where state = 'done' and removed = '';
