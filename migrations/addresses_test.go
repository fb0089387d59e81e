package migrations_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/readerfund/readerfund/migrations"
	"github.com/readerfund/readerfund/migrations/pgtest"
)

// Donors whose keys were folded beyond ASCII are told apart, and those that an odd
// locale had told apart are one again; others keep their ids. Whoever had the page
// of one of them open has it no more.
func TestDonorsAreToldApartByASCII(t *testing.T) {
	dsn := pgtest.NewURL(t)
	const version = 9
	back := int(status(t, dsn).Current) - version + 1
	if err := migrations.Down(t.Context(), dsn, back, quiet()); err != nil {
		t.Fatal(err)
	}
	// The second half of ıan is as a Turkish locale makes it.
	exec(t, dsn, `insert into donors values
			('dnr_victim', 'victim@mail.example'), ('dnr_emile', 'émile@mail.example'), ('dnr_gone', 'gone@mail.example'),
			('dnr_ian1', 'ıan@mail.example'), ('dnr_ian2', 'ian@mail.example'), ('dnr_plain', 'plain@mail.example'),
			('dnr_odd', 'odd@mail.example');
		insert into donations (donation_id, payment, received_at, kind, status, currency, amount, refunded, method,
			balance_transaction, checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email,
			country, payment_intent, charge, invoice, subscription, checkout_session)
		select 'don_' || n, 'pi_' || n, '2026-11-03', 'one_time', 'succeeded', 'EUR', 1000, 0, '', '', 'c', 'news', '', '', '', '',
			donor, '', address, '', '', '', '', '', ''
		from (values (1, 'dnr_victim', 'Victim@mail.example'), (2, 'dnr_victim', 'vİctim@mail.example'),
			(3, 'dnr_emile', 'Émile@mail.example'), (4, 'dnr_ian1', 'IAN@mail.example'), (5, 'dnr_ian2', ' ian@mail.example'),
			(6, 'dnr_plain', 'Plain@mail.example'), (7, 'dnr_odd', 'odD@mail.example'), (8, null, '')) as t (n, donor, address);
		insert into recurring_donations (recurring_id, subscription, kind, status, currency, amount, cancel_at_period_end, cancel_reason,
			checkout_id, campaign, appeal, variant, placement, article, donor_id, donor_name, donor_email, country)
		values ('rec_1', 'sub_1', 'monthly', 'active', 'EUR', 1000, false, '', 'c', 'news', '', '', '', '', 'dnr_victim', '', 'victim@mail.example', ''),
			('rec_2', 'sub_2', 'monthly', 'active', 'EUR', 1000, false, '', 'c', 'news', '', '', '', '', 'dnr_odd', '', 'oDd@mail.example', ''),
			('rec_3', 'sub_3', 'monthly', 'active', 'EUR', 1000, false, '', 'c', 'news', '', '', '', '', 'dnr_victim', '', 'vİctim@mail.example', '');
		insert into reader_sessions select sha256(donor_id::bytea), donor_id, now() + '1 hour' from donors;
		insert into reader_links select sha256(donor_id::bytea), donor_id, now() + '1 hour', null from donors;
		insert into reader_changes (id, subscription, donor_id, action, asked_at, attempts)
			values (repeat('a', 64), 'sub_3', 'dnr_victim', 'cancel', now(), 1)`)
	up(t, dsn)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	read := func(query string) string {
		t.Helper()
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, ", ")
	}
	known := `case when donor_id in ('dnr_victim', 'dnr_emile', 'dnr_gone', 'dnr_ian1', 'dnr_ian2', 'dnr_plain', 'dnr_odd') then donor_id else 'new' end`
	for query, want := range map[string]string{
		`select ` + known + ` || ' ' || email_key from donors order by email_key collate "C"`: "dnr_gone gone@mail.example, dnr_ian2 ian@mail.example, dnr_odd odd@mail.example, " +
			"dnr_plain plain@mail.example, dnr_victim victim@mail.example, new vİctim@mail.example, dnr_emile Émile@mail.example",
		`select ` + known + ` from donations where donor_id is not null order by payment`:                                                 "dnr_victim, new, dnr_emile, dnr_ian2" + ", dnr_ian2, dnr_plain, dnr_odd",
		`select ` + known + ` from recurring_donations order by subscription`:                                                             "dnr_victim, dnr_odd, new",
		`select ` + known + ` from reader_changes`:                                                                                        "new",
		`select donor_id from reader_sessions order by 1`:                                                                                 "dnr_gone, dnr_ian2, dnr_odd, dnr_plain",
		`select donor_id from reader_links order by 1`:                                                                                    "dnr_gone, dnr_ian2, dnr_odd, dnr_plain",
		`select payment from donations g left join donors d using (donor_id) where d.email_key is distinct from address_key(donor_email)`: "pi_8",
	} {
		if got := read(query); got != want {
			t.Errorf("%s:\n%s\nwant %s", query, got, want)
		}
	}
	if err := migrations.Down(t.Context(), dsn, back, quiet()); err != nil {
		t.Fatal(err)
	}
	if got := read(`select donor_id from donors where email_key <> lower(email_key)`); got != "" {
		t.Errorf("an older program meets keys that are not its own: %s", got)
	}
	up(t, dsn)
	if got := read(`select payment from donations g left join donors d using (donor_id) where d.email_key is distinct from address_key(donor_email)`); got != "pi_8" {
		t.Errorf("down and up again: %s", got)
	}
}
