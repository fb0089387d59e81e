package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/readerfund/readerfund/payments/manygifts"
)

// options are the flags. The same ones make the same books.
type options struct {
	manygifts.Options
	database string
}

const usage = `manygifts fills the empty books of the database at DATABASE_URL with made-up gifts:

  readerfund migrate up
  go run ./cmd/manygifts --gifts 1000000 --seed 1

Each gift is told as Stripe tells one (checkout session, payment, charge, balance
transaction; subscription, customer and invoice of what recurs) and merged by the
service's own code, a thousand gifts at a time. Some are given back, disputed, fail or
are still on their way. Two accounts, in EUR and USD, are paid out daily; of the payouts
some fail and are sent again. Gifts are in EUR, USD, GBP, CHF and JPY. Nobody in them is
a real person: all addresses are at example.org.

The same flags make the same books: the digest that is printed at the end is that of
readerfund digest. No events are stored, so that rebuild would find nothing. Books that
hold anything already are refused.

`

func parseFlags(args []string, getenv func(string) string, stderr io.Writer) (options, error) {
	o := options{database: getenv("DATABASE_URL")}
	set := flag.NewFlagSet("manygifts", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	from := set.String("from", "2024-01-01", "the first `day` of gifts, UTC")
	set.Int64Var(&o.Gifts, "gifts", 100_000, "how many gifts")
	set.Uint64Var(&o.Seed, "seed", 1, "another `number` makes other books")
	set.Int64Var(&o.Days, "days", 1000, "over how many `days` they are spread")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, _ = io.WriteString(stderr, usage)
			set.SetOutput(stderr)
			set.PrintDefaults()
		}
		return o, err
	}
	var err error
	o.From, err = time.Parse(time.DateOnly, *from)
	switch {
	case set.NArg() > 0:
		return o, fmt.Errorf("%q is not expected here", set.Arg(0))
	case o.Gifts < 1 || o.Gifts > 100_000_000:
		return o, errors.New("--gifts must be from 1 to 100000000")
	case o.Days < 1 || o.Days > 36500:
		return o, errors.New("--days must be from 1 to 36500")
	case err != nil:
		return o, errors.New("--from must be a day, as 2024-01-01")
	case o.database == "":
		return o, errors.New("DATABASE_URL must name the database that is to be filled")
	}
	return o, nil
}
