-- The books that `make desk-speed` looks through: :gifts gifts of the five years before
-- :until. Nothing in them is by chance: the same numbers give the same books. Each
-- statement begins with a line of its own that says what it makes.

-- people
create temporary table people on commit drop as
select n, 'dnr_' || md5('r' || n) as donor_id, first || ' ' || last || case when h % 9 = 0 then '-' || other else '' end as name,
    lower(first || '.' || last) || n || '@example.org' as email,
    (array['DE', 'DE', 'DE', 'DE', 'AT', 'CH', 'FR', 'FR', 'US', 'US', 'US', 'GB', 'GB', 'NL', 'IT', 'JP', ''])[1 + h / 7 % 17] as country,
    case when h / 128 % 100 < 70 then 'EUR' when h / 128 % 100 < 90 then 'USD' when h / 128 % 100 < 97 then 'GBP' when h / 128 % 100 < 99 then 'CHF' else 'JPY' end as currency
from (
    select n, h, initcap(s[1 + h % 20] || s[1 + h / 20 % 20]) as first,
        initcap(s[1 + (u * u / 1000000) % 30] || s[1 + (u * u / 1000000) / 30 % 30] || s[1 + h / 400 % 3]) as last, initcap(s[1 + h / 1200 % 30] || s[1 + h / 36000 % 30]) as other
    from (
        select n, hashint8extended(n, 1) & 2147483647 as h, (hashint8extended(n, 2) & 2147483647) % 52000 as u,
            array['ba', 'den', 'fir', 'gol', 'ha', 'jen', 'kir', 'lom', 'mu', 'nar', 'pel', 'quin', 'ros', 'sim', 'tav', 'ul', 'ver', 'wan', 'xan', 'yor',
                'zel', 'bri', 'cro', 'dwi', 'eth', 'fro', 'gla', 'hro', 'ipp', 'kla'] as s
        from generate_series(0, :gifts / 5) n offset 0
    ) as drawn offset 0
) as named

-- people, counted
analyze people

-- donors
insert into donors (donor_id, email_key) select donor_id, email from people

-- donations
insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method, balance_transaction, checkout_id, campaign, appeal, variant,
    placement, article, donor_id, donor_name, donor_email, country, payment_intent, charge, invoice, subscription, checkout_session, dispute_status, disputed, anonymous)
select 'don_' || substr(md5('d' || i), 1, 20), payment, received_at, kind, status, currency, amount,
    case when status <> 'succeeded' or h / 8 % 400 > 0 then 0 when h % 3 = 0 then amount / 2 else amount end, 'card', 'txn_3' || substr(md5('t' || i), 1, 23),
    md5('c' || coalesce('s' || regular, i::text)), campaign, 'autumn', case when h % 2 = 0 then 'base' else 'bold' end, 'end', article,
    case when h / 16 % 100 > 0 then donor_id end, case when h / 32 % 50 > 0 then name else '' end, case when h / 16 % 100 > 0 then email else '' end, country, payment, 'ch_3' || substr(md5('h' || i), 1, 23),
    case when regular is not null then 'in_1' || substr(md5('i' || i), 1, 23) else '' end, coalesce('sub_1' || substr(md5('s' || regular), 1, 23), ''),
    case when regular is null then 'cs_live_' || md5('e' || i) || md5('f' || i) else '' end, dispute, case when dispute in ('lost', 'open') then amount else 0 end, h % 30 = 0
from (
    select g.i, g.h, g.kind, g.regular, :until::timestamptz - interval '5 years' + i * (interval '5 years' / :gifts) as received_at, 'pi_3' || substr(md5('p' || i), 1, 23) as payment,
        p.donor_id, p.name, p.email, p.country, p.currency,
        case when p.currency = 'JPY' then 10 else 1 end * case when u % 100 < 85 then (array[500, 1000, 1500, 2500, 2500, 5000, 10000])[1 + u % 7] else 300 + u % 49700 end as amount,
        case when i > :gifts - :gifts / 2000 and h % 5 = 0 then 'pending' when h % 1000 < 12 then 'failed' when h % 1000 = 13 then 'canceled' else 'succeeded' end as status,
        case when h % 1000 < 14 or i > :gifts - :gifts / 2000 or h / 8 % 400 = 0 then 'none' when h / 3200 % 2000 = 1 then 'lost' when h / 3200 % 2000 = 2 then 'won'
            when h / 3200 % 2000 in (3, 4, 5) and i > :gifts - :gifts / 100 then 'open' when h / 3200 % 2000 = 6 then 'warning' else 'none' end as dispute,
        case when u / 128 % 5000 = 9 then 'rare' else (array['independence', 'independence', 'independence', 'independence', 'independence', 'climate', 'climate', 'local', 'summer', 'courts', 'schools', ''])[1 + u / 256 % 12] end as campaign,
        case when u / 1024 % 25 = 0 then '' else 'article-' || (400 * ((u / 4096 % 1000) / 1000.0) ^ 3)::int end as article
    from (
        select i, h, u, kind, regular, case when i % (:gifts / 1000) = 5 then 0 when regular is null then (h * 31 + u) % (:gifts / 5) else (hashint8extended(regular, 5) & 2147483647) % (:gifts / 5) end as donor
        from (
            select i, hashint8extended(i, 3) & 2147483647 as h, hashint8extended(i, 4) & 2147483647 as u,
                case when p % 10 < 4 then 'monthly' when p % 10 = 4 and p % 3 = 0 then 'annual' else 'one_time' end::gift_kind as kind,
                case when p % 10 < 4 then p * 32 + (m + p % 20) / 20 when p % 10 = 4 and p % 3 = 0 then p * 32 + 8 + m % 12 end as regular
            from (select i, i / (:gifts / 60) as m, i % (:gifts / 60) as p from generate_series(0::bigint, :gifts - 1) i offset 0) as counted offset 0
        ) as drawn offset 0
    ) as g join people p on p.n = g.donor
) as told

-- charges
insert into charges (id, payment, checkout_id, customer, currency, amount, amount_refunded, balance_transaction, method, email, name, country, created, told_class, told_at, told_rank, told_event, status, failure_code)
select charge, payment, checkout_id, '', currency, amount, refunded, balance_transaction, method, donor_email, donor_name, country, extract(epoch from received_at)::bigint, 2, 0, 0, '',
    status, case when status = 'failed' then 'card_declined' else '' end from donations

-- refunds
insert into refunds (id, charge, payment, status, currency, amount, reason, failure_reason, balance_transaction, failure_transaction, created, undone_at)
select 're_3' || substr(md5(payment), 1, 23), charge, payment, 'succeeded', currency, refunded, 'requested_by_customer', '', 'txn_r' || substr(md5(payment), 1, 23), '',
    extract(epoch from received_at)::bigint + 200000, 0 from donations where refunded > 0

-- disputes
insert into disputes (id, charge, payment, currency, amount, reason, created, told_class, told_at, told_rank, told_event, status, due_by)
select 'dp_1' || substr(md5(payment), 1, 23), charge, payment, currency, amount, 'fraudulent', extract(epoch from received_at)::bigint + 300000, 0, 0, 0, '',
    case dispute_status when 'open' then 'needs_response' when 'warning' then 'warning_closed' else dispute_status end,
    case dispute_status when 'open' then extract(epoch from :until::timestamptz)::bigint + 86400 + (hashtextextended(payment, 2) & 1048575) else 0 end
from donations where dispute_status <> 'none'

-- balance_transactions
insert into balance_transactions (id, source, type, category, currency, amount, fee, net, exchange_rate, created, available_on)
select balance_transaction, charge, 'charge', 'charge', currency, amount, amount * 29 / 1000 + 25, amount - amount * 29 / 1000 - 25, '',
    extract(epoch from received_at)::bigint, extract(epoch from received_at)::bigint + 172800 from donations where status = 'succeeded'
union all
select balance_transaction, id, 'refund', 'refund', currency, -amount, 0, -amount, '', created, created from refunds

-- payout_rows
insert into payout_rows (id, payout) select id, 'po_1' || substr(md5(currency || available_on / 86400), 1, 23) from balance_transactions
where available_on < extract(epoch from :until::timestamptz) - 86400

-- payouts
insert into payouts (id, status, currency, amount, automatic, method, balance_transaction, failure_transaction, failure_code, created, arrival, reconciled)
select r.payout, case when t.available_on / 86400 > extract(epoch from :until::timestamptz)::bigint / 86400 - 3 then 'in_transit' else 'paid' end, t.currency, sum(t.net), true, 'standard',
    'txn_p' || substr(md5(r.payout), 1, 23), '', '', t.available_on / 86400 * 86400 + 3600, t.available_on / 86400 * 86400 + 86400, true
from payout_rows r join balance_transactions t on t.id = r.id group by r.payout, t.currency, t.available_on / 86400

-- bank_lines
insert into bank_lines (id, day, currency, amount, text, stripes, read_at)
select md5(id) || md5('b' || id), to_timestamp(arrival)::date, currency, amount, 'STRIPE ' || id, true, now() from payouts where status = 'paid' and amount > 0

-- bank_ticks
insert into bank_ticks (payout, kind, line) select id, 'deposit', md5(id) || md5('b' || id) from payouts where status = 'paid' and amount > 0

-- recurring_donations
insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, started_at, current_period_end, cancel_at_period_end, canceled_at, cancel_reason,
    checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country)
select 'rec_' || substr(md5(subscription), 1, 20), subscription, kind, case when not runs then 'canceled' when h % 25 = 0 then 'past_due' else 'active' end, currency, amount, began,
    last + step, runs and h % 30 = 1, case when not runs then last + step - interval '1 day' end, case when runs then '' else 'cancellation_requested' end,
    checkout_id, campaign, 'autumn', 'base', 'end', article, donor_id, donor_name, donor_email, country
from (
    select *, last + step > :until::timestamptz - interval '5 days' as runs, hashtextextended(subscription, 1) & 2147483647 as h
    from (
        select distinct on (subscription) *, min(received_at) over w as began, max(received_at) over w as last, case kind when 'annual' then interval '1 year' else interval '1 month' end as step
        from donations where subscription <> '' window w as (partition by subscription) order by subscription
    ) as one offset 0
) as told

-- recurring_findings
insert into recurring_findings (subscription, kind, detail, first_seen, last_seen)
select subscription, 'failing', 'the charge failed', now(), now() from recurring_donations where status = 'past_due'

-- checkouts: of the newest tenth of the gifts
insert into checkouts (id, created_at, kind, currency, amount, campaign, campaign_name, appeal, variant, placement, article, language, cover_fees, statement_suffix)
select distinct on (checkout_id) checkout_id, received_at, kind, currency, amount, 'independence', 'Independence', appeal, variant, placement, article, 'en', false, ''
from donations where received_at >= :until::timestamptz - interval '6 months' order by checkout_id, received_at

-- receipts: of the newest tenth
insert into receipts (payment, status, queued_at, due_at, sent_at, message_id)
select payment, 'sent', received_at, received_at, received_at, 'm' || payment from donations where received_at >= :until::timestamptz - interval '6 months' and status = 'succeeded'

-- postings: of the newest tenth
insert into postings (entry_id, balance_transaction, kind, number, account, currency, amount, donation_id, posted_at)
select t.id || '.1', t.id, 'original', 1, v.account, t.currency, v.amount, d.donation_id, t.created
from donations d join balance_transactions t on t.id = d.balance_transaction
cross join lateral (values ('stripe_clearing', t.net), ('stripe_fees', t.fee), ('donations', -t.amount)) as v(account, amount)
where d.received_at >= :until::timestamptz - interval '6 months' and d.status = 'succeeded' order by t.created

-- inbox_events: two of each gift of the newest tenth
insert into inbox_events (event_id, api_version, type, created_at, received_at, status, error, payload)
select 'evt_' || v.n || substr(md5(d.payment), 1, 23), '2025-03-31.basil', case when hashtextextended(d.payment, v.n) % 5000 = 0 then 'review.opened' else v.type end, d.received_at, d.received_at,
    case when hashtextextended(d.payment, v.n) % 20000 = 1 then 'parked' when v.n = 1 and hashtextextended(d.payment, 7) % 10 = 0 then 'ignored' else 'merged' end,
    case when hashtextextended(d.payment, v.n) % 20000 = 1 then 'no such field' else '' end,
    convert_to('{"id":"evt","object":"event","data":{"object":{"id":"' || v.id || '","object":"it","amount":' || d.amount || ',"currency":"eur","status":"succeeded","payment_intent":"' || d.payment || '"}}}', 'UTF8')
from donations d cross join lateral (values (1, 'payment_intent.succeeded', d.payment), (2, 'charge.succeeded', d.charge)) as v(n, type, id)
where d.received_at >= :until::timestamptz - interval '6 months' order by d.received_at

-- payout_totals
insert into payout_totals (payout, category, sent, booked, amount, fee, net)
select r.payout, t.category, count(*), count(*), sum(t.amount), sum(t.fee), sum(t.net) from payout_rows r join balance_transactions t on t.id = r.id group by 1, 2

-- payout_order: as days tell it
insert into payout_order (payout, created, id) select r.payout, t.created, r.id from payout_rows r join balance_transactions t on t.id = r.id order by t.created

-- donor_names
insert into donor_names (donor_id, name) select distinct donor_id, donor_name from donations where donor_id is not null and donor_name <> ''

-- giving_totals
insert into giving_totals (campaign, currency, kind, slot, gifts, undone, amount, refunded, disputed)
select campaign, currency, kind, date_bin('15 minutes', received_at, timestamptz 'epoch'), count(*), count(*) filter (where refunded + disputed >= amount), sum(amount), sum(refunded), sum(disputed)
from donations where status = 'succeeded' group by 1, 2, 3, 4

-- rollups: by quarters of an hour, in the order of time, as folding leaves them
insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
select v.dimension, 'quarter', currency, date_bin('15 minutes', received_at, timestamptz 'epoch'), v.value, count(*), count(*) filter (where refunded + disputed >= amount), sum(amount), sum(refunded), sum(disputed)
from donations cross join lateral (values ('kind', kind::text), ('campaign', campaign), ('country', country), ('article', article)) as v(dimension, value)
where status = 'succeeded' group by 1, 3, 4, 5 order by 4

-- rollups: by longer spans
insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
select dimension, s.span, currency, date_trunc(s.span, slot, 'UTC'), value, sum(gifts), sum(undone), sum(amount), sum(refunded), sum(disputed)
from rollups, unnest(array['hour', 'day', 'month']) as s(span) where rollups.span = 'quarter' and (s.span <> 'hour' or dimension = 'kind') group by 1, 2, 3, 4, 5 order by 4

-- rollups: recurring donations
insert into rollups (dimension, span, currency, slot, value, gifts, undone, amount, refunded, disputed)
select 'recurring', s.span, r.currency, s.slot, v.what || ' ' || r.kind, count(*), 0, sum(r.amount), 0, 0
from recurring_donations r
cross join lateral (values (recurring_state(status, cancel_at_period_end), timestamptz 'epoch'), ('started', started_at), ('lost', case when status = 'canceled' then canceled_at end)) as v(what, at)
cross join lateral (values ('quarter', date_bin('15 minutes', v.at, timestamptz 'epoch')), ('day', date_trunc('day', v.at, 'UTC')), ('month', date_trunc('month', v.at, 'UTC')), ('ever', timestamptz 'epoch')) as s(span, slot)
where v.at is not null and (s.span = 'ever') = (v.what not in ('started', 'lost')) group by 1, 2, 3, 4, 5
