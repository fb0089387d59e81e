package statements

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/readerfund/readerfund/payments/manage"
)

// netSQL is what is left of a donation d, minor units: without what was given back and
// what disputes took, as the report of donations has it and manage.Gift.Net.
const netSQL = `greatest(d.amount - d.refunded - d.disputed, 0)`

// addressed tells whether an address of the donor of f is known.
const addressed = `(exists (select from donations d where d.donor_id = f.donor_id and d.donor_email <> '')
	or exists (select from recurring_donations d where d.donor_id = f.donor_id and d.donor_email <> ''))`

// wantedSQL tells of each donor who gave between $1 and $2, in the year $3, what is to
// become of a statement:
//
//	send        there is none yet
//	changed     one was mailed, with other figures
//	have        one was mailed, or may have been, with these figures
//	nothing     all was given back, and none was mailed
//	no_address  nobody knows where to
//
// given has their sums by currency. figures is what Figures is in Go: a test compares
// the two.
const wantedSQL = `
with gifts as materialized (
	select d.donor_id, d.donation_id, d.received_at, d.kind::text as kind, d.currency::text as currency, d.amount, ` + netSQL + ` as net
	from donations d
	where d.status = 'succeeded' and d.received_at >= $1 and d.received_at < $2 and d.donor_id is not null
), given as materialized (
	select donor_id, currency, count(*)::int as gifts, sum(net)::bigint as net from gifts group by donor_id, currency
), figured as (
	select donor_id, sum(net) > 0 as something, sha256(convert_to(string_agg(
		concat_ws('|', donation_id, (extract(epoch from received_at) * 1000000)::bigint, kind, currency, amount, net), E'\n'
		order by received_at, donation_id collate "C"), 'UTF8')) as figures
	from gifts group by donor_id
), mailed as (
	select distinct on (donor_id) donor_id, figures from statements
	where year = $3 and state in ('sent', 'unsure') and donor_id is not null
	order by donor_id, id desc
), wanted as materialized (
	select f.donor_id, f.figures, m.donor_id is not null as replaces, case
		when m.figures = f.figures then 'have'
		when not ` + addressed + ` then 'no_address'
		when m.donor_id is not null then 'changed'
		when not f.something then 'nothing'
		else 'send' end as verdict
	from figured f left join mailed m on m.donor_id = f.donor_id
)`

// Figures is the SHA-256 of what a statement lists: each gift with its time, kind,
// amount and what is left of it. Two statements of one donor that differ in nothing
// else, such as in a name, have the same.
func Figures(s manage.Statement) [sha256.Size]byte {
	gifts := slices.Clone(s.Gifts)
	slices.SortFunc(gifts, func(a, b manage.Gift) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), strings.Compare(a.DonationID, b.DonationID))
	})
	lines := make([]string, len(gifts))
	for i, g := range gifts {
		lines[i] = fmt.Sprintf("%s|%d|%s|%s|%d|%d", g.DonationID, g.ReceivedAt.UnixMicro(), g.Kind, g.Amount.Currency, g.Amount.Minor, g.Net().Minor)
	}
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}
