drop table bank_ticks;
drop table bank_statement_lines;
drop table bank_statements;
drop table bank_lines;
drop table recurring_findings;
alter table payouts drop column descriptor;
alter table charges drop column card_expires;
drop table refund_orders;
drop function keep_refund_orders;
