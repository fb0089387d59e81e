package app

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/manage"
)

// A reader whose change takes as long as it may, and for whom each look at the books
// before and after does too, gets an answer before the server hangs up.
func TestAChangeEndsBeforeItsRequest(t *testing.T) {
	const looks = 5 * 5 * time.Second // who it is, what it is about, the record, the look after it, one to spare
	if whole := server(http.NotFoundHandler(), slog.New(slog.DiscardHandler)).WriteTimeout; manage.ChangeWithin+looks > whole-5*time.Second {
		t.Errorf("a change may take %s and the looks %s, of %s", manage.ChangeWithin, looks, whole)
	}
}
