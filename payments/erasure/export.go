package erasure

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/payments"
)

// section is one list of the document: a query whose $1 is the person's address
// as NormalAddress has it, $2 the ids of Stripe's objects that are theirs, $3 their donor id.
type section struct{ name, query string }

// ofThem keeps to rows that tell their address, or nobody's: a customer at Stripe
// may have had two people's.
const ofThem = " where id = any($2) and (email = '' or address_key(email) = $1)"

// madeAt is when Stripe made an object.
const madeAt = "to_timestamp(nullif(created, 0)) as created"

func sections() []section {
	return []section{
		{"donations", `select d.* from donations d where d.donor_id = $3 order by received_at, payment`},
		{"recurring_donations", `select d.* from recurring_donations d where d.donor_id = $3 order by started_at, subscription`},
		{"other_payments", `select f.* from foreign_payments f where f.payment = any($2)
			and exists (select from charges c where c.payment = f.payment and address_key(c.email) = $1) order by received_at, payment`},
		{"receipts", `select r.payment, r.status, r.queued_at, r.tried_at, r.sent_at, r.message_id, r.error from receipts r
			join donations d on d.payment = r.payment where d.donor_id = $3 order by r.queued_at, r.payment`},
		{"statements_of_years", `select s.year, s.state, s.reason, s.replaces, s.tried_at, s.sent_at, s.message_id, s.error,
			(select json_agg(json_build_object('currency', t.currency, 'gifts', t.gifts, 'net', t.net) order by t.currency) from statement_sums t where t.statement = s.id) as sums
			from statements s where s.donor_id = $3 order by s.id`},
		{"checkouts", `select c.* from checkouts c where c.id in (
				select checkout_id from donations where donor_id = $3 union select checkout_id from recurring_donations where donor_id = $3
				union select checkout_id from checkout_sessions` + ofThem + ` and email <> ''
			) order by c.created_at, c.id`},
		{"changes", `select action, currency, amount, fee_cover, was, resumes_at, reason, comment, asked_at, outcome, done_at, error,
			told_at, tell_error, language, subscription from reader_changes where donor_id = $3 order by asked_at`},
		{"orders_of_refunds", `select o.currency, o.amount, o.reason, o.note, o.asked_at, o.outcome, o.settled_at, o.stripe_refund, o.payment
			from refund_orders o join donations d on d.payment = o.payment where d.donor_id = $3 order by o.asked_at, o.id`},
		{"requests_for_a_link", `select email, language, asked_at, status, error from reader_requests
			where address_key(email) = $1 order by asked_at`},
		{"sessions", `select until from reader_sessions where donor_id = $3 order by until`},
		{"stripe_customers", `select id, email, name, country, deleted, ` + madeAt + ` from customers` + ofThem + ` order by id`},
		{"stripe_checkout_sessions", `select id, email, name, country, mode, status, payment_status, currency, amount, payment,
			subscription, invoice, customer, ` + madeAt + ` from checkout_sessions` + ofThem + ` order by id`},
		{"stripe_charges", `select id, email, name, country, status, failure_code, currency, amount, amount_refunded, method, payment,
			customer, ` + madeAt + ` from charges` + ofThem + ` order by id`},
		{"stripe_invoices", `select id, email, name, country, status, currency, amount_paid, subscription, customer, ` + madeAt + `
			from invoices` + ofThem + ` order by id`},
	}
}

// Export writes everything that is kept about a donor as one JSON document, from
// one snapshot. Amounts are in the minor units of their currency, times in UTC.
// Errors: NotFound; Unavailable. After an error what was written is not the whole
// document.
func (p *People) Export(ctx context.Context, donorID string, w io.Writer) error {
	address, err := p.Address(ctx, donorID)
	if err != nil {
		return err
	}
	return p.ExportAddress(ctx, address, w)
}

// ExportAddress is Export for whoever has a mail address, be they a donor or
// somebody of whom only Stripe told. Of somebody unknown the lists are empty.
func (p *People) ExportAddress(ctx context.Context, address string, w io.Writer) error {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return wrapped(pgx.BeginTxFunc(ctx, p.DB, snapshot, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local time zone 'UTC'"); err != nil {
			return err
		}
		return p.export(ctx, tx, address, w)
	}))
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return wrap(err)
}

// about begins the document.
type about struct {
	Address string    `json:"address"`
	Names   []string  `json:"names"`
	DonorID string    `json:"donor_id"`
	AsOf    time.Time `json:"as_of"`
	Amounts string    `json:"amounts"`
}

func (p *People) export(ctx context.Context, tx pgx.Tx, address string, w io.Writer) error {
	key := payments.NormalAddress(address)
	ids, err := payments.ObjectsOf(ctx, tx, address)
	if err != nil {
		return err
	}
	who := about{Address: key, AsOf: p.Now().UTC().Truncate(time.Second), Amounts: "in minor units of their currency"}
	err = tx.QueryRow(ctx, `
		select coalesce((select donor_id from donors where email_key = $1), ''), array(
			select distinct name from (
				select name from customers`+ofThem+` union select name from checkout_sessions`+ofThem+`
				union select name from charges`+ofThem+` union select name from invoices`+ofThem+`
			) as told where name <> '' order by name)`, key, ids).Scan(&who.DonorID, &who.Names)
	if err != nil {
		return fmt.Errorf("looking for a person: %w", err)
	}
	head, err := json.MarshalIndent(who, "  ", "  ")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "{\n  \"about\": %s", head); err != nil {
		return err
	}
	for _, s := range sections() {
		if err := s.write(ctx, tx, w, key, ids, who.DonorID); err != nil {
			return fmt.Errorf("writing %s: %w", s.name, err)
		}
	}
	if p.Stored != nil {
		if err := p.stored(ctx, w, address, ids); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, "\n}\n")
	return err
}

// stored writes what the stored events tell beyond the books.
func (p *People) stored(ctx context.Context, w io.Writer, address string, ids []string) error {
	l := list{w: w}
	if err := l.begin("stripe_events"); err != nil {
		return err
	}
	err := p.Stored.PersonalEvents(ctx, address, ids, func(e payments.PersonalEvent) error {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		return l.row(line)
	})
	if err != nil {
		return err
	}
	return l.end()
}

// list writes one list of the document, a row at a time.
type list struct {
	w    io.Writer
	some bool
}

func (l *list) begin(name string) error {
	_, err := fmt.Fprintf(l.w, ",\n  %q: [", name)
	return err
}

func (l *list) row(line []byte) error {
	var row bytes.Buffer
	if l.some {
		row.WriteByte(',')
	}
	l.some = true
	row.WriteString("\n    ")
	if err := json.Indent(&row, line, "    ", "  "); err != nil {
		return err
	}
	_, err := l.w.Write(row.Bytes())
	return err
}

func (l *list) end() error {
	end := "]"
	if l.some {
		end = "\n  ]"
	}
	_, err := io.WriteString(l.w, end)
	return err
}

// write streams a section, one row at a time.
func (s section) write(ctx context.Context, tx pgx.Tx, w io.Writer, key string, ids []string, donorID string) error {
	l := list{w: w}
	if err := l.begin(s.name); err != nil {
		return err
	}
	// Every parameter is named, whether the section needs it or not.
	rows, err := tx.Query(ctx, `select row_to_json(r)::text from (`+s.query+`) as r
		where ($1::text, $2::text[], $3::text) is not null`, key, ids, donorID)
	if err != nil {
		return err
	}
	var line []byte
	if _, err := pgx.ForEachRow(rows, []any{&line}, func() error { return l.row(line) }); err != nil {
		return err
	}
	return l.end()
}
