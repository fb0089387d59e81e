package manage

import (
	"time"

	"github.com/readerfund/readerfund/payments"
)

// databaseWithin bounds what a reader waits for the database.
const databaseWithin = 5 * time.Second

func away(err error) error {
	return &payments.Error{
		Code: payments.Unavailable, RetryAfter: 5 * time.Second, Err: err,
		Sentence: "We cannot look at the books for a moment. Nothing was changed; please try again shortly.",
	}
}

func noGift() error {
	return &payments.Error{Code: payments.NotFound, Sentence: "We cannot find that gift."}
}

func noRecurring() error {
	return &payments.Error{Code: payments.NotFound, Sentence: "We cannot find that recurring donation."}
}

func ended() error {
	return &payments.Error{
		Code:     payments.Gone,
		Sentence: "This recurring donation has ended already. Nothing more will be charged.",
	}
}

// plausible tells whether a text from an address or a form can be an id of ours;
// the database is not asked about anything else.
func plausible(id string) bool {
	if id == "" || len(id) > 255 {
		return false
	}
	for _, r := range id {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return true
}
