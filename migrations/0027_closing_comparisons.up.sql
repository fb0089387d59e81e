-- What the last comparison of a closed month with the books found: the Closing list, the
-- overview and doctor tell of a change without comparing. It names nobody.
create table closing_comparisons (
    closing_id  bigint primary key references closings,
    compared_at timestamptz not null, -- of the snapshot that was compared
    rows        bigint not null check (rows >= 0), -- that are new, gone or otherwise, of all reports
    unexplained bigint not null check (unexplained between 0 and rows),
    changes     bytea not null check (length(changes) = 32), -- SHA-256 of all of them
    since       timestamptz not null, -- of the comparison that was the first to find just these
    check (since <= compared_at)
);
