drop trigger donations_giving_truncate on donations;
drop trigger donations_giving_delete on donations;
drop trigger donations_giving_update on donations;
drop trigger donations_giving_insert on donations;
drop function sum_giving;
drop view giving;
drop table giving_totals;
drop table giving_deltas;
