drop table audit_head;
drop table audit;
drop function keep_audit;
drop table staff_tries;
drop table staff_cookies;
drop table staff_sessions;
drop table staff_recovery;
drop table staff;
