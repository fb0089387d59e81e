-- What a reader chooses beside the amount.

-- amount is what is charged; fee_cover is the part of it that the reader added for
-- the payment fee, and fee_note the words about it on Stripe's page. A dedication
-- and a comment are the reader's words to the newsroom: they stay here.
alter table checkouts
    add column fee_cover  bigint not null default 0 check (fee_cover >= 0 and fee_cover < amount),
    add column fee_note   text not null default '',
    add column anonymous  boolean not null default false,
    add column dedication text not null default '' check (length(dedication) <= 200),
    add column comment    text not null default '' check (length(comment) <= 500),
    add constraint checkouts_fee_cover_chosen check (cover_fees or fee_cover = 0);

-- That a donor is not to be named travels with the gift, in Stripe's metadata.
alter table attributions add column anonymous boolean not null default false;
alter table donations add column anonymous boolean not null default false;

-- What facts say of these is at its default now, also where the books knew better
-- before these columns were taken away: only a rebuild finds it in the events.
update books_made set derivation = 0 where exists (select from inbox_events);
