drop table statement_sums;
drop table statements;
drop function forget_statement();
drop table statement_runs;
