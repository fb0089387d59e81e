package stripegw_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/stripefake"
)

// maxCalls is more than any of these lists may take.
const maxCalls = 30

// A list that leads back to where it was ends with an error that names it.
func TestAListThatLeadsInACircleEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		after  string
		answer func(r *http.Request) string
		pages  int // that may be handed on
	}{
		"the same page": {"", func(*http.Request) string { return "cus_1" }, 1},
		"the page before": {"", func(r *http.Request) string {
			if r.URL.Query().Get("starting_after") == "cus_1" {
				return "cus_2"
			}
			return "cus_1"
		}, 2},
		"where an import goes on": {"cus_1", func(*http.Request) string { return "cus_1" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, stripefake.Options{})
			s.web = bounded(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = fmt.Fprintf(w, `{"object":"list","has_more":true,"data":[{"id":%q,"object":"customer","created":1700000000}]}`, tt.answer(r))
			})
			pages := 0
			err := s.gateway(t).Objects(t.Context(), "customers", time.Time{}, tt.after, func([]json.RawMessage, time.Time) error { pages++; return nil })
			if payments.CodeOf(err) != payments.Refused || !strings.Contains(err.Error(), "listing customers") || pages != tt.pages {
				t.Errorf("%d pages, %v", pages, err)
			}
		})
	}
	t.Run("events", func(t *testing.T) {
		s := newStand(t, stripefake.Options{})
		s.web = bounded(t, func(w http.ResponseWriter, r *http.Request) {
			more := r.URL.Query().Get("ending_before") != "" || r.URL.Query().Get("created[lt]") == ""
			_, _ = fmt.Fprintf(w, `{"object":"list","has_more":%t,"data":[{"id":"evt_1","object":"event","created":1700000000}]}`, more)
		})
		err := s.gateway(t).Events(t.Context(), time.Unix(1_600_000_000, 0), false, func([]json.RawMessage) error { return nil })
		if payments.CodeOf(err) != payments.Refused || !strings.Contains(err.Error(), "listing events") {
			t.Errorf("%v", err)
		}
	})
}

// A place that Stripe has forgotten sends a list to its beginning once: where it
// is forgotten each time, that would never end.
func TestAListWhosePlaceIsForgottenAgainEnds(t *testing.T) {
	s := newStand(t, stripefake.Options{})
	s.web = bounded(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("starting_after") != "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error","code":"resource_missing","param":"starting_after","message":"No such customer"}}`)
			return
		}
		_, _ = io.WriteString(w, `{"object":"list","has_more":true,"data":[{"id":"cus_1","object":"customer","created":1700000000}]}`)
	})
	pages := 0
	err := s.gateway(t).Objects(t.Context(), "customers", time.Time{}, "cus_0", func([]json.RawMessage, time.Time) error { pages++; return nil })
	if payments.CodeOf(err) != payments.Refused || !strings.Contains(err.Error(), "listing customers") || !strings.Contains(err.Error(), "No such customer") || pages != 1 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

// bounded answers with JSON, and with a refusal where it is asked too often.
func bounded(t *testing.T, answer http.HandlerFunc) http.Handler {
	calls := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if calls++; calls > maxCalls {
			t.Errorf("call %d: it never ends", calls)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answer(w, r)
	})
}
