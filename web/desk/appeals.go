package desk

import (
	"context"
	"errors"
	"net/http"

	"github.com/readerfund/readerfund/payments/report"
)

// appeals answers with the results of a period.
func (d *desk) appeals(w http.ResponseWriter, r *http.Request) {
	v, status := d.empty(), http.StatusOK
	p, problem := readPeriod(r.URL.Query().Get("from"), r.URL.Query().Get("to"), d.Zone, d.Now())
	v.Period = p
	switch {
	case problem != "":
		v.Problem, status = problem, http.StatusUnprocessableEntity
	default:
		found, err := d.Results(r.Context(), report.Query{From: p.from, To: p.to, Zone: d.Zone})
		if err != nil {
			if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return // nobody waits for the answer any more
			}
			d.Log.ErrorContext(r.Context(), "results of appeals not read", "error", err)
			v.Problem, status = "The books cannot be read at the moment. Nothing is lost; please try again in a minute.", http.StatusServiceUnavailable
			break
		}
		v.AsOf, v.Sections, v.Read = found.AsOf.In(d.Zone), sections(found.All), true
	}
	d.Frame.Send(w, r, status, d.results, "What appeals won", v)
}

func (d *desk) empty() view {
	p, _ := readPeriod("", "", d.Zone, d.Now())
	return view{Period: p, Zone: d.Zone.String(), Presets: presets(d.Zone, d.Now())}
}
