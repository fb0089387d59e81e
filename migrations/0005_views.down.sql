drop index checkouts_created;
drop table views;
