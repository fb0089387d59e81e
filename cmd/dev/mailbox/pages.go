package mailbox

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
)

// page shows the mail with its HTML in a frame that may run and load nothing.
const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="10"><title>Caught mail</title>
<style>
:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
article { border-top: 1px solid; padding: 1rem 0 } h2 { font-size: 1.1rem; margin: 0 } pre { white-space: pre-wrap }
iframe { width: 100%; height: 24rem; border: 1px solid; background: #fff }
</style>
<h1>Caught mail</h1>
{{range .}}<article><h2>{{.Subject}}</h2><p>to {{range $i, $to := .To}}{{if $i}}, {{end}}{{$to}}{{end}} · {{.ReceivedAt.Format "2006-01-02 15:04:05 MST"}}</p>
{{with .HTML}}<iframe sandbox title="The message" srcdoc="{{.}}"></iframe>{{end}}
{{with .Text}}<details><summary>Text</summary><pre>{{.}}</pre></details>{{end}}
{{with .Attachments}}<ul>{{range .}}<li>{{.Name}} ({{.Type}}, {{len .Content}} bytes)</li>{{end}}</ul>{{end}}
</article>{{else}}<p>No mail yet. The service sends to this box, and nothing leaves this machine.</p>{{end}}
</html>`

// ServeHTTP shows the mail at / and gives it as JSON at /messages.json.
func (b *Box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'")
	var out bytes.Buffer
	var err error
	switch r.URL.Path {
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		err = template.Must(template.New("page").Parse(page)).Execute(&out, b.Messages())
	case "/messages.json":
		w.Header().Set("Content-Type", "application/json")
		err = json.NewEncoder(&out).Encode(b.Messages())
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "the mail could not be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(out.Bytes()) // the reader may have gone
}
