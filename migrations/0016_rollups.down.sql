drop index payouts_open;
drop index audit_by_who;
drop index audit_by_action;
drop index disputes_due;
drop trigger recurring_sums_truncate on recurring_donations;
drop trigger recurring_sums_delete on recurring_donations;
drop trigger recurring_sums_update on recurring_donations;
drop trigger recurring_sums_insert on recurring_donations;
drop function sum_recurring;
drop function recurring_state;
drop table recurring_deltas;
drop table rollups;

-- As it was before.
create or replace function sum_giving() returns trigger language plpgsql as $$
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
alter table giving_deltas drop column article, drop column country;
