drop index balance_transactions_undone;
drop table reconciliations;
drop table payout_questions;
alter table payouts drop column reconciled;
drop table payout_rows;
