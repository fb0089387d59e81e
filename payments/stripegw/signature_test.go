package stripegw_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/readerfund/readerfund/payments/stripegw"
)

func TestVerify(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	body := []byte(`{"id":"evt_1"}`)
	good := stripegw.Sign(body, "whsec_new", now)
	two := stripegw.NewSignatures([]string{"whsec_old", "whsec_new"})
	tests := []struct {
		name    string
		s       *stripegw.Signatures
		body    string
		header  string
		now     time.Time
		genuine bool
	}{
		{"genuine", two, string(body), good, now, true},
		{"the older secret", two, string(body), stripegw.Sign(body, "whsec_old", now), now, true},
		{"five minutes later", two, string(body), good, now.Add(5 * time.Minute), true},
		{"too late", two, string(body), good, now.Add(5*time.Minute + time.Second), false},
		{"too early", two, string(body), good, now.Add(-6 * time.Minute), false},
		{"other body", two, `{"id":"evt_2"}`, good, now, false},
		{"empty body", two, ``, good, now, false},
		{"other secret", two, string(body), stripegw.Sign(body, "whsec_else", now), now, false},
		{"no header", two, string(body), "", now, false},
		{"nonsense", two, string(body), "v1=,t=,,=", now, false},
		{"scheme v0", two, string(body), "t=1795424400,v0=abc", now, false},
		{"no secret set", stripegw.NewSignatures(nil), string(body), good, now, false},
		{"another time in front", two, string(body), "t=1," + good, now, false},
		{"today in front of an old one", two, string(body), fmt.Sprintf("t=%d,", now.Unix()) + stripegw.Sign(body, "whsec_new", now.AddDate(0, 0, -10)), now, false},
		{"today behind an old one", two, string(body), stripegw.Sign(body, "whsec_new", now.AddDate(0, 0, -10)) + fmt.Sprintf(",t=%d", now.Unix()), now, false},
	}
	for _, tt := range tests {
		if err := tt.s.Verify([]byte(tt.body), tt.header, tt.now); (err == nil) != tt.genuine {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
