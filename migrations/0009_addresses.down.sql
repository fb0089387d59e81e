drop index reader_requests_email;
create index reader_requests_email on reader_requests (lower(btrim(email)), asked_at);

-- Keys are again what this database's lower() makes. Of donors who come to one key,
-- the first is all of them.
lock table donations, recurring_donations, donors in share row exclusive mode;
alter table donors
    drop constraint donors_email_key_check,
    drop constraint donors_email_key_key;
create temporary table kept on commit drop as
    select donor_id, lower(email_key) as email_key, first_value(donor_id) over (
        partition by lower(email_key) order by email_key = lower(email_key) desc, donor_id collate "C") as first
    from donors;
delete from reader_links where donor_id in (select donor_id from kept where donor_id <> first);
delete from reader_sessions where donor_id in (select donor_id from kept where donor_id <> first);
update donations d set donor_id = k.first from kept k where k.donor_id = d.donor_id and k.donor_id <> k.first;
update recurring_donations d set donor_id = k.first from kept k where k.donor_id = d.donor_id and k.donor_id <> k.first;
update reader_changes c set donor_id = k.first from kept k where k.donor_id = c.donor_id and k.donor_id <> k.first;
delete from donors o using kept k where k.donor_id = o.donor_id and k.donor_id <> k.first;
update donors o set email_key = k.email_key from kept k where k.donor_id = o.donor_id and o.email_key <> k.email_key;
alter table donors
    add constraint donors_email_key_key unique (email_key),
    add constraint donors_email_key_check check (email_key = lower(email_key) and email_key <> '');

drop function address_key;
