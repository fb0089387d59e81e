-- The reader's own page.
select 1;
