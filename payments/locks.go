package payments

// The advisory locks of the database, all of them, in the space of keys that are two
// numbers (https://www.postgresql.org/docs/current/explicit-locking.html). Each is
// what stands after a locking function's name; no two share a key. Besides, a merge
// locks objects of Stripe's, in the other space, and migrations take turns by one of
// their own, 0x52464e44, before there is anything of these.
const (
	// BooksLock is the books': shared by merges that lock what they touch, exclusive
	// for those that lock nothing else, and for a moment for a journal by the time of
	// booking, which waits for all of them.
	BooksLock = "(7236, 1)"
	// RebuildLock is held by the one rebuild that may be at work.
	RebuildLock = "(7236, 2)"
	// StoringLock is shared by those who store what Stripe tells, exclusive for those
	// who erase. It comes before every other lock.
	StoringLock = "(7236, 3)"
	// FoldLock is held by the one who folds sums of gifts.
	FoldLock = "(7236, 4)"
	// PullLock is held by the one who pulls balance transactions.
	PullLock = "(7236, 5)"
	// AskLock makes requests for a link take turns, by the mail address $1: else many
	// at once would each see that there were few.
	AskLock = "(7237, hashtext(address_key($1)))"
	// ChangeLock makes changes of the subscription $1 take turns.
	ChangeLock = "(7238, hashtext($1))"
	// RefundLock makes orders of refunds of the payment $1 take turns: together they
	// give back no more than is left.
	RefundLock = "(7239, hashtext($1))"
	// FolderLock is held by the one who puts a file into the folder of exports $1, or
	// takes one out.
	FolderLock = "(7240, hashtext($1))"
	// objectLock is that of the object of Stripe's called id.
	objectLock = "(hashtextextended(id, 0))"
)
