-- The journal of a month is read by when Stripe booked its entries, not by going through
-- the whole ledger.
create index postings_posted on postings (posted_at);
