package inbox_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// Books and truth are compared as lines of text by what they speak of, so that
// a difference can be read.

// bookLines reads the books.
func bookLines(t testing.TB, db *pgxpool.Pool) map[string]string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		select 'donation ' || payment, concat_ws(' ', status, kind, amount, lower(currency), 'refunded', refunded,
			'disputed', disputed, 'of', subscription, 'by', checkout_id, 'for', campaign, placement,
			'charge', charge, balance_transaction, method, lower(donor_email))
		from donations union all
		select 'foreign ' || payment, concat_ws(' ', status, amount, lower(currency), 'refunded', refunded, 'disputed', disputed,
			'of', subscription, 'charge', charge, balance_transaction, method)
		from foreign_payments union all
		select 'recurring ' || subscription, concat_ws(' ', status, kind, amount, lower(currency), 'by', checkout_id,
			'until', extract(epoch from current_period_end)::bigint, cancel_at_period_end,
			'canceled', coalesce(extract(epoch from canceled_at)::bigint, 0))
		from recurring_donations union all
		select 'dispute ' || d.id, concat_ws(' ', d.status, d.amount, lower(d.currency), 'of', d.charge,
			'moved', coalesce((select sum(amount) from balance_transactions where source = d.id), 0),
			'fee', coalesce((select sum(fee) from balance_transactions where source = d.id), 0))
		from disputes d union all
		select 'payout ' || id, concat_ws(' ', status, amount, lower(currency), automatic, balance_transaction, failure_transaction,
			'arrives', arrival)
		from payouts`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var of, says string
		if err := rows.Scan(&of, &says); err != nil {
			t.Fatal(err)
		}
		out[of] = says
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// trueLines are what the books should say. Of a payment that brought no money
// only its state is known: it may stand in the books as pending, failed or
// canceled, or not at all.
func trueLines(truth stripefake.Truth) (must, may map[string]string) {
	must, may = map[string]string{}, map[string]string{}
	for _, p := range truth.Payments {
		id := p.PaymentIntent
		if id == "" {
			id = p.Charge
		}
		of := words(p.Amount, p.Currency, "refunded", p.Refunded, "disputed", p.Disputed, "of", p.Subscription)
		key, says := "foreign "+id, of
		if by := p.Metadata["readerfund_checkout"]; by != "" {
			key = "donation " + id
			says = words(p.Metadata["frequency"], of, "by", by, "for", p.Metadata["campaign"], p.Metadata["placement"])
		}
		if p.Status == "succeeded" {
			must[key] = words("succeeded", says, "charge", p.Charge, p.BalanceTransaction, p.Method)
			if strings.HasPrefix(key, "donation ") {
				must[key] = words(must[key], strings.ToLower(p.Email))
			}
			continue
		}
		may[key] = says
	}
	for _, s := range truth.Subscriptions {
		by := s.Metadata["readerfund_checkout"]
		if by == "" || s.Status == "incomplete" || s.Status == "incomplete_expired" {
			continue
		}
		status := s.Status
		if s.Paused != "" && (status == "active" || status == "trialing" || status == "past_due") {
			status = "paused"
		}
		must["recurring "+s.ID] = words(status, s.Metadata["frequency"], s.Amount, s.Currency, "by", by,
			"until", s.PeriodEnd, letter(s.CancelAtPeriodEnd), "canceled", s.CanceledAt)
	}
	for _, d := range truth.Disputes {
		must["dispute "+d.ID] = words(d.Status, d.Amount, d.Currency, "of", d.Charge, "moved", -d.Withdrawn, "fee", d.Fee)
	}
	for _, p := range truth.Payouts {
		must["payout "+p.ID] = words(p.Status, p.Amount, p.Currency, letter(p.Automatic), p.BalanceTransaction, p.FailureBalanceTransaction,
			"arrives", p.ArrivalDate)
	}
	return must, may
}

// letter is how Postgres writes a truth value into a text.
func letter(b bool) string { return map[bool]string{true: "t", false: "f"}[b] }

func words(all ...any) string {
	var out []string
	for _, w := range all {
		if text := fmt.Sprint(w); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, " ")
}

// untrue compares the books with the truth; empty where they agree to the cent.
func untrue(t testing.TB, db *pgxpool.Pool, truth stripefake.Truth) []string {
	t.Helper()
	books := bookLines(t, db)
	must, may := trueLines(truth)
	var out []string
	for _, of := range slices.Sorted(maps.Keys(must)) {
		says, there := books[of]
		delete(books, of)
		if says = strings.Join(strings.Fields(says), " "); !there || says != must[of] {
			out = append(out, fmt.Sprintf("%s\n  books: %s\n  truth: %s", of, says, must[of]))
		}
	}
	for _, of := range slices.Sorted(maps.Keys(books)) {
		known, says := may[of], books[of]
		status, rest, _ := strings.Cut(strings.Join(strings.Fields(says), " "), " ")
		if known == "" || status == "succeeded" || !strings.HasPrefix(rest+" ", known+" ") {
			out = append(out, fmt.Sprintf("%s\n  books: %s\n  truth: nothing, or without success: %s", of, says, known))
		}
	}
	return out
}

// rowLines are the rows of the books with all their columns but the donor's id,
// which is random, for people who look for the reason of another digest.
func rowLines(t testing.TB, db *pgxpool.Pool) map[string]string {
	t.Helper()
	out := map[string]string{}
	for table, key := range map[string]string{
		"donations": "payment", "foreign_payments": "payment", "recurring_donations": "subscription", "disputes": "id", "payouts": "id",
	} {
		rows, err := db.Query(t.Context(), fmt.Sprintf(`
			select b.%s || ' ' || told.key, coalesce(told.value, 'null')
			from %s b cross join lateral jsonb_each_text(to_jsonb(b) - 'donor_id') as told`, key, table))
		if err != nil {
			t.Fatal(err)
		}
		var of, says string
		_, err = pgx.ForEachRow(rows, []any{&of, &says}, func() error {
			out[table+" "+of] = says
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// unlike lists what differs between the books of the straight telling and others.
func unlike(straight, here map[string]string) []string {
	var out []string
	for _, of := range slices.Sorted(maps.Keys(straight)) {
		if straight[of] != here[of] {
			out = append(out, fmt.Sprintf("%s: straight %q, here %q", of, straight[of], here[of]))
		}
	}
	for _, of := range slices.Sorted(maps.Keys(here)) {
		if _, there := straight[of]; !there {
			out = append(out, fmt.Sprintf("%s: only here, %q", of, here[of]))
		}
	}
	return out
}
