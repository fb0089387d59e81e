drop index inbox_events_of_object;
drop function event_objects(bytea);
drop index inbox_events_waiting, inbox_events_of_type, payouts_arrival, disputes_to_answer, disputes_created,
    recurring_donations_next, recurring_donations_of_status, recurring_donations_started,
    donors_by_address, donations_by_name, donations_disputed, donations_unpaid, donations_by_amount,
    donations_of_kind, donations_in_currency, donations_of_campaign;
