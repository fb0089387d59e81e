-- Whose data were erased, so that what Stripe tells about them later, again or out
-- of order does not bring them back. None of it names anybody.

-- Keeps the hashes below from being compared with those of another database.
create table erasure_key (
    one boolean primary key default true check (one),
    key bytea not null check (length(key) = 32)
);
insert into erasure_key (key)
values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

-- One row each time that somebody's data were erased. address is the SHA-256 of the
-- key and the mail address. Whatever Stripe made until then for that address is
-- erased, whenever it is told; what it makes afterwards is a new donor's.
create table erasures (
    id        bigint generated always as identity primary key,
    address   bytea not null check (length(address) = 32),
    until     bigint not null, -- Unix seconds, by Stripe's clock
    erased_at timestamptz not null,
    swept_at  timestamptz -- when the stored events had been gone through
);
create index erasures_address on erasures (address);
create index erasures_unswept on erasures (id) where swept_at is null;

-- Stripe's objects that belonged to them: customers, sessions, payments, charges,
-- invoices, subscriptions, and the means of payment that events name.
create table erased_objects (
    id        text primary key,
    erased_at timestamptz not null default now(),
    swept     boolean not null default false -- the stored events that name it had been gone through
);
create index erased_objects_unswept on erased_objects (id) where not swept;

-- The way from a customer to all that is theirs.
create index invoices_customer on invoices (customer) where customer <> '';
-- The way from a donor to what they gave.
create index donations_of_donor on donations (donor_id) where donor_id is not null;
create index recurring_donations_of_donor on recurring_donations (donor_id) where donor_id is not null;
