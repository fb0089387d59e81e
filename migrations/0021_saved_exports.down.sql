drop table saved_letters;
drop table saved_turns;
drop table saved_export_readers;
drop table saved_exports;
