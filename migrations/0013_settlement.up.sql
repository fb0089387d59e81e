-- Which balance transactions an automatic payout sent to the bank, as Stripe lists
-- them for the payout.
create table payout_rows (
    id     text primary key, -- the balance transaction
    payout text not null
);
create index payout_rows_payout on payout_rows (payout);
