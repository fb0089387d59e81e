-- What a reader chooses beside the amount.
select 1;
