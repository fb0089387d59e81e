// Package exports carries out the exports that finance orders at the desk: a run is
// committed as a row, carried out by whichever copy of the service is free, and leaves
// a whole file in a folder that all copies share, with its manifest in the row.
//
// Nobody waits for a run. It is carried out by Work, which a job calls: one run after
// the other in each copy, so that memory stays bounded. Who carries a run out says so
// once a second (its beat); where that stops, the copy has died and the run is put back
// by Mind and tried again, at most Tries times. A file stands under its name only when
// it is whole, and each try has a name of its own, so that a copy which was only slow
// can write over nobody's file.
//
// Files go after KeepFor. A file that may name somebody whose data were erased after it
// was written goes at once: what is asked for again then no longer names them. The run
// and its manifest, which name nobody, stay.
package exports
