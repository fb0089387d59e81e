-- How mail addresses are compared, in one place: spaces around them and the case of
-- ASCII letters are nothing. No other letter is folded: Postgres' lower() makes an
-- "i" of the dotted İ and a "k" of the Kelvin sign, which are letters of other
-- people's addresses, and does so or not as its locale says. The collation C knows
-- ASCII alone (https://www.postgresql.org/docs/current/collation.html).
create function address_key(address text) returns text language sql immutable strict parallel safe
    return lower(btrim(address) collate "C") collate "default";

-- Where donors' keys were folded further, one donor may be several people, and
-- several may be one. Each address gets the donor that had just that key, else the
-- first of those who had it; nobody keeps two. No merge may come in between.
lock table donations, recurring_donations, donors in share row exclusive mode;
alter table donors
    drop constraint donors_email_key_check,
    drop constraint donors_email_key_key;

create temporary table given on commit drop as
    select donor_id, address_key(donor_email) as email_key from donations where donor_id is not null and donor_email <> ''
    union
    select donor_id, address_key(donor_email) from recurring_donations where donor_id is not null and donor_email <> '';
-- Who has no gift left keeps what they have.
insert into given
select donor_id, email_key from donors o where not exists (select from given g where g.donor_id = o.donor_id);

create temporary table kept on commit drop as
    select donor_id, email_key from (
        select g.donor_id, g.email_key,
            row_number() over (partition by g.email_key order by o.email_key = g.email_key desc, g.donor_id collate "C") as of_key,
            row_number() over (partition by g.donor_id order by o.email_key = g.email_key desc, g.email_key collate "C") as of_donor
        from given g join donors o using (donor_id)
    ) as ranked where of_key = 1 and of_donor = 1;
insert into kept
select 'dnr_' || replace(gen_random_uuid()::text, '-', ''), email_key
from (select distinct email_key from given except select email_key from kept) as others;

-- Whoever had the page of such a donor open may be somebody else.
create temporary table moved on commit drop as
    select o.donor_id from donors o where not exists (select from kept k where (k.donor_id, k.email_key) = (o.donor_id, o.email_key))
    union
    select donor_id from given group by donor_id having count(*) > 1;
delete from reader_links where donor_id in (select donor_id from moved);
delete from reader_sessions where donor_id in (select donor_id from moved);

insert into donors (donor_id, email_key)
select donor_id, email_key from kept k where not exists (select from donors o where o.donor_id = k.donor_id);
update donors o set email_key = k.email_key from kept k where k.donor_id = o.donor_id and o.email_key <> k.email_key;
update donations d set donor_id = k.donor_id from kept k
    where k.email_key = address_key(d.donor_email) and d.donor_id <> k.donor_id;
update recurring_donations d set donor_id = k.donor_id from kept k
    where k.email_key = address_key(d.donor_email) and d.donor_id <> k.donor_id;
update reader_changes c set donor_id = r.donor_id from recurring_donations r
    where r.subscription = c.subscription and c.donor_id in (select donor_id from moved) and r.donor_id is not null;
delete from donors o where not exists (select from kept k where k.donor_id = o.donor_id);

alter table donors
    add constraint donors_email_key_key unique (email_key),
    add constraint donors_email_key_check check (email_key = address_key(email_key) and email_key <> '');

drop index reader_requests_email;
create index reader_requests_email on reader_requests (address_key(email), asked_at);
