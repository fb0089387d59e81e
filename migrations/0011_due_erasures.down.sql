drop table erasures_due;
