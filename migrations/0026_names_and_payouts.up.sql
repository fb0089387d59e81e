-- What the finance desk looks up where there are ten million gifts: people by their
-- names, and what a payout sent.

-- Whoever reads or writes these waits until this commits, so that nothing is missed, and
-- holds nothing meanwhile that this waits for: the strongest lock of each comes first.
lock table balance_transactions, payout_rows, donations, donors, recurring_donations, payout_deltas, payout_totals in access exclusive mode;

-- The words of a name, in one place: 'simple' takes no language's. Postgres' parser makes
-- one host of "J.Müller", a path of "Anna/Bernd" and a number of "-66": signs part words
-- as spaces do. A letter and its accent are the same written as one or as two.
create function name_words(name text) returns tsvector language sql immutable parallel safe
    return to_tsvector('simple', translate(normalize(name, NFC), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~’‘‚“”„«»‹›–—…·', repeat(' ', 50)));

-- The names that donors gave with their gifts, each once for each donor: to look for a
-- name reads people, and not every gift of theirs. Derived from donations, and gone with
-- the donor. Of a name that is longer the first 250 letters are kept.
create table donor_names (
    donor_id text not null references donors on delete cascade,
    name     text not null check (name <> ''),
    primary key (donor_id, name)
);

-- A name is there while a gift bears it. Gifts are written side by side: whoever uses a
-- name that is there holds it, as a foreign key would, and whoever takes the last gift
-- from it waits for those who hold it, and looks again. Each holds names in their order,
-- and whoever changes some holds those before and after together: of two who change one
-- name to another's and back, one waits.
create function keep_donor_names() returns trigger language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    used bigint;
    held bigint;
begin
    if tg_op = 'TRUNCATE' then
        delete from donor_names;
        return null;
    end if;
    if tg_op = 'INSERT' or tg_op = 'UPDATE' then
        loop
            if tg_op = 'UPDATE' then
                perform n.donor_id from donor_names n
                where (n.donor_id, n.name) in (
                    (select donor_id, left(donor_name, 250) from rows_before except select donor_id, left(donor_name, 250) from rows_now)
                    union all
                    (select donor_id, left(donor_name, 250) from rows_now except select donor_id, left(donor_name, 250) from rows_before))
                order by n.donor_id, n.name for update;
            end if;
            if tg_op = 'INSERT' then
                insert into donor_names (donor_id, name)
                select distinct donor_id, left(donor_name, 250) from rows_now where donor_id is not null and donor_name <> '' order by 1, 2
                on conflict do nothing;
                select count(*), count(h.donor_id) into used, held
                from (select distinct donor_id, left(donor_name, 250) as name from rows_now where donor_id is not null and donor_name <> '' order by 1, 2) as u
                left join lateral (select n.donor_id from donor_names n where n.donor_id = u.donor_id and n.name = u.name for key share) as h on true;
            else
                insert into donor_names (donor_id, name)
                (select donor_id, left(donor_name, 250) from rows_now where donor_id is not null and donor_name <> ''
                    except select donor_id, left(donor_name, 250) from rows_before) order by 1, 2
                on conflict do nothing;
                select count(*), count(h.donor_id) into used, held
                from (select donor_id, left(donor_name, 250) as name from rows_now where donor_id is not null and donor_name <> ''
                    except select donor_id, left(donor_name, 250) from rows_before order by 1, 2) as u
                left join lateral (select n.donor_id from donor_names n where n.donor_id = u.donor_id and n.name = u.name for key share) as h on true;
            end if;
            exit when held = used; -- else somebody took one away meanwhile
        end loop;
    end if;
    if tg_op = 'UPDATE' then
        delete from donor_names n
        where (n.donor_id, n.name) in (select donor_id, left(donor_name, 250) from rows_before except select donor_id, left(donor_name, 250) from rows_now)
            and not exists (select from donations d where d.donor_id = n.donor_id and left(d.donor_name, 250) = n.name);
    elsif tg_op = 'DELETE' then
        perform n.donor_id from donor_names n
        where (n.donor_id, n.name) in (select donor_id, left(donor_name, 250) from rows_before)
        order by n.donor_id, n.name for update;
        delete from donor_names n
        where (n.donor_id, n.name) in (select donor_id, left(donor_name, 250) from rows_before)
            and not exists (select from donations d where d.donor_id = n.donor_id and left(d.donor_name, 250) = n.name);
    end if;
    return null;
end
$$;

create trigger donations_names_insert after insert on donations
    referencing new table as rows_now for each statement execute function keep_donor_names();
create trigger donations_names_update after update on donations
    referencing new table as rows_now old table as rows_before for each statement execute function keep_donor_names();
create trigger donations_names_delete after delete on donations
    referencing old table as rows_before for each statement execute function keep_donor_names();
create trigger donations_names_truncate after truncate on donations
    for each statement execute function keep_donor_names();
insert into donor_names (donor_id, name)
select distinct donor_id, left(donor_name, 250) from donations where donor_id is not null and donor_name <> '';
-- By the words of a name, and by how a word begins. What waits to be put into such an
-- index is read by every search: nothing waits.
create index donor_names_words on donor_names using gin (name_words(name)) with (fastupdate = off);
drop index donations_of_nobody;
create index donations_of_nobody on donations using gin (name_words(donor_name)) where donor_id is null and donor_name <> '';
-- Gifts bear the names that were looked for before.
drop index donations_by_name;

-- The newest gifts of each of the people that were found, within the index.
drop index donations_of_donor;
create index donations_of_donor on donations (donor_id, received_at, donation_id) where donor_id is not null;
-- With which recurring donations something is amiss is told by their subscriptions: in
-- the index, so that those with which nothing is are passed over there.
drop index recurring_donations_started;
create index recurring_donations_started on recurring_donations
    ((coalesce(started_at, timestamptz '1970-01-01 00:00Z')), recurring_id, kind, currency, campaign) include (subscription, started_at);

-- Those of a rare campaign, however they stand.
create index recurring_donations_of_campaign on recurring_donations
    (campaign, (coalesce(started_at, timestamptz '1970-01-01 00:00Z')), recurring_id, status, kind, currency);
-- Events that say nothing of gifts are passed over within the index, too, where they are of
-- another type than is wanted.
drop index inbox_events_ignored;
create index inbox_events_ignored on inbox_events (seq, type) where status = 'ignored';

-- What a payout sent, in the order in which Stripe booked it: a page of it reads its own
-- rows. Kept as the sums are, from both ends of a row.
create table payout_order (
    payout  text not null,
    created bigint not null, -- Unix seconds of the balance transaction; 0 while that is not in the books
    id      text not null, -- the balance transaction's
    primary key (payout, created, id)
);

-- The sums of what a payout sent are kept by Stripe's reporting category: '' is what is
-- not booked.
drop view payout_sums;
alter table payout_deltas
    add column category text not null default '',
    add column amount   bigint not null default 0, -- of the booked ones, in minor units, as are the fee and the net
    add column fee      bigint not null default 0;
alter table payout_totals drop constraint payout_totals_pkey,
    add column category text not null default '',
    add column amount   bigint not null default 0,
    add column fee      bigint not null default 0,
    add primary key (payout, category);
create view payout_sums as
select payout, category, sum(sent)::bigint as sent, sum(booked)::bigint as booked, sum(amount)::bigint as amount, sum(fee)::bigint as fee, sum(net)::bigint as net
from (select payout, category, sent, booked, amount, fee, net from payout_totals
    union all select payout, category, sent, booked, amount, fee, net from payout_deltas) as parts
group by payout, category;

-- Both ends of a row are written under the lock of the balance transaction, so that
-- whoever writes the second sees the first. Each row is looked up by its key: how many
-- a statement writes, the planner cannot know.
create or replace function sum_payout_rows() returns trigger language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    if tg_op = 'TRUNCATE' then -- keeps everybody else away, but for who folds
        lock table payout_deltas, payout_totals in share row exclusive mode;
        delete from payout_deltas;
        delete from payout_totals;
        delete from payout_order;
        return null;
    end if;
    if tg_op = 'UPDATE' or tg_op = 'DELETE' then
        delete from payout_order o
        using rows_before r left join balance_transactions t on t.id = r.id and t.currency <> ''
        where (o.payout, o.created, o.id) = (r.payout, coalesce(t.created, 0), r.id);
        insert into payout_deltas (payout, category, sent, booked, amount, fee, net)
        select r.payout, coalesce(t.category, ''), -count(*), -count(t.id), -coalesce(sum(t.amount), 0), -coalesce(sum(t.fee), 0), -coalesce(sum(t.net), 0)
        from rows_before r left join balance_transactions t on t.id = r.id and t.currency <> '' group by 1, 2;
    end if;
    if tg_op = 'UPDATE' or tg_op = 'INSERT' then
        insert into payout_order (payout, created, id)
        select r.payout, coalesce(t.created, 0), r.id from rows_now r left join balance_transactions t on t.id = r.id and t.currency <> '';
        insert into payout_deltas (payout, category, sent, booked, amount, fee, net)
        select r.payout, coalesce(t.category, ''), count(*), count(t.id), coalesce(sum(t.amount), 0), coalesce(sum(t.fee), 0), coalesce(sum(t.net), 0)
        from rows_now r left join balance_transactions t on t.id = r.id and t.currency <> '' group by 1, 2;
    end if;
    return null;
end
$$;

-- A balance transaction without a currency is only known to be. What it adds to the sums
-- as booked it takes from what is not.
create or replace function sum_payout_movements() returns trigger language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    if tg_op = 'INSERT' then
        delete from payout_order o using rows_now t join payout_rows r on r.id = t.id
        where t.currency <> '' and (o.payout, o.created, o.id) = (r.payout, 0, t.id);
        insert into payout_order (payout, created, id)
        select r.payout, t.created, t.id from rows_now t join payout_rows r on r.id = t.id where t.currency <> '';
        insert into payout_deltas (payout, category, sent, booked, amount, fee, net)
        select r.payout, v.category, sum(v.sent), sum(v.booked), sum(v.booked * t.amount), sum(v.booked * t.fee), sum(v.booked * t.net)
        from rows_now t join payout_rows r on r.id = t.id cross join lateral (values (t.category, 1, 1), ('', -1, 0)) as v(category, sent, booked)
        where t.currency <> '' group by 1, 2 having sum(v.sent) <> 0 or sum(v.booked) <> 0;
    elsif tg_op = 'UPDATE' then -- an id never changes
        delete from payout_order o using rows_before b join rows_now n on n.id = b.id join payout_rows r on r.id = b.id
        where case when b.currency <> '' then b.created else 0 end <> case when n.currency <> '' then n.created else 0 end
            and (o.payout, o.created, o.id) = (r.payout, case when b.currency <> '' then b.created else 0 end, b.id);
        insert into payout_order (payout, created, id)
        select r.payout, case when n.currency <> '' then n.created else 0 end, n.id
        from rows_before b join rows_now n on n.id = b.id join payout_rows r on r.id = b.id
        where case when b.currency <> '' then b.created else 0 end <> case when n.currency <> '' then n.created else 0 end;
        insert into payout_deltas (payout, category, sent, booked, amount, fee, net)
        select r.payout, v.category, sum(t.sign * v.sent), sum(t.sign * v.booked), sum(t.sign * v.booked * t.amount), sum(t.sign * v.booked * t.fee), sum(t.sign * v.booked * t.net)
        from (
            select 1 as sign, id, category, amount, fee, net from rows_now where currency <> ''
            union all
            select -1, id, category, amount, fee, net from rows_before where currency <> ''
        ) as t join payout_rows r on r.id = t.id cross join lateral (values (t.category, 1, 1), ('', -1, 0)) as v(category, sent, booked)
        group by 1, 2
        having sum(t.sign * v.sent) <> 0 or sum(t.sign * v.booked) <> 0 or sum(t.sign * v.booked * t.amount) <> 0
            or sum(t.sign * v.booked * t.fee) <> 0 or sum(t.sign * v.booked * t.net) <> 0;
    elsif tg_op = 'DELETE' then
        delete from payout_order o using rows_before t join payout_rows r on r.id = t.id
        where t.currency <> '' and (o.payout, o.created, o.id) = (r.payout, t.created, t.id);
        insert into payout_order (payout, created, id)
        select r.payout, 0, t.id from rows_before t join payout_rows r on r.id = t.id where t.currency <> '';
        insert into payout_deltas (payout, category, sent, booked, amount, fee, net)
        select r.payout, v.category, sum(v.sent), -sum(v.booked), -sum(v.booked * t.amount), -sum(v.booked * t.fee), -sum(v.booked * t.net)
        from rows_before t join payout_rows r on r.id = t.id cross join lateral (values (t.category, -1, 1), ('', 1, 0)) as v(category, sent, booked)
        where t.currency <> '' group by 1, 2;
    else
        lock table payout_deltas, payout_totals in share row exclusive mode;
        delete from payout_deltas;
        delete from payout_totals;
        delete from payout_order;
        insert into payout_order (payout, created, id) select payout, 0, id from payout_rows;
        insert into payout_deltas (payout, sent, booked, net) select payout, count(*), 0, 0 from payout_rows group by payout;
    end if;
    return null;
end
$$;

-- Sums are counted anew by category.
delete from payout_deltas;
delete from payout_totals;
insert into payout_totals (payout, category, sent, booked, amount, fee, net)
select r.payout, coalesce(t.category, ''), count(*), count(t.id), coalesce(sum(t.amount), 0), coalesce(sum(t.fee), 0), coalesce(sum(t.net), 0)
from payout_rows r left join balance_transactions t on t.id = r.id and t.currency <> '' group by 1, 2;
insert into payout_order (payout, created, id)
select r.payout, coalesce(t.created, 0), r.id
from payout_rows r left join balance_transactions t on t.id = r.id and t.currency <> '' order by 1, 2, 3;
