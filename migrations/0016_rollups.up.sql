-- What the finance desk's first page shows, summed up as the books change, as goals
-- are: writers only add rows to deltas, and a job folds these into sums. Each sum is
-- of one dimension, so that a page reads few rows however many gifts there are, and
-- is kept by spans of UTC: any stretch of time that begins and ends with a quarter of
-- an hour, and so a day of any zone, is put together of few of them.

-- The deltas of what was given tell country and article as well. What is waiting
-- there is in no rollup yet, and is counted below as it stands in the donations.
lock table donations, recurring_donations, giving_deltas, giving_totals in share row exclusive mode;
with waiting as (delete from giving_deltas returning campaign, slot, currency, kind, gifts, undone, amount, refunded, disputed)
insert into giving_totals as t (campaign, slot, currency, kind, gifts, undone, amount, refunded, disputed)
select campaign, slot, currency, kind, sum(gifts), sum(undone), sum(amount), sum(refunded), sum(disputed)
from (select * from waiting union all select campaign, slot, currency, kind, gifts, undone, amount, refunded, disputed from giving_totals
    where (campaign, slot, currency, kind) in (select campaign, slot, currency, kind from giving_deltas)) as whole
group by 1, 2, 3, 4
on conflict (campaign, slot, currency, kind) do update set gifts = excluded.gifts, undone = excluded.undone, amount = excluded.amount,
    refunded = excluded.refunded, disputed = excluded.disputed;
alter table giving_deltas
    add column country text not null default '',
    add column article text not null default '';

create table rollups (
    dimension text not null check (dimension in ('kind', 'campaign', 'country', 'article', 'recurring')),
    span      text not null check (span in ('quarter', 'hour', 'day', 'month', 'ever')),
    currency  currency_code not null,
    slot      timestamptz not null, -- when the span begins; of 'ever', the epoch
    value     text not null, -- the kind, the campaign …; of 'recurring', what became of the recurring donation and its kind
    gifts     bigint not null check (gifts >= 0),
    undone    bigint not null check (undone between 0 and gifts),
    amount    bigint not null check (amount >= 0),
    refunded  bigint not null check (refunded between 0 and amount),
    disputed  bigint not null check (disputed between 0 and amount),
    primary key (dimension, span, currency, slot, value)
);

-- What happened with recurring donations: those of each state as they stand (slot is
-- the epoch), those that started, and those that ended, by when.
create table recurring_deltas (
    id       bigint generated always as identity primary key,
    what     text not null check (what in ('active', 'ending', 'failing', 'paused', 'ended', 'other', 'started', 'lost')),
    currency currency_code not null,
    kind     gift_kind not null,
    slot     timestamptz not null,
    number   bigint not null,
    amount   bigint not null
);

create or replace function sum_giving() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into giving_deltas (campaign, currency, kind, country, article, slot, gifts, undone, amount, refunded, disputed)
        select campaign, currency, kind, country, article, date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z'),
            count(*), count(*) filter (where refunded + disputed >= amount), sum(amount), sum(refunded), sum(disputed)
        from rows_now where status = 'succeeded'
        group by 1, 2, 3, 4, 5, 6;
    elsif tg_op = 'UPDATE' then
        insert into giving_deltas (campaign, currency, kind, country, article, slot, gifts, undone, amount, refunded, disputed)
        select campaign, currency, kind, country, article, date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z'),
            sum(sign), coalesce(sum(sign) filter (where refunded + disputed >= amount), 0),
            sum(sign * amount), sum(sign * refunded), sum(sign * disputed)
        from (
            select 1 as sign, campaign, currency, kind, country, article, received_at, amount, refunded, disputed from rows_now where status = 'succeeded'
            union all
            select -1, campaign, currency, kind, country, article, received_at, amount, refunded, disputed from rows_before where status = 'succeeded'
        ) as moved
        group by 1, 2, 3, 4, 5, 6
        having sum(sign) <> 0 or sum(sign * amount) <> 0 or sum(sign * refunded) <> 0 or sum(sign * disputed) <> 0
            or sum(sign) filter (where refunded + disputed >= amount) <> 0;
    elsif tg_op = 'DELETE' then
        insert into giving_deltas (campaign, currency, kind, country, article, slot, gifts, undone, amount, refunded, disputed)
        select campaign, currency, kind, country, article, date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z'),
            -count(*), -count(*) filter (where refunded + disputed >= amount), -sum(amount), -sum(refunded), -sum(disputed)
        from rows_before where status = 'succeeded'
        group by 1, 2, 3, 4, 5, 6;
    else -- truncate keeps everybody else away, but for who folds
        lock table giving_deltas, giving_totals, rollups in share row exclusive mode;
        delete from giving_deltas;
        delete from giving_totals;
        delete from rollups where dimension <> 'recurring';
    end if;
    return null;
end
$$;

-- What a recurring donation of this status counts as.
create function recurring_state(status text, cancel_at_period_end boolean) returns text language sql immutable as $$
    select case
        when status in ('active', 'trialing') and cancel_at_period_end then 'ending'
        when status in ('active', 'trialing') then 'active'
        when status in ('past_due', 'unpaid') then 'failing'
        when status = 'paused' then 'paused'
        when status = 'canceled' then 'ended'
        else 'other' end
$$;

create function sum_recurring() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into recurring_deltas (what, currency, kind, slot, number, amount)
        select v.what, currency, kind, date_bin('15 minutes', v.at, timestamptz '1970-01-01 00:00Z'), count(*), sum(amount)
        from rows_now cross join lateral (values (recurring_state(status, cancel_at_period_end), timestamptz 'epoch'),
            ('started', started_at), ('lost', case when status = 'canceled' then canceled_at end)) as v(what, at)
        where v.at is not null group by 1, 2, 3, 4;
    elsif tg_op = 'UPDATE' then
        insert into recurring_deltas (what, currency, kind, slot, number, amount)
        select v.what, currency, kind, date_bin('15 minutes', v.at, timestamptz '1970-01-01 00:00Z'), sum(sign), sum(sign * amount)
        from (
            select 1 as sign, currency, kind, status, cancel_at_period_end, started_at, canceled_at, amount from rows_now
            union all
            select -1, currency, kind, status, cancel_at_period_end, started_at, canceled_at, amount from rows_before
        ) as moved cross join lateral (values (recurring_state(status, cancel_at_period_end), timestamptz 'epoch'),
            ('started', started_at), ('lost', case when status = 'canceled' then canceled_at end)) as v(what, at)
        where v.at is not null group by 1, 2, 3, 4
        having sum(sign) <> 0 or sum(sign * amount) <> 0;
    elsif tg_op = 'DELETE' then
        insert into recurring_deltas (what, currency, kind, slot, number, amount)
        select v.what, currency, kind, date_bin('15 minutes', v.at, timestamptz '1970-01-01 00:00Z'), -count(*), -sum(amount)
        from rows_before cross join lateral (values (recurring_state(status, cancel_at_period_end), timestamptz 'epoch'),
            ('started', started_at), ('lost', case when status = 'canceled' then canceled_at end)) as v(what, at)
        where v.at is not null group by 1, 2, 3, 4;
    else
        lock table recurring_deltas, rollups in share row exclusive mode;
        delete from recurring_deltas;
        delete from rollups where dimension = 'recurring';
    end if;
    return null;
end
$$;
create trigger recurring_sums_insert after insert on recurring_donations
    referencing new table as rows_now for each statement execute function sum_recurring();
create trigger recurring_sums_update after update on recurring_donations
    referencing new table as rows_now old table as rows_before for each statement execute function sum_recurring();
create trigger recurring_sums_delete after delete on recurring_donations
    referencing old table as rows_before for each statement execute function sum_recurring();
create trigger recurring_sums_truncate after truncate on recurring_donations
    for each statement execute function sum_recurring();

-- The locks keep writers away until this commits, so that nothing is missed and
-- nothing counted twice.
insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
select v.dimension, s.span, d.currency, s.slot, v.value,
    count(*), count(*) filter (where refunded + disputed >= amount), sum(amount), sum(refunded), sum(disputed)
from donations d
cross join lateral (values ('kind', d.kind::text), ('campaign', d.campaign), ('country', d.country), ('article', d.article)) as v(dimension, value)
cross join lateral (values ('quarter', date_bin('15 minutes', received_at, timestamptz '1970-01-01 00:00Z')), ('hour', date_trunc('hour', received_at, 'UTC')),
    ('day', date_trunc('day', received_at, 'UTC')), ('month', date_trunc('month', received_at, 'UTC'))) as s(span, slot)
where d.status = 'succeeded' and (s.span <> 'hour' or v.dimension = 'kind')
group by 1, 2, 3, 4, 5;

insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
select 'recurring', s.span, r.currency, s.slot, v.what || ' ' || r.kind, count(*), 0, sum(r.amount), 0, 0
from recurring_donations r
cross join lateral (values (recurring_state(status, cancel_at_period_end), timestamptz 'epoch'),
    ('started', started_at), ('lost', case when status = 'canceled' then canceled_at end)) as v(what, at)
cross join lateral (values ('quarter', date_bin('15 minutes', v.at, timestamptz '1970-01-01 00:00Z')),
    ('day', date_trunc('day', v.at, 'UTC')), ('month', date_trunc('month', v.at, 'UTC')), ('ever', timestamptz 'epoch')) as s(span, slot)
where v.at is not null and (s.span = 'ever') = (v.what not in ('started', 'lost'))
group by 1, 2, 3, 4, 5;

-- What waits for an answer to a dispute, by its deadline.
create index disputes_due on disputes (due_by) where status in ('needs_response', 'warning_needs_response');
-- The audit is looked through by who did what.
create index audit_by_action on audit (action, seq);
create index audit_by_who on audit (who, seq);
-- What is on its way to the bank.
create index payouts_open on payouts (arrival) where status in ('pending', 'in_transit');
