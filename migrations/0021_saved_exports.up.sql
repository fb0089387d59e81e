-- Exports that finance asks for again and again, and each time that one ran. A saved
-- export that was removed stays as a row: files of its runs that name people have to be
-- found again when they are to go.

create table saved_exports (
    saved_id   text primary key check (saved_id ~ '^sav_[a-z2-7]{26}$'),
    name       text not null check (name <> '' and length(name) <= 120),
    report     text not null check (report <> ''),
    format     text not null check (format <> ''),
    span       text not null check (span in ('yesterday', 'last_week', 'last_month', 'last_quarter', 'last_fiscal_year', 'year_so_far')),
    zone       text not null check (zone <> ''),
    currency   text not null,
    campaign   text not null,
    basis      text not null,
    every      text not null check (every in ('', 'daily', 'weekly', 'monthly')),
    weekday    int not null check (weekday between 0 and 6), -- 0 is Sunday
    month_day  int not null check (month_day between 1 and 28),
    minute     int not null check (minute between 0 and 1439), -- of the day, on the zone's clocks
    folder     text not null check (folder = '' or folder ~ '^[a-z0-9][a-z0-9-]{0,62}$'), -- in EXPORT_DIR; '' for none
    next_day   date, -- of which the next period is told
    next_at    timestamptz, -- when that turn is due
    saved_by   text not null check (saved_by <> ''),
    saved_at   timestamptz not null,
    changed_by text not null default '',
    changed_at timestamptz,
    removed_at timestamptz,
    check ((next_day is null) = (next_at is null)),
    check ((every <> '' and removed_at is null) = (next_at is not null))
);
create unique index saved_exports_name on saved_exports (lower(name)) where removed_at is null;
create unique index saved_exports_folder on saved_exports (folder) where folder <> '' and removed_at is null;
create index saved_exports_next on saved_exports (next_at) where next_at is not null;

-- Who is told by mail.
create table saved_export_readers (
    saved_id text not null references saved_exports on delete cascade,
    staff_id text not null references staff on delete cascade,
    primary key (saved_id, staff_id)
);
create index saved_export_readers_staff on saved_export_readers (staff_id);

create table saved_turns (
    turn_id     bigint generated always as identity primary key,
    saved_id    text not null references saved_exports on delete cascade,
    day         date not null, -- of which its period is told
    due_at      timestamptz not null,
    ordered_by  text not null check (ordered_by <> ''), -- 'schedule', or who asked for it
    passed      int not null default 0 check (passed >= 0), -- missed turns before it that are not caught up
    state       text not null check (state in ('ordered', 'again', 'done', 'failed', 'cancelled')),
    run_id      text not null, -- of the last try; '' where none could be ordered
    tries       int not null check (tries >= 0),
    again_at    timestamptz, -- when it is ordered again
    why         text not null default '', -- why it failed, for people
    ended_at    timestamptz,
    folder      text not null default '', -- into which its file is to go, or went
    file        text not null default '', -- its name there
    place_at    timestamptz, -- when that is tried
    place_tries int not null default 0 check (place_tries >= 0),
    place_why   text not null default '', -- why it did not succeed, for people
    placed_at   timestamptz,
    taken_at    timestamptz, -- when the file was taken out of the folder
    check ((state = 'again') = (again_at is not null)),
    check ((state in ('done', 'failed', 'cancelled')) = (ended_at is not null)),
    check (place_at is null or state = 'done' and folder <> ''),
    check (taken_at is null or placed_at is not null)
);
-- A schedule's turn is there once.
create unique index saved_turns_scheduled on saved_turns (saved_id, due_at) where ordered_by = 'schedule';
create index saved_turns_of on saved_turns (saved_id, turn_id);
create index saved_turns_run on saved_turns (run_id);
create index saved_turns_again on saved_turns (again_at) where again_at is not null;
create index saved_turns_place on saved_turns (place_at) where place_at is not null;
create index saved_turns_placed on saved_turns (folder, file) where placed_at is not null and taken_at is null;

-- Letters that tell staff of a turn. Who may have one is looked up when it is sent.
create table saved_letters (
    turn_id  bigint not null references saved_turns on delete cascade,
    staff_id text not null references staff on delete cascade,
    state    text not null default 'due' check (state in ('due', 'sent', 'failed', 'withheld')),
    due_at   timestamptz not null,
    tries    int not null default 0 check (tries >= 0),
    why      text not null default '',
    sent_at  timestamptz,
    primary key (turn_id, staff_id),
    check ((state = 'sent') = (sent_at is not null))
);
create index saved_letters_staff on saved_letters (staff_id);
create index saved_letters_due on saved_letters (due_at) where state = 'due';
