package inbox_test

import (
	"testing"

	"github.com/readerfund/readerfund/migrations/pgtest"
)

// The smallest stories of what random histories found.

func recurringAs(t *testing.T, column string, told ...event) string {
	t.Helper()
	db := pgtest.New(t)
	in := newInbox(t, db)
	for _, e := range told {
		receive(t, in, e)
	}
	var says string
	if err := db.QueryRow(t.Context(), `select `+column+` from recurring_donations`).Scan(&says); err != nil {
		t.Fatal(err)
	}
	return says
}

// A gift is raised and charged at once, and the bank wants to ask its owner, who
// is away: within one second the subscription is first active, with the new
// amount, and then past due. No subscription is past due and active again within
// a second.
func TestRaisedAndPastDueInOneSecond(t *testing.T) {
	s := monthly("r")
	active, due := s.events[3], s.events[3]
	for _, ids := range [][2]string{{"evt_1", "evt_2"}, {"evt_2", "evt_1"}} {
		active.ID, due.ID = ids[0], ids[1]
		due.Data = object{"object": with(active, object{"status": "past_due"}), "previous_attributes": object{"status": "active"}}
		for _, told := range [][]event{{active, due}, {due, active}} {
			if got := recurringAs(t, "status", told...); got != "past_due" {
				t.Errorf("active as %s and then past due as %s: %s", ids[0], ids[1], got)
			}
		}
	}
}

// Before 2020-08-27 a customer is told with the subscriptions, in a shape that
// knows no reason for their end: told later, it says nothing of the reason, and
// does not take it away.
func TestAShapeThatKnowsNoReasonTakesNoneAway(t *testing.T) {
	s := monthly("c")
	ends := s.events[3]
	ends.ID, ends.Created = "evt_ends", ends.Created+100
	ends.Data = object{"object": with(ends, object{"cancel_at_period_end": true, "canceled_at": ends.Created,
		"cancellation_details": object{"reason": "cancellation_requested"}})}
	moves := ends
	moves.ID, moves.Type, moves.APIVersion, moves.Created = "evt_moves", "customer.updated", "2020-03-02", ends.Created+100
	sub := with(ends, nil)
	delete(sub, "cancellation_details")
	moves.Data = object{"object": object{"id": "cus_c", "object": "customer", "email": "new@example.org",
		"subscriptions": object{"object": "list", "data": []object{sub}}}}
	for name, told := range map[string][]event{"in order": {ends, moves}, "the other way round": {moves, ends}} {
		if got := recurringAs(t, "cancel_reason", told...); got != "cancellation_requested" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// with is an event's object, changed.
func with(e event, change object) object {
	out := object{}
	for _, o := range []object{e.Data.(object)["object"].(object), change} {
		for k, v := range o {
			out[k] = v
		}
	}
	return out
}
