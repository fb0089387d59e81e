-- Recurring donations of one kind, the last started first: where those by the year all
-- began long ago, the way to them led over each that began since.
create index recurring_donations_of_kind on recurring_donations
    (kind, (coalesce(started_at, timestamptz '1970-01-01 00:00Z')), recurring_id, status, currency, campaign) include (subscription, started_at);
