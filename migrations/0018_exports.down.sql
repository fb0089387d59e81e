drop table export_runs;
