package stripegw

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/readerfund/readerfund/payments/money"
)

// balance is what the account holds (https://docs.stripe.com/api/balance).
type balance struct {
	Available []held `json:"available"`
	Pending   []held `json:"pending"`
}

type held struct {
	Amount   minor `json:"amount"`
	Currency text  `json:"currency"`
}

// Balance gives what the Stripe account holds in each currency that it has, in
// Stripe's minor units: what can be paid out, and what is on its way there. A
// currency stands in both. Errors are as with Objects.
func (g *Gateway) Balance(ctx context.Context) (available, pending map[money.Currency]int64, err error) {
	var raw json.RawMessage
	if _, err := g.read(ctx, "/v1/balance", &raw); err != nil {
		return nil, nil, fmt.Errorf("reading the balance: %w", sorted(err))
	}
	var got balance
	if err := unmarshalWhole(raw, &got); err != nil {
		return nil, nil, fmt.Errorf("reading the balance: %w", err)
	}
	available, pending = map[money.Currency]int64{}, map[money.Currency]int64{}
	for _, part := range []struct {
		held     []held
		to, with map[money.Currency]int64
	}{{got.Available, available, pending}, {got.Pending, pending, available}} {
		for _, h := range part.held {
			sum := amount(h.Amount, h.Currency)
			part.to[sum.Currency] += sum.Minor
			part.with[sum.Currency] += 0
		}
	}
	delete(available, "") // of a currency that is not told, nothing is
	delete(pending, "")
	return available, pending, nil
}
