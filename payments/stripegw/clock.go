package stripegw

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Clock gives what Stripe's clock says, within what the call took and two seconds. A
// stand-in's may be far ahead. Errors are *payments.Error.
func (g *Gateway) Clock(ctx context.Context) (time.Time, error) {
	var balance json.RawMessage // the shortest answer that every key may read
	at, err := g.read(ctx, "/v1/balance", &balance)
	if err != nil {
		return time.Time{}, fmt.Errorf("asking for Stripe's time: %w", sorted(err))
	}
	return at, nil
}
