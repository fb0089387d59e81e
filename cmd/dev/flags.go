package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
)

// options are the flags.
type options struct {
	http, stripe, mail string // host:port
	data               string // folder; "" for a temporary one, with ephemeral
	ephemeral          bool
	stripeReal         bool
}

// defaultData is where a stack lives that is to be there again tomorrow.
const defaultData = ".data"

var errHelp = flag.ErrHelp

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("dev", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.http, "http", "127.0.0.1:8080", "`ADDR` of the service")
	f.StringVar(&o.stripe, "stripe", "127.0.0.1:12111", "`ADDR` of the stand-in for Stripe")
	f.StringVar(&o.mail, "mail", "127.0.0.1:8025", "`ADDR` of the page that shows caught mail")
	f.StringVar(&o.data, "data", defaultData, "`DIR` that keeps database, stand-in and dev.env")
	f.BoolVar(&o.ephemeral, "ephemeral", false, "everything in a fresh temporary folder, forgotten at the end; faster, not safe against a crash.\nWith --data only dev.env is written to DIR")
	f.BoolVar(&o.stripeReal, "stripe-real", false,
		"Stripe's real test mode instead of the stand-in; STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET from the environment")
	usage := func() {
		f.SetOutput(stderr)
		_, _ = fmt.Fprintln(stderr, "dev brings up the whole stack: Postgres, a stand-in for Stripe, a mail catcher, the service.\n\nUsage: dev [flags]")
		f.PrintDefaults()
	}
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		usage()
		return o, errHelp
	} else if err != nil {
		return o, fmt.Errorf("%w; see --help", err)
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag; see --help", f.Arg(0))
	}
	for name, addr := range map[string]string{"http": o.http, "stripe": o.stripe, "mail": o.mail} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return o, fmt.Errorf("--%s %s is not host:port; write for example 127.0.0.1:8090", name, addr)
		}
	}
	named := false
	f.Visit(func(set *flag.Flag) { named = named || set.Name == "data" })
	if o.ephemeral && !named {
		o.data = ""
		return o, nil
	}
	if o.data == "" {
		return o, errors.New("--data is empty; name a folder")
	}
	return o, nil
}
