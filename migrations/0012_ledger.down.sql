drop function half_even;
alter table balance_transactions drop column told_at;
drop table postings;
drop function keep_postings, balance_postings;
