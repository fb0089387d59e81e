drop index reader_changes_untold;
alter table reader_changes
    drop column tell_error,
    drop column tell_tries,
    drop column tell_at,
    drop column told_at,
    drop column was;
