package reader

import "strings"

// isCrawler tells whether a User-Agent is that of a program rather than of a
// person's browser. Crawlers call themselves one in a word of the header; what
// calls itself nothing, or no browser of any kind, is a program too.
func isCrawler(agent string) bool {
	agent = strings.ToLower(agent)
	if !strings.HasPrefix(agent, "mozilla/") && !strings.HasPrefix(agent, "opera/") {
		return true
	}
	// A make of telephones.
	agent = strings.ReplaceAll(agent, "cubot", "")
	for _, word := range crawlerWords() {
		if strings.Contains(agent, word) {
			return true
		}
	}
	return false
}

// crawlerWords are in the names of search engines' and social networks' crawlers,
// of monitors and audits, of archives, feed readers and browsers without a screen. The
// browser within a programme has that one's name at its end ("… Safari/537.36
// WhatsApp/2.23") and a person before it, and so WhatsApp, Feedly and Inoreader are none
// of them: their fetchers call themselves no browser, or name their site.
func crawlerWords() []string {
	return []string{
		"bot", "crawl", "spider", "slurp", "scrape", "fetch", "headless", "lighthouse", "pagespeed", "speedcurve", "gtmetrix", "ptst/",
		"facebookexternalhit", "facebookcatalog", "meta-external", "skypeuripreview", "slack-img", "preview", "embedly", "iframely",
		"quora link", "outbrain", "taboola", "pinterest/0", "vkshare", "w3c_validator", "validator.", "monitor", "uptime", "pingdom", "statuscake",
		"site24x7", "datadog", "newrelic", "synthetic", "checker", "scanner", "nessus", "nmap", "zgrab", "masscan", "censys", "shodan",
		"archive.org", "archiver", "heritrix", "wayback", "ia_archiver", "python", "curl", "wget", "java/", "okhttp", "go-http", "axios",
		"node-fetch", "phantomjs", "puppeteer", "playwright", "selenium", "webdriver", "cypress", "google-read-aloud", "googleother",
		"google-safety", "mediapartners", "apis-google", "feedfetcher", "feedly.com", "inoreader.com", "newsblur", "rss", "bingpreview", "yandeximages",
		"yandexmetrika", "baidu-yunguance", "duckduckgo-favicons", "chatgpt", "oai-search", "perplexity", "claude-", "anthropic", "cohere", "bytespider",
		"dataprovider", "netcraft", "barkrowler", "trendiction", "brandwatch", "ahrefs", "semrush", "nutch", "http://", "compatible; +https://",
	}
}
