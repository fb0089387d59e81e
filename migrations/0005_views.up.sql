-- How often an ask was really seen. No row is a view: each holds the sum of a
-- quarter of an hour, so that the days of every time zone can be cut from it.
create table views (
    quarter   timestamptz not null check (date_bin('15 minutes', quarter, 'epoch') = quarter), -- its beginning
    campaign  text not null check (campaign <> ''),
    appeal    text not null check (appeal <> ''),
    variant   text not null,
    placement text not null,
    article   text not null, -- a slug, the address of another site's page, or ''
    views     bigint not null check (views > 0),
    primary key (quarter, campaign, appeal, variant, placement, article)
);

-- What each appeal won is read by period.
create index checkouts_created on checkouts (created_at);
