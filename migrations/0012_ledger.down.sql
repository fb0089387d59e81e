drop function half_even;
drop table postings;
drop function keep_postings, balance_postings;
