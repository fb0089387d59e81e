package mail

import (
	"fmt"
	"net/mail"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkAddress says why nothing can be mailed to an address, or nil. Stripe
// passes on what people typed. The lengths are those of RFC 5321, 4.5.3.1.
func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	at := strings.LastIndexByte(address, '@')
	switch {
	case err != nil || parsed.Address != address || at < 0:
		return fmt.Errorf("%q is not a mail address", shorten(address))
	case len(address) > 254 || at > 64:
		return fmt.Errorf("%q is too long for a mail address", shorten(address))
	}
	domain := address[at+1:]
	_, numeric := netip.ParseAddr(domain)
	if numeric == nil || !strings.Contains(domain, ".") || strings.HasPrefix(domain, "[") {
		return fmt.Errorf("%q names no place on the internet that takes mail", shorten(address))
	}
	return nil
}

// maxShown is how many characters of what a donor typed are shown.
const maxShown = 80

// shownName is a donor's name as a mail may show it, or "". Anybody can give a
// dollar in a name that is an advertisement, with somebody else's address: what
// looks like a link is no name.
func shownName(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, name)), " ")
	lower := strings.ToLower(name)
	for _, link := range []string{"://", "www.", "@", ".com", ".net", ".org", ".ru", ".io"} {
		if strings.Contains(lower, link) {
			return ""
		}
	}
	return shorten(name)
}

func shorten(s string) string {
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown-1]) + "…"
	}
	return s
}
