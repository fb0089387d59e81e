-- Each change of a regular gift that a reader made is confirmed by one letter. What
-- was changed before this needs none.
alter table reader_changes
    add column was        bigint not null default 0 check (was >= 0), -- the amount before, as far as the books knew; else 0
    add column told_at    timestamptz, -- its letter was mailed, or given up
    add column tell_at    timestamptz, -- when the letter is tried next; null: at once
    add column tell_tries int not null default 0 check (tell_tries >= 0),
    add column tell_error text not null default '';
update reader_changes set told_at = coalesce(done_at, asked_at) where outcome <> '';
create index reader_changes_untold on reader_changes (done_at) where outcome = 'done' and told_at is null;
