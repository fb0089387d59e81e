-- What the finance desk's lists need where there are ten million gifts.

-- What a payout sent, summed up as the books change: to add up its rows takes longer
-- with every gift. As with gifts, writers only add rows to deltas, and a job folds these
-- into sums; the view is the two together. A payout's own movement is among its rows,
-- and taken off by whoever reads.
create table payout_totals (
    payout text primary key,
    sent   bigint not null check (sent >= 0), -- rows that Stripe told of
    booked bigint not null check (booked between 0 and sent), -- of those, the ones whose balance transaction is in the books
    net    bigint not null -- of the booked ones, in minor units
);
create table payout_deltas (
    id     bigint generated always as identity primary key,
    payout text not null,
    sent   bigint not null,
    booked bigint not null,
    net    bigint not null
);
create index payout_deltas_of on payout_deltas (payout);
create view payout_sums as
select payout, sum(sent)::bigint as sent, sum(booked)::bigint as booked, sum(net)::bigint as net
from (select payout, sent, booked, net from payout_totals union all select payout, sent, booked, net from payout_deltas) as parts
group by payout;

-- Both ends of a row are written under the lock of the balance transaction, so that
-- whoever writes the second sees the first. Each row is looked up by its key: how many
-- a statement writes, the planner cannot know.
create function sum_payout_rows() returns trigger language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    if tg_op = 'INSERT' then
        insert into payout_deltas (payout, sent, booked, net)
        select r.payout, count(*), count(t.id), coalesce(sum(t.net), 0)
        from rows_now r left join balance_transactions t on t.id = r.id and t.currency <> '' group by r.payout;
    elsif tg_op = 'UPDATE' then
        insert into payout_deltas (payout, sent, booked, net)
        select r.payout, sum(sign), coalesce(sum(sign) filter (where t.id is not null), 0), coalesce(sum(sign * t.net), 0)
        from (select 1 as sign, id, payout from rows_now union all select -1, id, payout from rows_before) as r
        left join balance_transactions t on t.id = r.id and t.currency <> '' group by r.payout
        having sum(sign) <> 0 or coalesce(sum(sign * t.net), 0) <> 0;
    elsif tg_op = 'DELETE' then
        insert into payout_deltas (payout, sent, booked, net)
        select r.payout, -count(*), -count(t.id), -coalesce(sum(t.net), 0)
        from rows_before r left join balance_transactions t on t.id = r.id and t.currency <> '' group by r.payout;
    else -- truncate keeps everybody else away, but for who folds
        lock table payout_deltas, payout_totals in share row exclusive mode;
        delete from payout_deltas;
        delete from payout_totals;
    end if;
    return null;
end
$$;
create function sum_payout_movements() returns trigger language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    if tg_op = 'INSERT' then
        insert into payout_deltas (payout, sent, booked, net)
        select r.payout, 0, count(*), sum(t.net) from rows_now t join payout_rows r on r.id = t.id where t.currency <> '' group by r.payout;
    elsif tg_op = 'UPDATE' then
        insert into payout_deltas (payout, sent, booked, net)
        select r.payout, 0, sum(sign), sum(sign * t.net)
        from (select 1 as sign, id, net from rows_now where currency <> '' union all select -1, id, net from rows_before where currency <> '') as t
        join payout_rows r on r.id = t.id group by r.payout having sum(sign) <> 0 or sum(sign * t.net) <> 0;
    elsif tg_op = 'DELETE' then
        insert into payout_deltas (payout, sent, booked, net)
        select r.payout, 0, -count(*), -sum(t.net) from rows_before t join payout_rows r on r.id = t.id where t.currency <> '' group by r.payout;
    else
        lock table payout_deltas, payout_totals in share row exclusive mode;
        delete from payout_deltas;
        update payout_totals set booked = 0, net = 0;
        insert into payout_deltas (payout, sent, booked, net)
        select s.payout, s.sent - coalesce(t.sent, 0), 0, 0 from (select payout, count(*) as sent from payout_rows group by payout) as s
        left join payout_totals t on t.payout = s.payout where s.sent <> coalesce(t.sent, 0);
    end if;
    return null;
end
$$;

-- Writers wait until this commits, so that nothing is missed and nothing counted twice.
lock table payout_rows, balance_transactions in share row exclusive mode;
create trigger payout_rows_sums_insert after insert on payout_rows
    referencing new table as rows_now for each statement execute function sum_payout_rows();
create trigger payout_rows_sums_update after update on payout_rows
    referencing new table as rows_now old table as rows_before for each statement execute function sum_payout_rows();
create trigger payout_rows_sums_delete after delete on payout_rows
    referencing old table as rows_before for each statement execute function sum_payout_rows();
create trigger payout_rows_sums_truncate after truncate on payout_rows
    for each statement execute function sum_payout_rows();
create trigger balance_transactions_sums_insert after insert on balance_transactions
    referencing new table as rows_now for each statement execute function sum_payout_movements();
create trigger balance_transactions_sums_update after update on balance_transactions
    referencing new table as rows_now old table as rows_before for each statement execute function sum_payout_movements();
create trigger balance_transactions_sums_delete after delete on balance_transactions
    referencing old table as rows_before for each statement execute function sum_payout_movements();
create trigger balance_transactions_sums_truncate after truncate on balance_transactions
    for each statement execute function sum_payout_movements();
insert into payout_totals (payout, sent, booked, net)
select r.payout, count(*), count(t.id), coalesce(sum(t.net), 0) from payout_rows r left join balance_transactions t on t.id = r.id and t.currency <> '' group by r.payout;

-- A charge's donation, and a payout's.
create index donations_of_charge on donations (charge) where charge <> '';
-- Gifts that bear a name and are no donor's: few, and looked for beside donors' names.
create index donations_of_nobody on donations using gin (to_tsvector('simple', donor_name)) where donor_id is null and donor_name <> '';

-- Lists that are filtered in several ways at once: what the rest is chosen by stands
-- behind what they are sorted by, so that a row that is not wanted is passed over within
-- the index.
drop index donations_of_campaign, donations_in_currency, donations_of_kind, donations_by_amount, donations_unpaid, donations_disputed,
    recurring_donations_started, recurring_donations_of_status;
create index donations_of_campaign on donations (campaign, received_at, donation_id, currency, kind);
create index donations_in_currency on donations (currency, received_at, donation_id, campaign, kind);
create index donations_of_kind on donations (kind, received_at, donation_id, currency, campaign);
create index donations_by_amount on donations (currency, amount, donation_id, received_at);
create index donations_unpaid on donations (received_at, donation_id, status, currency, campaign, kind) where status <> 'succeeded';
create index donations_disputed on donations (received_at, donation_id, dispute_status, currency, campaign, kind) where dispute_status <> 'none';
create index recurring_donations_started on recurring_donations ((coalesce(started_at, timestamptz '1970-01-01 00:00Z')), recurring_id, kind, currency, campaign);
create index recurring_donations_of_status on recurring_donations (status, (coalesce(started_at, timestamptz '1970-01-01 00:00Z')), recurring_id, kind, currency, campaign);
-- Events that say nothing of gifts are some, or none at all.
create index inbox_events_ignored on inbox_events (seq) where status = 'ignored';
create index inbox_events_ignored_of_type on inbox_events (type, seq) where status = 'ignored';

-- The overview of a year reads some ten thousand sums: within the index, without a
-- visit to each row.
alter table rollups drop constraint rollups_pkey,
    add constraint rollups_pkey primary key (dimension, span, currency, slot, value) include (gifts, undone, amount, refunded, disputed);

-- disputes_to_answer of 0017 holds the same and more.
drop index disputes_due;
