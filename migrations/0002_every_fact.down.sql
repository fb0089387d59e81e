drop table invoice_questions, imports, watermarks, books_made, foreign_payments, mandates, reviews,
    early_fraud_warnings, customers, payouts, balance_transactions, disputes, refunds;
drop index invoices_paid, subscriptions_customer, charges_customer, payments_customer, checkout_sessions_customer;
drop index invoice_payments_payment;
create index invoice_payments_payment on invoice_payments (payment);
alter table recurring_donations drop column trial_end;
drop index donations_unexplained;
alter table donations drop column dispute_status, drop column disputed, drop column dispute_fee, drop column dispute_fee_currency;
alter table subscriptions drop column pause_behavior, drop column trial_end, drop column reason_at;
alter table charges drop column refunded_at;
alter table payments drop column alone;
alter table checkout_sessions drop column payment_link;
alter table inbox_events alter column payload set compression default;
