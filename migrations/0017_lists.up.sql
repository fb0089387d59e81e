-- The ways into the lists of the finance desk: each is read by key, some rows at a
-- time, so that each order that it can be shown in has an index. What is filtered for
-- and rare has its own.

create index donations_of_campaign on donations (campaign, received_at, donation_id);
create index donations_in_currency on donations (currency, received_at, donation_id);
create index donations_of_kind on donations (kind, received_at, donation_id);
create index donations_by_amount on donations (currency, amount, donation_id);
create index donations_unpaid on donations (received_at, donation_id) where status <> 'succeeded';
create index donations_disputed on donations (received_at, donation_id) where dispute_status <> 'none';
-- By the words of a name, and by how a word begins: 'simple' takes no language's.
create index donations_by_name on donations using gin (to_tsvector('simple', donor_name)) where donor_name <> '';
create index donors_by_address on donors (email_key collate "C", donor_id);

create index recurring_donations_started on recurring_donations ((coalesce(started_at, timestamptz '1970-01-01 00:00Z')), recurring_id);
create index recurring_donations_of_status on recurring_donations (status, (coalesce(started_at, timestamptz '1970-01-01 00:00Z')), recurring_id);
create index recurring_donations_next on recurring_donations (current_period_end, recurring_id)
    where status in ('active', 'trialing', 'past_due') and not cancel_at_period_end and current_period_end is not null;

create index disputes_created on disputes (created, id);
create index disputes_to_answer on disputes (due_by, id) where status in ('needs_response', 'warning_needs_response');
create index payouts_arrival on payouts (arrival, id);
create index inbox_events_of_type on inbox_events (type, seq);
create index inbox_events_waiting on inbox_events (seq) where status = 'parked';

-- Which of Stripe's objects an event tells of: the object itself and the payment,
-- charge and invoice that it names. It is asked for every event that is stored, and
-- must not keep one from being stored: of what cannot be read it tells none. What
-- is longer than an id can be is cut, and found by nobody.
create function event_objects(payload bytea) returns text[] language plpgsql immutable strict as $$
declare
    told jsonb;
begin
    told := convert_from(payload, 'UTF8')::jsonb #> '{data,object}';
    return array_remove(array[
        left(told ->> 'id', 255), left(told ->> 'payment_intent', 255), left(told #>> '{payment_intent,id}', 255),
        left(told ->> 'charge', 255), left(told #>> '{charge,id}', 255), left(told ->> 'latest_charge', 255),
        left(told ->> 'invoice', 255), left(told #>> '{invoice,id}', 255), left(told ->> 'latest_invoice', 255),
        left(told ->> 'source', 255), left(told #>> '{payment,payment_intent}', 255), left(told #>> '{payment,charge}', 255)
    ], null);
exception when others then
    return '{}';
end
$$;
create index inbox_events_of_object on inbox_events using gin (event_objects(payload));
