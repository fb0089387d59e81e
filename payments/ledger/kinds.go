package ledger

import (
	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// kind is a list of Stripe's whose objects are compared with rows of the books.
type kind struct {
	list  string // its path below /v1/
	title string // of one object
	query string // of the rows of the books, up to the condition
	scan  func(pgx.CollectableRow) (record, error)
	told  func(payments.Facts) []record
}

// record is an object as the books or as Stripe have it.
type record struct {
	id      string
	created int64 // Unix seconds
	source  string
	net     money.Amount // of a balance transaction
	fields  []field
}

// field is something of an object by which the two may differ, in words.
type field struct{ Name, Text string }

func (r record) field(name string) string {
	for _, f := range r.fields {
		if f.Name == name {
			return f.Text
		}
	}
	return ""
}

// kinds lists what is compared, each before the balance transactions that account
// for it: where both are missing, it is the object that is named.
func kinds() []kind {
	return []kind{charges(), refunds(), disputes(), payouts(), balanceTransactions()}
}

// stateful is a kind whose objects have an amount and a status, and no more by which
// they may differ.
func stateful(list, title, table string, told func(payments.Facts) []record) kind {
	return kind{
		list: list, title: title, told: told,
		query: `select id, created, currency, amount, status from ` + table,
		scan: func(row pgx.CollectableRow) (record, error) {
			var id, status string
			var created int64
			var a money.Amount
			err := row.Scan(&id, &created, &a.Currency, &a.Minor, &status)
			return newRecord(id, created, a, status), err
		},
	}
}

func newRecord(id string, created int64, a money.Amount, status string) record {
	return record{id: id, created: created, fields: []field{{"amount", a.String()}, {"status", status}}}
}

// charges are compared by the invoice that they paid as well: without it nobody knows
// that a gift is a recurring one's.
func charges() kind {
	paid := func(r record, invoice string) record {
		if invoice != "" { // what paid several is told of none
			r.fields = append(r.fields, field{"invoice", invoice})
		}
		return r
	}
	return kind{
		list: "charges", title: "charge",
		query: `select id, created, currency, amount, status, invoice from (
			select c.*, coalesce((select l.invoice from invoice_payments l join invoices i on i.id = l.invoice
				where l.payment = c.payment and c.payment <> '' order by l.invoice collate "C" limit 1), '') as invoice
			from charges c) as charge`,
		scan: func(row pgx.CollectableRow) (record, error) {
			var id, status, invoice string
			var created int64
			var a money.Amount
			err := row.Scan(&id, &created, &a.Currency, &a.Minor, &status, &invoice)
			return paid(newRecord(id, created, a, status), invoice), err
		},
		told: func(f payments.Facts) (all []record) {
			for _, c := range f.Charges {
				invoice := ""
				for _, l := range f.InvoicePayments {
					if l.Payment == c.Payment {
						invoice = l.Invoice
					}
				}
				all = append(all, paid(newRecord(c.ID, c.Created, c.Amount, c.State.Status), invoice))
			}
			return all
		},
	}
}

func refunds() kind {
	return stateful("refunds", "refund", "refunds", func(f payments.Facts) (all []record) {
		for _, r := range f.Refunds {
			all = append(all, newRecord(r.ID, r.Created, r.Amount, r.Status))
		}
		return all
	})
}

func disputes() kind {
	return stateful("disputes", "dispute", "disputes", func(f payments.Facts) (all []record) {
		for _, d := range f.Disputes {
			all = append(all, newRecord(d.ID, d.Created, d.Amount, d.State.Status))
		}
		return all
	})
}

func payouts() kind {
	return stateful("payouts", "payout", "payouts", func(f payments.Facts) (all []record) {
		for _, p := range f.Payouts {
			all = append(all, newRecord(p.ID, p.Created, p.Amount, p.Status))
		}
		return all
	})
}

// balanceTransactions are compared by all that a report or the ledger takes of them:
// periods go by when one was made and by when its money can be paid out.
func balanceTransactions() kind {
	movement := func(t payments.BalanceTransaction) record {
		in := func(minor int64) money.Amount { return money.New(minor, t.Amount.Currency) }
		return record{id: t.ID, created: t.Created, source: t.Source, net: in(t.Net), fields: []field{
			{"amount", t.Amount.String()}, {"fee", in(t.Fee).String()}, {"net", in(t.Net).String()}, {"category", t.Category}, {"source", t.Source},
			{"type", t.Type}, {"exchange rate", t.ExchangeRate}, {"created", utc(t.Created)}, {"available on", utc(t.AvailableOn)},
		}}
	}
	return kind{
		list: "balance_transactions", title: "balance transaction",
		query: `select id, source, type, currency, amount, fee, net, category, exchange_rate, created, available_on
			from (select * from balance_transactions where currency <> '') as booked`,
		scan: func(row pgx.CollectableRow) (record, error) {
			var t payments.BalanceTransaction
			err := row.Scan(&t.ID, &t.Source, &t.Type, &t.Amount.Currency, &t.Amount.Minor, &t.Fee, &t.Net, &t.Category, &t.ExchangeRate,
				&t.Created, &t.AvailableOn)
			return movement(t), err
		},
		told: func(f payments.Facts) (all []record) {
			for _, t := range f.BalanceTransactions {
				all = append(all, movement(t))
			}
			return all
		},
	}
}
