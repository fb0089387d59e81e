alter table checkouts drop column campaign_language;
alter table subscriptions drop column pause_resumes_at;
drop table reader_changes;
drop table reader_sessions;
drop table reader_links;
drop table reader_requests;
