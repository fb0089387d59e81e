drop trigger donations_receipt_update on donations;
drop trigger donations_receipt_insert on donations;
drop function queue_receipt;
drop table receipts;
