-- Sums of the books that are kept as the books change.
select 1;
