package browse

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// longestFind bounds what is searched for, in bytes: Stripe's ids are shorter.
const longestFind = 255

// tidyFind brings what was typed into form, or says what is wrong with it.
func tidyFind(find string) (string, error) {
	find = strings.Join(strings.Fields(find), " ")
	if len(find) > longestFind || !utf8.ValidString(find) || strings.ContainsRune(find, 0) {
		return "", invalid("What is searched for is too long, or no text. Write an id, a mail address or a name.")
	}
	return find, nil
}

// isID tells an id of ours or of Stripe's, which has a short prefix, from a name.
func isID(find string) bool {
	prefix, rest, ok := strings.Cut(find, "_")
	if !ok || prefix == "" || rest == "" || len(prefix) > 8 {
		return false
	}
	for _, r := range find {
		if r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

// What an id, which is %[1]s, is of.
const (
	donationsOfID = `
		select donation_id from donations where payment = %[1]s
		union all select donation_id from donations where donation_id = %[1]s
		union all select donation_id from donations where charge = %[1]s and charge <> ''
		union all select donation_id from donations where subscription = %[1]s and subscription <> ''
		union all select donation_id from donations where checkout_session = %[1]s and checkout_session <> ''
		union all select donation_id from donations where donor_id = %[1]s
		union all select g.donation_id from charges c join donations g on g.payment = c.payment where c.id = %[1]s
		union all select g.donation_id from refunds r left join charges c on c.id = r.charge
			join donations g on g.payment = coalesce(c.payment, nullif(r.payment, '')) where r.id = %[1]s
		union all select g.donation_id from disputes r left join charges c on c.id = r.charge
			join donations g on g.payment = coalesce(c.payment, nullif(r.payment, '')) where r.id = %[1]s`
	donorsOfID = `
		select donor_id from donors where donor_id = %[1]s
		union all select donor_id from donations where (donation_id = %[1]s or payment = %[1]s) and donor_id is not null`
	recurringOfID = `
		select subscription from recurring_donations where recurring_id = %[1]s
		union all select subscription from recurring_donations where subscription = %[1]s
		union all select subscription from recurring_donations where donor_id = %[1]s
		union all select subscription from donations where donation_id = %[1]s and subscription <> ''`
)

// byID adds that column is one of what the id is of, where that is anything or where it
// can be nothing but an id: people have names such as Ada_Lovelace, too.
func byID(ctx context.Context, tx pgx.Tx, w *conditions, column, of, id string, only bool) (bool, error) {
	if !only {
		err := tx.QueryRow(ctx, "select cardinality(array("+fmt.Sprintf(of, "$1::text")+")) > 0", pgx.QueryExecModeExec, id).Scan(&only)
		if err != nil || !only {
			return false, err
		}
	}
	w.and(column+" = any(array("+of+"))", id)
	return true, nil
}

// nobodyNamed are the donations d that are no donor's, and have the name that %s looks
// for. "offset 0" keeps Postgres from going through all gifts in the list's order to find
// some.
const nobodyNamed = `(select * from donations
	where donor_id is null and donor_name <> '' and name_words(donor_name) @@ to_tsquery('simple', %s) offset 0) as d`

// after is a text that comes, byte by byte, after all that begin with begins.
func after(begins string) string { return begins + string(utf8.MaxRune) }
