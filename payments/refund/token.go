package refund

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments/money"
)

// NewToken makes a token for one decision to give something back: it goes into the
// page on which somebody confirms it.
func NewToken() string { return strings.ToLower(rand.Text()[:20]) }

// isToken tells a token from what somebody made up.
func isToken(s string) bool {
	return len(s) == 20 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// orderID is the id of the order that the wish makes. It is made of the token, so that
// the database itself takes one decision for one order.
func (w Wish) orderID() string {
	if w.Token == "" {
		w.Token = NewToken()
	}
	return "rfo_" + w.Token
}

// before gives the order that was made with the wish's token; nil where none was.
func (w Wish) before(ctx context.Context, tx pgx.Tx, g Gift) (*Order, error) {
	if w.Token == "" {
		return nil, nil //nolint:nilnil // none is no failure
	}
	if !isToken(w.Token) {
		return nil, invalid("this page is broken; open the donation's page again and decide there")
	}
	known, err := orders(ctx, tx, 1, "o.id = $1", w.orderID())
	if err != nil || len(known) == 0 {
		return nil, err
	}
	o := known[0]
	if o.Payment != g.Payment || o.Reason != w.Reason || w.Amount != (money.Amount{}) && o.Amount != w.Amount {
		return nil, invalid("this page was used for another refund already; open the donation's page again and decide there")
	}
	return &o, nil
}
