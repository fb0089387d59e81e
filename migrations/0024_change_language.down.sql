alter table reader_changes drop column language;
