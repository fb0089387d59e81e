package manygifts

import (
	"github.com/readerfund/readerfund/payments"
	"github.com/readerfund/readerfund/payments/money"
)

// gift is one gift, before it is told.
type gift struct {
	number int64
	at     int64 // Unix seconds
	giver  giver
	// order is what was asked for: that of the first gift where it recurs.
	order  payments.Order
	chain  chain // zero where it is given once
	stem   string
	method string
	fate   fate
	cameTo int64 // when its fate came; Unix seconds
}

// chain is a recurring donation.
type chain struct {
	number int64 // 0 for none
	began  int64 // Unix seconds
	first  bool  // this gift is its first
	last   bool  // and its last: it is canceled before the next
}

// fate is what became of a gift.
type fate int

const (
	stays    fate = iota
	pending       // a bank debit that is under way
	fails         // a bank debit that did not come
	returned      // a bank debit that came and went back
	refunded      // given back
	partly        // given back in part
	disputed      // and not decided yet
	lost          // a dispute
	won           // a dispute
)

// when is the time of the gift with a number: they come evenly.
func (w world) when(number int64) int64 {
	return w.start + number*((w.end-w.start)*1000/w.gifts)/1000
}

// gift draws the gift with a number. The numbers of one month are slots: some are
// those of what is given each month or once a year, so that the same slot of the next
// month, or of that in a year, is the next gift of the same recurring donation until
// that ends.
func (w world) gift(number int64) gift {
	g := gift{number: number, at: w.when(number)}
	slot, month := number%w.month, number/w.month
	kind, every, life := payments.OneTime, int64(1), int64(0)
	switch share := w.below(100, askSlot, slot); {
	case share < 35:
		kind, life = payments.Monthly, 3+w.below(34, askLife, slot)
	case share < 40 && month%12 == w.below(12, askPhase, slot):
		kind, every, life = payments.Annual, 12, 2+w.below(4, askLife, slot)
	}
	who, firstNumber := number, number
	if life > 0 {
		turn := month / every
		shift := w.below(life, askBegin, slot)
		link := (turn + shift) / life
		firstTurn := max(0, link*life-shift)
		firstNumber = (firstTurn*every+month%every)*w.month + slot
		next := number + every*w.month
		g.chain = chain{
			number: firstNumber + 1, began: w.when(firstNumber), first: firstNumber == number,
			last: (turn+1+shift)/life != link && next < w.gifts,
		}
		who = firstNumber
	}
	g.giver = w.giver(who)
	g.stem = w.stem(g.at, askStem, number)
	g.order = w.order(kind, g.giver, firstNumber)
	g.method = w.method(g.giver.currency, who)
	g.fate, g.cameTo = w.fate(&g)
	return g
}

// fate draws what became of a gift. What would come after the last day has not come.
func (w world) fate(g *gift) (fate, int64) {
	if g.method == "sepa_debit" && g.at > w.end-5*secondsPerDay {
		return pending, 0
	}
	later := g.at + (1+w.below(40, askLater, g.number))*secondsPerDay + w.below(secondsPerDay, askLater+moreOf, g.number)
	var f fate
	switch share := w.below(1000, askFate, g.number); {
	case share < 10:
		f = refunded
	case share < 15:
		f = partly
	case share < 17 && g.method == "card":
		f = []fate{lost, lost, won}[w.below(3, askShare, g.number)]
		if later <= w.end && later > w.end-20*secondsPerDay {
			f = disputed
		}
	case share < 30 && g.method == "sepa_debit":
		f = returned
	case share < 50 && g.method == "sepa_debit" && g.chain.number == 0:
		return fails, g.at + 4*secondsPerDay
	}
	if later > w.end {
		return stays, 0
	}
	return f, later
}

func (w world) method(currency string, number int64) string {
	if currency == "EUR" {
		return oneOf(w, []string{"card", "card", "card", "sepa_debit", "paypal"}, askMethod, number)
	}
	return oneOf(w, []string{"card", "card", "link"}, askMethod, number)
}

// order draws what was asked for.
func (w world) order(kind payments.Kind, by giver, number int64) payments.Order {
	c := money.Currency(by.currency)
	amount := oneOf(w, amounts(kind), askAmount, number)
	if w.below(5, askAmount+2*moreOf, number) == 0 { // an amount of one's own
		amount += 1 + w.below(amount, askAmount+3*moreOf, number)
	}
	amount *= 100
	if c == "JPY" {
		amount = amount / 100 * 150
	}
	a := payments.Attribution{
		CheckoutID: w.checkout(askCheckout, number), Kind: kind,
		Campaign:  oneOf(w, []string{"independent-journalism", "independent-journalism", "river-reporting", "local-desk"}, askCampaign, number),
		Appeal:    "keep-it-alive",
		Variant:   oneOf(w, []string{"base", "short"}, askVariant, number),
		Placement: oneOf(w, []string{"end", "inline", "strip", "page", "banner"}, askPlacement, number),
		Article:   oneOf(w, articles(), askArticle, number),
		Anonymous: w.below(20, askAnonymous, number) == 0,
	}
	o := payments.Order{Kind: kind, Attribution: a, CampaignName: "Independent journalism", Language: "en"}
	if w.below(4, askCover, number) == 0 {
		o.CoverFees, o.FeeCover = true, amount*3/100+1
	}
	o.Amount = money.New(amount+o.FeeCover, c)
	if words := w.below(100, askWords, number); words < 5 {
		o.Comment = comments()[words]
	} else if words < 8 {
		o.Dedication = "For " + oneOf(w, firstNames(), askFirst, number) + ", who reads it every morning"
	}
	return o
}

// amounts are those of the buttons, in major units.
func amounts(kind payments.Kind) []int64 {
	if kind == payments.Monthly {
		return []int64{5, 10, 15, 25}
	}
	return []int64{25, 50, 10, 100, 250}
}

// comments are such as a file of the report must bear.
func comments() []string {
	return []string{"Keep on, \"whatever\" they say", "=SUM(A1:A9) is what I read first", "Merci, continuez comme ça\nÀ bientôt",
		"Thank you; it is the only paper that calls back", "Спасибо, ありがとう, شكرا"}
}

func articles() []string {
	return []string{"tarrow-river-gauges", "bus-ten-minutes", "geneva-joint-centre", "library-night-opening", "moth-count-gardens",
		"port-callan-shore-power", "pegel-am-tarrow", "datchiki-na-tarrou", ""}
}
