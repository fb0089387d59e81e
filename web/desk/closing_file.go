package desk

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/closing"
)

// sendChanges answers with every change as CSV. The list is written to a temporary file
// first: what comes is whole, or it is an error that says so.
func (c *closer) sendChanges(w http.ResponseWriter, r *http.Request, m closing.Month) {
	file, err := os.CreateTemp("", "readerfund-changes-*")
	if err != nil {
		c.sendProblem(w, r, m.Words(), closingPath, "Closing", err)
		return
	}
	defer func() {
		_ = file.Close()           // it was read to its end, or is of no use
		_ = os.Remove(file.Name()) // the system's own cleaning finds what is left
	}()
	c.patiently(w)
	within, cancel := context.WithTimeout(r.Context(), listWithin)
	defer cancel()
	list, err := closing.NewList(file, c.Zone)
	if err == nil {
		_, err = c.Office.Compare(within, m, list.Write)
	}
	if err != nil && r.Context().Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		err = &payments.Error{Code: payments.Unavailable, Err: err,
			Sentence: "Comparing takes longer than this desk waits for. On the server, readerfund close --check --month " + m.String() + " --out FILE takes its time."}
	}
	if err == nil {
		err = list.Close()
	}
	if err != nil {
		c.sendProblem(w, r, m.Words(), closingPath, "Closing", err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="changes-`+m.String()+`.csv"`)
	http.ServeContent(w, r, "", time.Time{}, file)
}

// patiently lets an answer take as long as a close may: the server ends others earlier.
func (c *closer) patiently(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(c.Now().Add(closeWithin)) // where it cannot be set, none is
}
