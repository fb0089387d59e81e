package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// believes says of which requests a proxy's word on the reader's country holds:
// of those that come from a trusted proxy itself, the rule that Gin has for
// X-Forwarded-For. Anybody else may write what they like. What is no network was
// refused when the router was set up.
func believes(proxies []string) func(*http.Request) bool {
	var trusted []netip.Prefix
	for _, text := range proxies {
		if !strings.Contains(text, "/") {
			if address, err := netip.ParseAddr(text); err == nil {
				trusted = append(trusted, netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()))
			}
			continue
		}
		if network, err := netip.ParsePrefix(text); err == nil {
			trusted = append(trusted, network.Masked())
		}
	}
	return func(r *http.Request) bool {
		host, _, err := net.SplitHostPort(strings.TrimSpace(r.RemoteAddr))
		if err != nil {
			return false
		}
		address, err := netip.ParseAddr(host)
		if err != nil {
			return false
		}
		for _, network := range trusted {
			if network.Contains(address.Unmap().WithZone("")) {
				return true
			}
		}
		return false
	}
}
