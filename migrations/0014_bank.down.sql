drop table refund_orders;
drop function keep_refund_orders;
