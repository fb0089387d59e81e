drop table recurring_findings;
alter table charges drop column card_expires;
drop table refund_orders;
drop function keep_refund_orders;
