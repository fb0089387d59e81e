-- Months that finance has closed: what three reports said then, and their rows, to
-- compare with what they say later. The rows are kept without what names a person, so
-- that an erasure has nothing to reach here. What was closed stays written; a month is
-- opened again by another row.

create table closings (
    closing_id bigint generated always as identity primary key,
    month      text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    zone       text not null check (zone <> ''), -- whose clock the month goes by
    from_at    timestamptz not null,
    to_at      timestamptz not null, -- the first moment that is no longer of it
    as_of      timestamptz not null, -- of the snapshot
    closed_by  text not null check (closed_by <> ''),
    reason     text not null, -- why it was closed in spite of what was unfinished
    unfinished text[] not null, -- what that was, in words
    last_event bigint not null, -- by inbox_events.seq
    awaited    bigint[] not null, -- of the events up to it, those that were parked or still being stored
    derivation int not null, -- what the books were made with
    adoption   text not null,
    check (from_at < to_at and to_at <= as_of),
    check ((reason = '') = (unfinished = '{}'))
);
create index closings_month on closings (month, closing_id);

create table closing_reports (
    closing_id bigint not null references closings,
    report     text not null check (report in ('donations', 'payouts', 'journal')),
    manifest   jsonb not null, -- of the report as CSV, with its checksum
    columns    text[] not null check (columns <> '{}'), -- those that are kept
    primary key (closing_id, report)
);

-- The rows in the report's order, some thousand in each part.
create table closing_parts (
    closing_id bigint not null,
    report     text not null,
    part       int not null check (part >= 0),
    rows       int not null check (rows > 0),
    data       bytea not null, -- CSV without a header, by Zstandard
    primary key (closing_id, report, part),
    foreign key (closing_id, report) references closing_reports deferrable initially deferred -- rows come before the manifest
);
alter table closing_parts alter column data set storage external; -- it is compressed

create table closing_reopenings (
    closing_id  bigint primary key references closings,
    reopened_at timestamptz not null,
    reopened_by text not null check (reopened_by <> ''),
    reason      text not null check (reason <> '')
);

-- The months that are closed now: one close each, also where two come at once.
create table closed_months (
    month      text primary key,
    closing_id bigint not null unique references closings
);

create function keep_closings() returns trigger language plpgsql as $$
begin
    raise exception 'what was closed stays written: % cannot be changed or removed (%)', tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation', hint = 'A month is opened again by readerfund close --reopen, which is written down beside it.';
end
$$;
create trigger closings_stay before update or delete or truncate on closings
    for each statement execute function keep_closings();
create trigger closing_reports_stay before update or delete or truncate on closing_reports
    for each statement execute function keep_closings();
create trigger closing_parts_stay before update or delete or truncate on closing_parts
    for each statement execute function keep_closings();
create trigger closing_reopenings_stay before update or delete or truncate on closing_reopenings
    for each statement execute function keep_closings();

-- A closed month is open again once that was written down, and not before.
create function open_month() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' or not exists (select from closing_reopenings where closing_id = old.closing_id) then
        raise exception 'the month % is closed, and nobody has opened it again', old.month
            using errcode = 'restrict_violation', hint = 'readerfund close --reopen opens it, with a reason that is kept.';
    end if;
    return old;
end
$$;
create trigger closed_months_stay before update or delete on closed_months
    for each row execute function open_month();
create trigger closed_months_are_not_emptied before truncate on closed_months
    for each statement execute function keep_closings();
