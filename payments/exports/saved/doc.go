// Package saved keeps exports that finance asks for again and again: a report with its
// filters, a kind of period such as last month, and a schedule.
//
// Each time that a saved export is to run is a turn. A turn is committed together with
// the order of its run and with the time of the next one, under a lock on the saved
// export: so there is one for each time that the schedule names, however many copies of
// the service look, and wherever one of them dies. A turn belongs to a day, and its
// period follows from that day, not from when it was really carried out: what was missed
// while the service was down is caught up with the period that was due then.
//
// What a run leaves is for download on the desk. In addition its file can be put into a
// folder, and staff can be told by mail. Both are rows that are written when the run
// ends, in the same transaction, and done afterwards by jobs.
package saved
