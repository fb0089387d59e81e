-- The letter that confirms a change is written in the language of the page on which
-- it was made (BCP 47). "" for changes made before this: that of the last gift's page.
alter table reader_changes add column language text not null default '';
