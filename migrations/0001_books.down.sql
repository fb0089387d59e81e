drop table recurring_donations, donations, donors, invoice_payments, invoices, subscriptions,
    charges, payments, checkout_sessions, attributions, inbox_events, checkouts;
drop domain gift_kind;
drop domain currency_code;
