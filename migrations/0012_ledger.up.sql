-- The ledger: one entry for each of Stripe's balance transactions, its lines summing
-- to zero, and one more for whatever is learnt about it later. Amounts are signed
-- minor units of the settlement currency, debit above zero.
create table postings (
    seq         bigint generated always as identity primary key,
    entry_id    text not null,
    balance_transaction text not null,
    kind        text not null check (kind in ('original', 'correction')),
    number      integer not null,
    account     text not null,
    currency    text not null,
    amount      bigint not null check (amount <> 0),
    donation_id text not null,
    posted_at   bigint not null,
    booked_at   timestamptz not null default now(),
    unique (balance_transaction, kind, number, account, donation_id)
);
