-- What was given, summed up as the books change, so that a sum costs the same
-- however many gifts there are. Whoever writes donations only adds rows here: two
-- gifts to one campaign never wait for each other. A job folds these into totals.
--
-- Only donations that succeeded count. slot is the quarter of an hour, in UTC, that
-- a gift was received in: every time zone's days begin with one. Of gifts, undone
-- are those of which refunds and disputes have left nothing. What is left of the
-- money is amount - refunded - disputed, as in the report of donations.

-- An order by id is an order in which no gift is changed before it is there.
create table giving_deltas (
    id       bigint generated always as identity primary key,
    campaign text not null,
    currency currency_code not null,
    kind     gift_kind not null,
    slot     timestamptz not null,
    gifts    bigint not null,
    undone   bigint not null,
    amount   bigint not null,
    refunded bigint not null,
    disputed bigint not null
);

create table giving_totals (
    campaign text not null,
    currency currency_code not null,
    kind     gift_kind not null,
    slot     timestamptz not null,
    gifts    bigint not null check (gifts >= 0),
    undone   bigint not null check (undone between 0 and gifts),
    amount   bigint not null check (amount >= 0),
    refunded bigint not null check (refunded between 0 and amount),
    disputed bigint not null check (disputed between 0 and amount),
    -- A sum is one campaign's since some moment.
    primary key (campaign, slot, currency, kind)
);

-- The sums as the books are at this very moment: several rows may share a key.
create view giving as
    select campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed from giving_totals
    union all
    select campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed from giving_deltas;

-- One call a statement, not one a row: an import or a rebuild of a million gifts
-- adds a row for each sum that it moves.
create function sum_giving() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into giving_deltas (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
        select campaign, currency, kind, date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z'),
            count(*), count(*) filter (where refunded + disputed >= amount), sum(amount), sum(refunded), sum(disputed)
        from rows_now where status = 'succeeded'
        group by 1, 2, 3, 4;
    elsif tg_op = 'UPDATE' then
        insert into giving_deltas (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
        select campaign, currency, kind, date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z'),
            sum(sign), coalesce(sum(sign) filter (where refunded + disputed >= amount), 0),
            sum(sign * amount), sum(sign * refunded), sum(sign * disputed)
        from (
            select 1 as sign, campaign, currency, kind, received_at, amount, refunded, disputed from rows_now where status = 'succeeded'
            union all
            select -1, campaign, currency, kind, received_at, amount, refunded, disputed from rows_before where status = 'succeeded'
        ) as moved
        group by 1, 2, 3, 4
        having sum(sign) <> 0 or sum(sign * amount) <> 0 or sum(sign * refunded) <> 0 or sum(sign * disputed) <> 0
            or sum(sign) filter (where refunded + disputed >= amount) <> 0;
    elsif tg_op = 'DELETE' then
        insert into giving_deltas (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
        select campaign, currency, kind, date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z'),
            -count(*), -count(*) filter (where refunded + disputed >= amount), -sum(amount), -sum(refunded), -sum(disputed)
        from rows_before where status = 'succeeded'
        group by 1, 2, 3, 4;
    else -- truncate keeps everybody else away
        insert into giving_deltas (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
        select campaign, currency, kind, slot, -sum(gifts), -sum(undone), -sum(amount), -sum(refunded), -sum(disputed)
        from giving
        group by 1, 2, 3, 4;
    end if;
    return null;
end
$$;
create trigger donations_giving_insert after insert on donations
    referencing new table as rows_now for each statement execute function sum_giving();
create trigger donations_giving_update after update on donations
    referencing new table as rows_now old table as rows_before for each statement execute function sum_giving();
create trigger donations_giving_delete after delete on donations
    referencing old table as rows_before for each statement execute function sum_giving();
create trigger donations_giving_truncate after truncate on donations
    for each statement execute function sum_giving();

-- The triggers keep writers away until this commits, so that nothing is missed
-- and nothing counted twice.
insert into giving_totals (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
select campaign, currency, kind, date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z'),
    count(*), count(*) filter (where refunded + disputed >= amount), sum(amount), sum(refunded), sum(disputed)
from donations where status = 'succeeded'
group by 1, 2, 3, 4;
