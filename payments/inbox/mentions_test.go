package inbox

import (
	"slices"
	"testing"
)

func TestWhoIsMentioned(t *testing.T) {
	for _, c := range []struct {
		raw            string
		ids, addresses []string
	}{
		{`{"id":"evt_1","payment_intent":"pi_3Abc","customer":"cus_9","created":1}`, []string{"cus_9", "pi_3Abc"}, nil},
		{`{"id":"price_1","in_band":true,"sub_total":1}`, []string{"in_band", "sub_total"}, nil},
		{`"payment_method":"pm_1ABCdefgh","pm_debit_note":1,"card_present":{}`, []string{"pm_1ABCdefgh"}, nil},
		{`{"email":"Jane.Doe+x@Example.co.uk"}`, nil, []string{"Jane.Doe+x@Example.co.uk"}},
		{`{"email":"jane\u0040example.org","b":"o\u0027neil@example.org"}`, nil, []string{"jane@example.org", "neil@example.org", "o'neil@example.org"}},
		{`Gift from <jane@example.org>, thanks. See https:\/\/x.org\/?m=jane@example.org&a=1.`, nil,
			[]string{"jane@example.org"}},
		{`“jane@example.org”, “Jörg@müller.example”`, nil, []string{"jane@example.org", "“Jörg@müller.example”"}},
		{`@example.org, jane@, @, "a@b"`, nil, []string{"a@b"}},
		{"{\"a\":\"\xff\\", nil, nil},
		{"\\u00", nil, nil},
	} {
		m := mentioned([]byte(c.raw))
		for _, want := range c.ids {
			if !slices.Contains(m.ids, want) {
				t.Errorf("%s: ids %q, want %q", c.raw, m.ids, c.ids)
			}
		}
		for _, want := range c.addresses {
			if !slices.Contains(m.addresses, want) {
				t.Errorf("%s: addresses %q, want %q", c.raw, m.addresses, c.addresses)
			}
		}
		if len(c.ids) == 0 && len(m.ids) > 0 || len(c.addresses) == 0 && len(m.addresses) > 0 {
			t.Errorf("%s: %+v", c.raw, m)
		}
	}
}

func FuzzMentioned(f *testing.F) {
	f.Add([]byte(`{"a":"b\u0040c@d_e"}`))
	f.Fuzz(func(_ *testing.T, raw []byte) { mentioned(raw) })
}
