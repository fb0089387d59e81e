-- One row a donation that is to have a receipt by mail. The trigger is what
-- switches the feature on: a donation that succeeded before it was there, and
-- one of more than a week that an import or a replay tells of, gets none.

-- payment is the donation's key, without a reference: a donation is derived
-- and may go and come again, and its receipt must not be sent again with it.
create table receipts (
    payment    text primary key,
    status     text not null check (status in ('awaiting', 'queued', 'sent', 'failed', 'skipped')),
    queued_at  timestamptz not null,
    due_at     timestamptz not null,
    attempts   int not null default 0 check (attempts >= 0),
    tried_at   timestamptz, -- first
    sent_at    timestamptz,
    message_id text not null default '',
    error      text not null default '',
    check ((status = 'sent') = (sent_at is not null)),
    check (status <> 'sent' or message_id <> ''),
    check (status not in ('failed', 'skipped') or error <> '')
);
-- Both hold only what is still to do or to look at, however long the books grow.
create index receipts_due on receipts (due_at) where status = 'queued';
create index receipts_failed on receipts (queued_at) where status = 'failed';

-- A bank debit is pending for days: it awaits its receipt from when it is first
-- known, so that its age when it succeeds tells nothing. The update touches a row
-- only where there is something to change, and so never waits for one that is
-- being sent.
create function queue_receipt() returns trigger language plpgsql as $$
begin
    if new.received_at > now() - interval '7 days' then
        insert into receipts (payment, status, queued_at, due_at)
        values (new.payment, case new.status when 'succeeded' then 'queued' else 'awaiting' end, now(), now())
        on conflict do nothing;
    end if;
    if new.status = 'succeeded' then
        update receipts set status = 'queued', queued_at = now(), due_at = now()
        where payment = new.payment and status = 'awaiting';
    end if;
    return null;
end
$$;
-- The conditions keep the function from being called for each row of an import.
create trigger donations_receipt_insert after insert on donations for each row
    when (new.status in ('pending', 'succeeded') and new.received_at > now() - interval '7 days')
    execute function queue_receipt();
create trigger donations_receipt_update after update on donations for each row
    when (new.status <> old.status and new.status in ('pending', 'succeeded'))
    execute function queue_receipt();
