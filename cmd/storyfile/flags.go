package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/readerfund/readerfund/payments/stripefake/histories"
)

// options are the flags. The same ones give the same bytes.
type options struct {
	events     uint64
	seed       uint64
	version    string
	shuffle    bool
	duplicates float64
	out        string
}

const usage = `storyfile writes events as Stripe would deliver them, one JSON a line:

  go run ./cmd/storyfile --events 1000000 --seed 1 --out events.jsonl
  go run ./cmd/storyfile --events 1000 | readerfund replay --from-file -

Up to 120 payment histories are played through the stand-in for Stripe:
gifts made once, by the month and by the year, by card and by debit, declined
cards, refunds, disputes, renewals that fail, cancellations, payouts, and
payments that are not ours. Then the whole of them is repeated, with every id,
checkout and e-mail address made another's and an hour later each time, until
there are enough events. Within one repetition they come in the order of time.

The same flags give the same bytes. Memory does not grow with the number of
events.

`

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	set := flag.NewFlagSet("storyfile", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Uint64Var(&o.events, "events", 10_000, "how many different `events`")
	set.Uint64Var(&o.seed, "seed", 1, "another `number` tells other histories")
	set.StringVar(&o.version, "version", histories.Base, "the API `version` that all are told in")
	set.BoolVar(&o.shuffle, "shuffle", false, "tell them in no order at all")
	set.Float64Var(&o.duplicates, "duplicates", 0, "the `share` of events, from 0 to 1, that are told once more later, beside those counted by --events")
	set.StringVar(&o.out, "out", "-", "the `file`; - is standard output")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			_, _ = io.WriteString(stderr, usage)
			set.SetOutput(stderr)
			set.PrintDefaults()
		}
		return o, err
	}
	switch {
	case set.NArg() > 0:
		return o, fmt.Errorf("%q is not expected here", set.Arg(0))
	case o.events < 1:
		return o, errors.New("--events must be 1 or more")
	case o.duplicates < 0 || o.duplicates > 1:
		return o, errors.New("--duplicates is a share from 0 to 1")
	}
	return o, nil
}
