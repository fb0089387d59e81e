drop table closed_months, closing_reopenings, closing_parts, closing_reports, closings;
drop function open_month();
drop function keep_closings();
