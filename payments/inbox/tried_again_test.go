package inbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// triedAgain tells of later attempts of the payments that the bank took back (the events
// that comeBack gave): declined, under way, or booked, some more than once. A payment
// without an intent is never tried again.
func triedAgain(t *testing.T, db *pgxpool.Pool, returned [][]byte, random *rand.Rand) (events [][]byte) {
	t.Helper()
	for _, raw := range returned {
		var e struct {
			Data struct {
				Object struct {
					Source, Currency string
					Amount           int64
				}
			}
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		booked := e.Data.Object
		var intent, currency string
		var amount, created int64
		err := db.QueryRow(t.Context(), `select payment, lower(currency), amount, created from charges where id = $1 and payment like 'pi\_%'`, booked.Source).
			Scan(&intent, &currency, &amount, &created)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for n := range 1 + random.IntN(2) {
			id, at := fmt.Sprintf("%s_again%d", booked.Source, n), created+400_000+int64(n)*1000
			status, movement := []string{"failed", "pending", "succeeded"}[random.IntN(3)], "null"
			if status == "succeeded" {
				movement = fmt.Sprintf("%q", "txn_"+id)
				events = append(events, fmt.Appendf(nil, `{"id":"evt_txn_%[1]s","object":"event","type":"readerfund.told","created":%[2]d,"data":{"object":{"id":"txn_%[1]s",
					"object":"balance_transaction","amount":%[3]d,"fee":30,"net":%[4]d,"currency":%[5]q,"type":"payment","reporting_category":"charge","source":%[1]q,"created":%[2]d}}}`,
					id, at, -booked.Amount+7, -booked.Amount-23, booked.Currency))
			}
			events = append(events, fmt.Appendf(nil, `{"id":"evt_%[1]s","object":"event","type":"charge.%[2]s","created":%[3]d,"data":{"object":{"id":%[1]q,"object":"charge",
				"amount":%[4]d,"amount_captured":%[4]d,"captured":true,"currency":%[5]q,"status":%[2]q,"payment_intent":%[6]q,"created":%[3]d,"balance_transaction":%[7]s}}}`,
				id, status, at, amount, currency, intent, movement))
			if status == "succeeded" {
				break // nobody tries what was collected
			}
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}
