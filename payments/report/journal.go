package report

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
	"github.com/readerfund/readerfund/payments/report/sheet"
)

// journalColumns are what finance relies on: columns may be added at the end, none
// is renamed or moved.
func journalColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "entry_id"}, {Name: "posted_at", Kind: sheet.Time}, {Name: "account"}, {Name: "currency"}, {Name: "debit", Kind: sheet.Amount},
		{Name: "credit", Kind: sheet.Amount}, {Name: "balance_transaction_id"}, {Name: "donation_id"}, {Name: "payout_id"}, {Name: "memo"},
		{Name: "entry_kind"}, {Name: "booked_at", Kind: sheet.Time}, {Name: "reporting_category"}, {Name: "stripe_source"},
		{Name: "presentment_currency"}, {Name: "presentment_amount", Kind: sheet.Amount}, {Name: "exchange_rate", Kind: sheet.Rate},
	}
}

// A campaign's entries are taken whole, so that they balance; in the name of an
// account a colon of the campaign's is a hyphen. A payout's own entry carries the
// payout's id as well as the entries of what it carried.
func journalSQL() string {
	return `
select p.entry_id, p.kind, p.number, p.account, p.currency, p.amount, p.balance_transaction, p.donation_id, p.posted_at, p.booked_at,
	coalesce(b.category, ''), coalesce(b.source, ''), coalesce(b.exchange_rate, ''),
	coalesce(w.payout, case when o.id is not null then o.id end, ''),
` + payments.FacingSQL("b", "c", "r", "i") + `,
	d.payment is not null
from (select *, case when $5 = 'booked' then floor(extract(epoch from booked_at))::bigint else posted_at end as at from postings) p
	left join balance_transactions b on b.id = p.balance_transaction
	left join payout_rows w on w.id = p.balance_transaction
	left join payouts o on o.id = b.source
	left join charges c on c.id = b.source
	left join donations d on d.payment = c.payment
	left join refunds r on r.id = b.source
	left join disputes i on i.id = b.source
where p.at >= $1 and p.at < $2 and ($3 = '' or p.currency = $3)
	and ($4 = '' or p.entry_id in (select x.entry_id from postings x where x.account like '%:%' and
		substring(x.account from '^[^:]*:(.*):[^:]*$') = replace($4, ':', '-')))
order by p.at, p.balance_transaction collate "C", p.number, p.entry_id collate "C", p.amount < 0, p.account collate "C",
	p.donation_id collate "C", p.amount`
}

// line is one line of an entry in the ledger.
type line struct {
	entry, kind        string // kind is original or correction
	number             int
	account            string
	amount             money.Amount // debit above zero, in the settlement currency
	balanceTransaction string
	donationID, payout string
	posted             int64 // Unix seconds of the balance transaction
	booked             time.Time
	category, source   string
	rate               string       // Stripe's, "" where nothing was converted
	presentment        money.Amount // what the payer saw; no currency where nobody did
	gift               bool         // it is the payment of a donation
}

// journalLines reads the lines that were posted in the period within the snapshot,
// oldest first, each entry's lines one after the other.
func journalLines(ctx context.Context, tx pgx.Tx, q Query, each func(l *line) error) error {
	rows, err := tx.Query(ctx, journalSQL(), q.From.Unix(), q.To.Unix(), string(q.Currency), q.Campaign, string(q.Basis))
	if err != nil {
		return err
	}
	var l line
	fields := []any{&l.entry, &l.kind, &l.number, &l.account, &l.amount.Currency, &l.amount.Minor, &l.balanceTransaction, &l.donationID,
		&l.posted, &l.booked, &l.category, &l.source, &l.rate, &l.payout, &l.presentment.Currency, &l.presentment.Minor, &l.gift}
	_, err = pgx.ForEachRow(rows, fields, func() error { return each(&l) })
	return err
}

// journal gives a row for each line of the ledger's entries, with its amount on the
// side where it stands. posted_at is when Stripe booked what the entry accounts
// for, booked_at when the line was written here.
func journal(ctx context.Context, tx pgx.Tx, q Query, r *sheet.Row, emit func() error) error {
	return journalLines(ctx, tx, q, func(l *line) error {
		l.fill(r)
		return emit()
	})
}

// sides are the amounts in the columns debit and credit, neither below zero.
func (l *line) sides() (debit, credit money.Amount) {
	debit, credit = money.New(max(l.amount.Minor, 0), l.amount.Currency), money.New(max(-l.amount.Minor, 0), l.amount.Currency)
	return debit, credit
}

// fill makes a row of the line. The side on which it does not stand is empty, and
// counts as zero.
func (l *line) fill(r *sheet.Row) {
	r.Reset()
	r.Text(l.entry)
	r.Unix(l.posted)
	r.Text(l.account)
	r.Text(string(l.amount.Currency))
	debit, credit := l.sides()
	for _, side := range []money.Amount{debit, credit} {
		if side.IsZero() {
			r.Nothing(side.Currency)
		} else {
			r.Amount(side)
		}
	}
	r.Text(l.balanceTransaction)
	r.Text(l.donationID)
	r.Text(l.payout)
	r.Text(l.memo())
	r.Text(l.kind)
	r.Time(l.booked)
	r.Text(l.category)
	r.Text(l.source)
	r.Text(string(l.presentment.Currency))
	if l.presentment.Currency == "" {
		r.Empty()
	} else {
		r.Shown(l.presentment)
	}
	r.Rate(l.rate)
}

// memo says in plain words what the entry accounts for.
func (l *line) memo() string {
	words := categoryWords(l.category, l.gift)
	if l.kind == entryCorrection {
		words = "Correction: " + strings.ToLower(words[:1]) + words[1:]
	}
	if l.source != "" {
		words += " " + l.source
	}
	return words
}

// entryCorrection is the kind of an entry that corrects an earlier one.
const entryCorrection = "correction"
