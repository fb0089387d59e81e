// Package closing closes months. Of a month that is closed it keeps what the reports
// of donations and payouts and the journal said, from one snapshot, with their
// checksums and their rows; run again later, it tells which rows are new, gone or
// otherwise since, by how much the sums differ, and what the books know of why.
//
// The rows are kept without the columns that name a person, so that an erasure has
// nothing to reach here. What was closed stays written. A month is opened again by a
// row beside its close, and can be closed once more.
package closing
