package stripefake_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/readerfund/readerfund/payments/stripefake"
)

// call makes a raw request; form nil is a GET.
func (s *stand) call(path, key string, form url.Values, header map[string]string) (int, http.Header, map[string]any) {
	s.t.Helper()
	method := http.MethodPost
	if form == nil {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(read(s.t, resp)), &out); err != nil {
		s.t.Fatalf("%s did not answer JSON: %v", path, err)
	}
	return resp.StatusCode, resp.Header, out
}

// sessionForm asks for a one-time gift as a form.
const sessionForm = "mode=payment&success_url=https://news.example/&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd" +
	"&line_items[0][price_data][product]=prod_season&line_items[0][price_data][unit_amount]=2500"

// answerTo posts a form without a network between.
func answerTo(server *stripefake.Server, path, form string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, req)
	return answer
}

func TestKeys(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	for key, want := range map[string]int{
		"": 401, "sk_live_0123456789": 401, "sk_test_1": 401, "pk_test_0123456789": 401, testKey: 200, "rk_test_0123456789": 200,
	} {
		status, header, body := s.call("/v1/customers", key, nil, nil)
		if status != want || header.Get("Request-Id") == "" || header.Get("Stripe-Version") != "2023-10-16" {
			t.Errorf("key %q: %d, %v", key, status, header)
		}
		if problem, _ := body["error"].(map[string]any); want == 401 && problem["type"] != "invalid_request_error" {
			t.Errorf("key %q: %v", key, body)
		}
	}
	if status, _, _ := s.call("/v1/customers", testKey, nil, map[string]string{"Stripe-Version": "2018-01-01"}); status != 400 {
		t.Errorf("an API version that is older than any spoken here: %d", status)
	}
	if status, _, _ := s.call("/v1/nothing", testKey, nil, nil); status != 404 {
		t.Errorf("unknown address: %d", status)
	}
	if status, _, _ := s.call("/v1/customers", testKey, url.Values{"name": {strings.Repeat("x", 2<<20)}}, nil); status != 413 {
		t.Errorf("a body of 2 MiB: %d", status)
	}
}

func TestSessionRules(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	long := strings.Repeat("x", 1300)
	type params = stripe.CheckoutSessionParams
	price := func(p *params) *stripe.CheckoutSessionLineItemPriceDataParams { return p.LineItems[0].PriceData }
	cases := []struct {
		name     string
		interval string
		change   func(*params)
		param    string
		code     stripe.ErrorCode
	}{
		{"unknown parameter", "", func(p *params) { p.AddExtra("colour", "red") }, "colour", "parameter_unknown"},
		{"bad enum", "", func(p *params) { p.Mode = stripe.String("gift") }, "mode", ""},
		{"wrong type", "", func(p *params) { p.AddExtra("expires_at", "soon"); p.ExpiresAt = nil }, "expires_at", ""},
		{"no items", "month", func(p *params) { p.LineItems = nil }, "line_items", "parameter_missing"},
		{"not recurring", "", func(p *params) {
			p.Mode, p.SubmitType, p.PaymentIntentData = stripe.String("subscription"), nil, nil
		}, "line_items", ""},
		{"recurring in payment mode", "month", func(p *params) { p.Mode, p.SubscriptionData = stripe.String("payment"), nil }, "line_items", ""},
		{"donate in subscription mode", "month", func(p *params) { p.SubmitType = stripe.String("donate") }, "submit_type", ""},
		{"unknown currency", "", func(p *params) { price(p).Currency = stripe.String("zzz") }, "line_items[0][price_data][currency]", ""},
		{"negative", "", func(p *params) { price(p).UnitAmount = stripe.Int64(-5) }, "line_items[0][price_data][unit_amount]", "parameter_invalid_integer"},
		{"zero", "", func(p *params) { price(p).UnitAmount = stripe.Int64(0) }, "line_items[0][price_data][unit_amount]", "parameter_invalid_integer"},
		{"below the minimum", "", func(p *params) { price(p).UnitAmount = stripe.Int64(49) }, "line_items", "amount_too_small"},
		{"above the maximum", "", func(p *params) { price(p).UnitAmount = stripe.Int64(100_000_000) }, "line_items[0][price_data][unit_amount]", "amount_too_large"},
		{"above it by quantity", "", func(p *params) { p.LineItems[0].Quantity = stripe.Int64(999_999) }, "line_items", "amount_too_large"},
		{"yen below the minimum", "", func(p *params) { price(p).Currency, price(p).UnitAmount = stripe.String("jpy"), stripe.Int64(49) }, "line_items", "amount_too_small"},
		{"dinar's last digit", "", func(p *params) { price(p).Currency, price(p).UnitAmount = stripe.String("kwd"), stripe.Int64(1505) }, "line_items[0][price_data][unit_amount]", ""},
		{"krona's decimals", "", func(p *params) { price(p).Currency, price(p).UnitAmount = stripe.String("isk"), stripe.Int64(50050) }, "line_items[0][price_data][unit_amount]", ""},
		{"unknown product", "", func(p *params) { price(p).Product = stripe.String("prod_none") }, "line_items[0][price_data][product]", "resource_missing"},
		{"unknown customer", "", func(p *params) { p.Customer = stripe.String("cus_none") }, "customer", "resource_missing"},
		{"expires too soon", "", func(p *params) { p.ExpiresAt = stripe.Int64(time.Now().Add(10 * time.Minute).Unix()) }, "expires_at", ""},
		{"expires too late", "", func(p *params) { p.ExpiresAt = stripe.Int64(time.Now().Add(25 * time.Hour).Unix()) }, "expires_at", ""},
		{"long reference", "", func(p *params) { p.ClientReferenceID = stripe.String(long[:201]) }, "client_reference_id", ""},
		{"long text", "", func(p *params) {
			p.CustomText = &stripe.CheckoutSessionCustomTextParams{Submit: &stripe.CheckoutSessionCustomTextSubmitParams{Message: stripe.String(long)}}
		}, "custom_text", ""},
		{"long suffix", "", func(p *params) { p.PaymentIntentData.StatementDescriptorSuffix = stripe.String(long[:23]) }, "payment_intent_data", ""},
		{"long description", "month", func(p *params) { p.SubscriptionData.Description = stripe.String(long[:501]) }, "subscription_data", ""},
		{"no way back", "", func(p *params) { p.SuccessURL = nil }, "success_url", "parameter_missing"},
		{"bracket in metadata", "", func(p *params) { p.Metadata = map[string]string{"a]b": "c"} }, "", ""},
		{"long metadata key", "", func(p *params) { p.Metadata = map[string]string{long[:41]: "c"} }, "metadata", ""},
		{"long metadata value", "", func(p *params) { p.Metadata = map[string]string{"a": long[:501]} }, "metadata[a]", ""},
		{"billing cycle anchor", "month", func(p *params) { p.SubscriptionData.BillingCycleAnchor = stripe.Int64(4e9) }, "subscription_data[billing_cycle_anchor]", ""},
		{"trial too short", "month", func(p *params) { p.SubscriptionData.TrialPeriodDays = stripe.Int64(0) }, "subscription_data[trial_period_days]", ""},
		{"trial that ended", "month", func(p *params) { p.SubscriptionData.TrialEnd = stripe.Int64(1) }, "subscription_data[trial_end]", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := s.sessionParams("usd", 2500, c.interval)
			c.change(p)
			_, err := s.stripe.CheckoutSessions.New(p)
			e := stripeError(t, err)
			if e.HTTPStatusCode != 400 || e.Type != "invalid_request_error" || e.Msg == "" || !strings.HasPrefix(e.Param, c.param) || c.code != "" && e.Code != c.code {
				t.Errorf("%d %s %s %q: %s", e.HTTPStatusCode, e.Type, e.Code, e.Param, e.Msg)
			}
		})
	}
	many := s.sessionParams("usd", 2500, "")
	for i := range 51 {
		many.AddMetadata(fmt.Sprintf("key%d", i), "x")
	}
	if _, err := s.stripe.CheckoutSessions.New(many); stripeError(t, err).Param != "metadata" {
		t.Errorf("51 keys: %v", err)
	}
	if left := s.Truth(); len(left.Sessions) != 0 {
		t.Errorf("refused sessions left %v", left.Sessions)
	}
	if prices := s.stripe.Prices.List(nil); prices.Next() {
		t.Errorf("refused sessions left the price %v", prices.Price())
	}
}

func TestProductsAndPrices(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	id := s.product()
	_, err := s.stripe.Products.New(&stripe.ProductParams{ID: stripe.String(id), Name: stripe.String("Again")})
	if e := stripeError(t, err); e.Code != "resource_already_exists" || e.HTTPStatusCode != 400 {
		t.Errorf("a product twice: %+v", e)
	}
	pr, err := s.stripe.Products.Update(id, &stripe.ProductParams{Name: stripe.String("Winter"), Metadata: map[string]string{"campaign": "winter"}})
	if err != nil || pr.Name != "Winter" || pr.Metadata["campaign"] != "winter" {
		t.Errorf("update: %+v %v", pr, err)
	}
	made, err := s.stripe.Prices.New(&stripe.PriceParams{
		Product: stripe.String(id), Currency: stripe.String("eur"), UnitAmount: stripe.Int64(700),
		Recurring: &stripe.PriceRecurringParams{Interval: stripe.String("year")},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := s.sessionParams("eur", 700, "year")
	p.LineItems[0].PriceData, p.LineItems[0].Price = nil, stripe.String(made.ID)
	ss, err := s.stripe.CheckoutSessions.New(p)
	if err != nil {
		t.Fatal(err)
	}
	items := s.stripe.CheckoutSessions.ListLineItems(&stripe.CheckoutSessionListLineItemsParams{Session: stripe.String(ss.ID)})
	if !items.Next() || items.LineItem().Price.ID != made.ID || items.LineItem().AmountTotal != 700 || items.LineItem().Description != "Winter" {
		t.Errorf("line items: %v", items.Err())
	}
	if _, err := s.stripe.Prices.Get("price_none", nil); stripeError(t, err).HTTPStatusCode != 404 {
		t.Errorf("no such price: %v", err)
	}
	cu, err := s.stripe.Customers.New(&stripe.CustomerParams{Email: stripe.String("known@example.org"), Name: stripe.String("Known")})
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.stripe.Customers.Get(cu.ID, nil)
	if err != nil || again.Email != "known@example.org" {
		t.Errorf("customer: %+v %v", again, err)
	}
	known := s.sessionParams("usd", 900, "")
	known.Customer = stripe.String(cu.ID)
	ss, err = s.stripe.CheckoutSessions.New(known)
	if err != nil {
		t.Fatal(err)
	}
	s.paid(ss.URL, url.Values{"card_number": {"4242424242424242"}}) // the address is known
	if p := s.Truth().Payments[0]; p.Email != "known@example.org" {
		t.Errorf("paid as %q", p.Email)
	}
}

func TestExpandAndLists(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	var ids []string
	for range 7 {
		ss := s.session("usd", 1000, "month")
		s.paid(ss.URL, card("4242424242424242"))
		ids = append(ids, ss.ID)
	}
	got := s.reload(ids[0], "line_items", "subscription.latest_invoice.charge.balance_transaction", "customer", "invoice")
	if got.LineItems.Data[0].AmountTotal != 1000 || got.Subscription.LatestInvoice.Charge.BalanceTransaction.Net == 0 ||
		got.Customer.Email != "reader@example.org" || got.Invoice.Total != 1000 {
		t.Errorf("expanded %+v", got)
	}

	for _, path := range []string{"/v1/checkout/sessions/" + ids[0] + "?expand[]=colour", "/v1/checkout/sessions?expand[]=data.mode", "/v1/charges?expand[]=data.customer.email"} {
		if status, _, body := s.call(path, testKey, nil, nil); status != 400 || body["error"].(map[string]any)["param"] != "expand" {
			t.Errorf("%s: %d %v", path, status, body)
		}
	}

	list := func(change func(*stripe.CheckoutSessionListParams)) []string {
		p := &stripe.CheckoutSessionListParams{}
		p.Limit, p.Single = stripe.Int64(3), true
		change(p)
		var out []string
		it := s.stripe.CheckoutSessions.List(p)
		for it.Next() {
			out = append(out, it.CheckoutSession().ID)
		}
		if it.Err() != nil {
			t.Error(it.Err())
		}
		return out
	}
	same := func(name string, got []string, want ...string) {
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	same("newest first", list(func(*stripe.CheckoutSessionListParams) {}), ids[6], ids[5], ids[4])
	same("the next page", list(func(p *stripe.CheckoutSessionListParams) { p.StartingAfter = stripe.String(ids[4]) }), ids[3], ids[2], ids[1])
	same("the last page", list(func(p *stripe.CheckoutSessionListParams) { p.StartingAfter = stripe.String(ids[1]) }), ids[0])
	before := &stripe.CheckoutSessionListParams{}
	before.Limit, before.Single, before.EndingBefore = stripe.Int64(3), true, stripe.String(ids[1])
	page := s.stripe.CheckoutSessions.List(before)
	var back []string
	for page.Next() {
		back = append(back, page.CheckoutSession().ID)
	}
	// stripe-go turns a page that was read backwards round.
	same("backwards", back, ids[2], ids[3], ids[4])

	var all int
	it := s.stripe.Charges.List(&stripe.ChargeListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(2)}})
	for it.Next() {
		all++
	}
	if all != 7 || it.Err() != nil {
		t.Errorf("%d charges over the pages, %v", all, it.Err())
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "starting_after=cs_none", "starting_after=a&ending_before=b"} {
		if status, _, _ := s.call("/v1/checkout/sessions?"+query, testKey, nil, nil); status != 400 {
			t.Errorf("%s: %d", query, status)
		}
	}
}

func TestEventList(t *testing.T) {
	s := bareStand(t, stripefake.Options{})
	for range 3 {
		s.paid(s.session("usd", 1000, "").URL, card("4242424242424242"))
	}
	list := func(query string) []any {
		status, _, body := s.call("/v1/events?"+query, testKey, nil, nil)
		if status != 200 {
			t.Fatalf("%s: %d %v", query, status, body)
		}
		return body["data"].([]any)
	}
	if got := list("types[]=charge.succeeded&types[]=payment_intent.created&limit=100"); len(got) != 6 {
		t.Errorf("%d events of two types", len(got))
	}
	if got := list("type=checkout.session.*"); len(got) != 3 {
		t.Errorf("%d events of a pattern", len(got))
	}
	future := fmt.Sprint(time.Now().Add(time.Hour).Unix())
	if got := list("created[gte]=" + future); len(got) != 0 {
		t.Errorf("%d events from the future", len(got))
	}
	if got := list("created[lt]=" + future + "&limit=100"); len(got) < 12 {
		t.Errorf("%d events so far", len(got))
	}
	if got := list("delivery_success=true&limit=100"); len(got) < 12 {
		t.Errorf("%d events nobody waits for", len(got))
	}
	id := list("limit=1")[0].(map[string]any)["id"].(string)
	if e, err := s.stripe.Events.Get(id, nil); err != nil || e.ID != id || len(e.Data.Raw) == 0 {
		t.Errorf("retrieve: %v %v", e, err)
	}
	s.advance(31 * 24 * time.Hour)
	if got := list("type=payment_intent.created"); len(got) != 0 {
		t.Errorf("%d events older than 30 days", len(got))
	}
}
