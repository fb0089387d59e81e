package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/readerfund/readerfund/payments/money"
)

// Whoever covers the payment fee sees that in the amount, on the receipt, and before
// another amount is taken.
func TestAnAmountThatCoversItsFee(t *testing.T) {
	m := newManaged(t)
	m.gives(gift("frequency", "monthly", "cover_fees", "1"), ada, "Ada")
	r := m.only(ada)
	if r.Amount.Minor-r.FeeCover.Minor != 2500 || r.FeeCover.IsZero() {
		t.Fatalf("%+v", r)
	}
	gifts, err := m.books.Gifts(t.Context(), m.donor(ada))
	if err != nil || len(gifts) != 1 {
		t.Fatal(gifts, err)
	}
	if receipt, err := m.books.Receipt(t.Context(), m.donor(ada), gifts[0].DonationID); err != nil || receipt.FeeCover != r.FeeCover {
		t.Errorf("%+v, %v", receipt, err)
	}
	b := m.opens(ada)
	path := "/manage/recurring/" + r.RecurringID
	for language, says := range map[string]string{"en": "covers the payment fee, so that $25 arrives", "de": "für die Zahlungsgebühr", "ru": "покрывают комиссию", "ar": "لرسوم الدفع كي يصل"} {
		wantStatus(t, b.get(path+"/amount?lang="+language), http.StatusOK, says, `name="cover_fees" value="1" checked`)
	}
	wantStatus(t, b.get(path+"?lang=en"), http.StatusOK, "of it, so that all of your $25 reaches the newsroom")
	// The sum is seen before it is taken.
	action, values := b.form(path+"/amount?lang=en", "amount", "40", "cover_fees", "1")
	w := b.post(action, values)
	wantStatus(t, w, http.StatusUnprocessableEntity, "for the payment fee it is $41", "each month. If that is right", `name="seen" value="40.00"`, "so that all of your $40 arrives",
		`<p class="notice" role="status">With `, "Change to $41")
	for _, wrong := range []string{`role="alert"`, "Nothing was changed"} {
		if strings.Contains(w.Body.String(), wrong) {
			t.Errorf("nothing is wrong, and the page says %q", wrong)
		}
	}
	if m.only(ada).Amount != r.Amount {
		t.Error("it was changed unseen")
	}
	again := forms(t, w.Body.String())[0]
	for language, says := range map[string]string{
		"de": `<span class="agreed">Auf `, "ru": `<span class="agreed">Изменить на `, "ar": "<span class=\"agreed\">التعديل إلى \u206841",
	} {
		wantStatus(t, b.post(strings.Replace(action, "lang=en", "lang="+language, 1), values), http.StatusUnprocessableEntity, says)
	}
	// Another amount has another sum.
	other := again.values()
	other.Set("amount", "50")
	wantStatus(t, b.post(again.action, other), http.StatusUnprocessableEntity, `name="seen" value="50.00"`)
	wantStatus(t, b.follows(b.post(again.action, again.values())), http.StatusOK, "The new amount holds")
	m.flush()
	covered := m.only(ada)
	if covered.Amount.Minor-covered.FeeCover.Minor != 4000 || covered.FeeCover.IsZero() || covered.FeeCover.Minor > 300 {
		t.Errorf("%+v", covered)
	}
	wantStatus(t, b.get(path+"/amount?lang=en"), http.StatusOK, "so that $40 arrives", `name="cover_fees" value="1" checked`)
	// What is given already need not be confirmed.
	for language, says := range map[string]string{"en": "That is what you give already", "de": "So viel geben Sie schon", "ru": "Столько вы уже даёте", "ar": "هذا ما تتبرعون به الآن"} {
		action, values = b.form(path+"/amount?lang="+language, "amount", "40", "cover_fees", "1")
		w = b.post(action, values)
		wantStatus(t, w, http.StatusUnprocessableEntity, says)
		if body := w.Body.String(); strings.Contains(body, `class="agreed"`) || strings.Contains(body, `role="alert"`) {
			t.Errorf("%s: it is asked, or an error: %s", language, body)
		}
	}
	// Without the box, the amount is the amount, also where it is what it once was with
	// the fee.
	for _, amount := range []money.Amount{money.New(3000, "USD"), covered.Amount} {
		action, values = b.form(path+"/amount?lang=en", "amount", amount.Major())
		values.Del("cover_fees")
		wantStatus(t, b.follows(b.post(action, values)), http.StatusOK, "The new amount holds")
		m.flush()
		if r = m.only(ada); r.Amount != amount || !r.FeeCover.IsZero() {
			t.Errorf("%+v", r)
		}
		if page := b.get(path + "/amount?lang=en").Body.String(); strings.Contains(page, "covers the payment fee") || strings.Contains(page, `name="cover_fees" value="1" checked`) {
			t.Errorf("the page says that %v covers the fee", amount)
		}
	}
}
