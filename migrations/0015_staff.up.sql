-- The finance desk: who may come in, by what, and what they did. What opens a session
-- is kept as a hash; a TOTP secret cannot be, for each code is computed from it.

create table staff (
    staff_id      text primary key check (staff_id ~ '^staff_[a-z2-7]{26}$'),
    email         text not null check (email <> '' and length(email) <= 254),
    name          text not null check (name <> '' and length(name) <= 200),
    role          text not null check (role in ('viewer', 'finance', 'admin')),
    password_hash text not null default '', -- argon2id; '' where only the identity provider lets in
    must_change   boolean not null default false, -- the password was made by somebody else
    totp_secret   text not null default '', -- base32; '' until enrolled
    totp_step     bigint not null default 0, -- of the last code that was taken, in steps of 30 seconds
    oidc_subject  text not null default '', -- issuer and subject of the first sign-in
    created_at    timestamptz not null,
    disabled_at   timestamptz
);
create unique index staff_email on staff (address_key(email));

-- Each lets in once, in place of a code.
create table staff_recovery (
    staff_id text not null references staff on delete cascade,
    hash     bytea not null check (length(hash) = 32),
    used_at  timestamptz,
    primary key (staff_id, hash)
);

-- Who is signed in, and from where. A row that is gone ends the session at once.
create table staff_sessions (
    session_id text primary key,
    staff_id   text not null references staff on delete cascade,
    began_at   timestamptz not null,
    seen_at    timestamptz not null,
    address    text not null,
    agent      text not null,
    check (seen_at >= began_at)
);
create index staff_sessions_staff on staff_sessions (staff_id);
create index staff_sessions_seen on staff_sessions (seen_at);

-- What browsers' cookies stand for, by the hash of the cookie.
create table staff_cookies (
    token text primary key,
    data  bytea not null,
    until timestamptz not null
);
create index staff_cookies_until on staff_cookies (until);

-- Tries that failed, by what was tried and from where; rows go after a day.
create table staff_tries (
    key   text primary key,
    tries int not null check (tries >= 0),
    at    timestamptz not null,
    until timestamptz not null -- nothing is tried before
);
create index staff_tries_at on staff_tries (at);

-- Who did what. Each row holds the hash of the one before it, and the head that of
-- the last one, so that nothing can be changed, taken out or cut off unseen.
create table audit (
    seq     bigint primary key check (seq > 0),
    at      timestamptz not null,
    who     text not null,
    action  text not null check (action <> ''),
    object  text not null,
    address text not null,
    result  text not null check (result <> ''),
    detail  text not null,
    before  bytea not null check (length(before) = 32),
    hash    bytea not null check (length(hash) = 32)
);
create index audit_at on audit (at);
create index audit_who on audit (who, at);

-- One row, so that rows of the audit are written one after the other.
create table audit_head (
    one  boolean primary key default true check (one),
    seq  bigint not null check (seq >= 0),
    hash bytea not null check (length(hash) = 32)
);
insert into audit_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));

create function keep_audit() returns trigger language plpgsql as $$
begin
    raise exception 'what was done stays written: the audit cannot be changed or removed (%)', lower(tg_op)
        using errcode = 'restrict_violation', hint = 'A mistake is put right by another row.';
end
$$;
create trigger audit_stays before update or delete or truncate on audit
    for each statement execute function keep_audit();
create trigger audit_head_stays before delete or truncate on audit_head
    for each statement execute function keep_audit();
