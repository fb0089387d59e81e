package reader

import "testing"

// The browser within a programme has a person before it; the programme's own fetcher
// has none.
func TestProgrammesOfPeopleAreNoCrawlers(t *testing.T) {
	const phone = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36"
	const tablet = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari/604.1"
	for agent, crawler := range map[string]bool{
		phone: false, tablet: false,
		phone + " WhatsApp/2.23.20.76": false, tablet + " WhatsApp/2.23": false, tablet + " Feedly/111": false, phone + " Feedly/95.0": false, tablet + " Inoreader/7.9": false,
		phone + " CUBOT NOTE 20": false,
		"WhatsApp/2.23.20.76 A":  true, "WhatsApp/2.2412.54 W": true,
		"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers; like FeedFetcher-Google)": true,
		"FeedlyBot/1.0 (http://feedly.com)":                                                                             true,
		"Mozilla/5.0 (compatible; Feedly/1.0; +https://feedly.com/fetcher.html)":                                        true,
		"Mozilla/5.0 (compatible; inoreader.com; 3 subscribers)":                                                        true,
		"Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 3 subscribers; )":                                       true,
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                      true,
		"facebookexternalhit/1.1":                                                                                       true,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36": true,
		"": true,
	} {
		if got := isCrawler(agent); got != crawler {
			t.Errorf("%q is taken for a crawler: %t", agent, got)
		}
	}
}
