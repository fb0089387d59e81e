-- How often an ask was seen.
select 1;
