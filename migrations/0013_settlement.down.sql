drop table payout_rows;
