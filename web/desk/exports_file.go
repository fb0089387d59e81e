package desk

import (
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/readerfund/readerfund/web/auth"
)

// contentType is that of a file, by the ending of its name.
func contentType(name string) string {
	switch strings.TrimPrefix(path.Ext(name), ".") {
	case "csv":
		return "text/csv; charset=utf-8"
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "jsonl":
		return "application/jsonl; charset=utf-8"
	case "beancount":
		return "text/plain; charset=utf-8"
	case "zip":
		return "application/zip"
	}
	return "application/octet-stream"
}

// download answers with the file of an export, or the parts of it that are asked for: a
// download that broke goes on where it stopped, and begins anew where the file is not the
// same any more. It is written down before a byte is sent.
func (e *exporter) download(w http.ResponseWriter, r *http.Request) {
	run, file, err := e.Runs.Open(r.Context(), r.PathValue("id"))
	if err == nil {
		defer file.Close() //nolint:errcheck // only read from
		err = e.note(r, "download an export", run.ID, auth.Done, joined(run.Name, r.Header.Get("Range")))
	}
	if err != nil {
		if gone(r, err) {
			return
		}
		status, sentence := e.explainRun(w, r, err)
		if run.ID == "" {
			e.sendProblem(w, r, "Export", exportsPath, "Exports", err)
			return
		}
		e.sendRun(w, r, status, sentence)
		return
	}
	h := w.Header()
	// A part of a compressed file is no part of the file.
	h.Set(gzhttp.HeaderNoCompression, "1")
	h.Set("ETag", `"`+run.SHA256+`"`)
	attach(h, run.Name, contentType(run.Name))
	http.ServeContent(&unhurried{ResponseWriter: w, control: http.NewResponseController(w), now: e.Now}, r, "", run.EndedAt, file)
}

// manifest answers with the manifest of an export, byte for byte as the command writes it.
func (e *exporter) manifest(w http.ResponseWriter, r *http.Request) {
	run, err := e.Runs.Get(r.Context(), r.PathValue("id"))
	if err == nil && run.Manifest != "" {
		err = e.note(r, "download an export", run.ID, auth.Done, joined(run.Name, "manifest"))
	}
	switch {
	case err != nil:
		e.sendProblem(w, r, "Export", exportsPath, "Exports", err)
		return
	case run.Manifest == "":
		e.sendRun(w, r, http.StatusConflict, "There is no manifest: nothing was written.")
		return
	}
	attach(w.Header(), run.Name+".manifest.json", "application/json; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(run.Manifest))
}

// attach lets the browser keep what follows as a file. Names have letters, digits and
// dashes alone.
func attach(h http.Header, name, contentType string) {
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// writePatience is for how long a download may stand still. The server's own time for an
// answer is meant for pages; a large file over a slow line takes longer.
const writePatience = time.Minute

// unhurried gives an answer more time for as long as it goes on.
type unhurried struct {
	http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
}

// Write is part of http.ResponseWriter.
func (u *unhurried) Write(b []byte) (int, error) {
	_ = u.control.SetWriteDeadline(u.now().Add(writePatience)) // where it cannot be set, none is
	return u.ResponseWriter.Write(b)
}
