alter table donations drop column anonymous;
alter table attributions drop column anonymous;
alter table checkouts
    drop column comment,
    drop column dedication,
    drop column anonymous,
    drop column fee_note,
    drop column fee_cover;
