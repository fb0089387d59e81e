-- Stripe's objects that are an erased person's and belong to a recurring gift of
-- which Stripe has not told yet that it has ended: the person stays until it has,
-- or nobody could find the gift and end it. They are erased then.
create table erasures_due (
    id        text primary key,
    until     bigint not null, -- Unix seconds, by Stripe's clock: first paid with later, it is a new donor's
    due_since timestamptz not null default now()
);
-- Where somebody was erased, what is due is found by making the books again.
update books_made set derivation = 0 where exists (select from erasures);
