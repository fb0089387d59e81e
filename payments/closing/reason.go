package closing

import "strings"

// Reason is why a row of a closed month is otherwise.
type Reason string

// The reasons that the books can know.
const (
	Refunded      Reason = "refund"
	RefundFailed  Reason = "refund_failed"
	DisputeOpened Reason = "dispute_opened"
	DisputeLost   Reason = "dispute_lost"
	DisputeWon    Reason = "dispute_won"
	FeeKnown      Reason = "fee_known"
	Ended         Reason = "payment_ended"
	PayoutCame    Reason = "payout"
	PayoutFailed  Reason = "payout_failed"
	PayoutTold    Reason = "payout_told"
	OnStatement   Reason = "bank"
	DonorErased   Reason = "donor_erased"
	DonorChanged  Reason = "donor_changed"
	LateEvent     Reason = "late_event"
	Corrected     Reason = "correction"
	Rederived     Reason = "derivation"
	Unexplained   Reason = "unexplained"
)

// Reasons lists them, in the order in which they are told.
func Reasons() []Reason {
	return []Reason{Refunded, RefundFailed, DisputeOpened, DisputeLost, DisputeWon, FeeKnown, Ended, PayoutCame, PayoutFailed, PayoutTold,
		OnStatement, DonorErased, DonorChanged, LateEvent, Corrected, Rederived, Unexplained}
}

// Words say what a reason is.
func (r Reason) Words() string {
	switch r {
	case Refunded:
		return "given back since"
	case RefundFailed:
		return "a refund failed: its money came back"
	case DisputeOpened:
		return "disputed, or asked about by the payer’s bank"
	case DisputeLost:
		return "a dispute was lost"
	case DisputeWon:
		return "a dispute was won, or ended without loss"
	case FeeKnown:
		return "what came in and the fee are known now"
	case Ended:
		return "the payment has succeeded or failed since"
	case PayoutCame:
		return "a payout carries it now, or arrived"
	case PayoutFailed:
		return "a payout failed or was canceled"
	case PayoutTold:
		return "Stripe told what a payout sent"
	case OnStatement:
		return "found on the bank’s statement"
	case DonorErased:
		return "the donor’s data were erased"
	case DonorChanged:
		return "the donor is known now, or is another"
	case LateEvent:
		return "told after the close"
	case Corrected:
		return "corrected by an entry that was booked after the close"
	case Rederived:
		return "the books were made again by newer rules"
	}
	return "the books do not say why"
}

// whyChanged finds the reasons that the columns themselves show; the rest is for the
// events.
func whyChanged(c *Change) (rest bool) {
	for _, cell := range c.Cells {
		if c.What != Changed || !byColumn(c, cell) {
			rest = true
		}
	}
	return rest
}

// byColumn finds the reason for which one column of a row is otherwise.
func byColumn(c *Change, cell Cell) bool {
	if c.Report == "payouts" {
		return ofPayout(c, cell)
	}
	switch cell.Column {
	case "net_of_refunds":
		return len(c.Cells) > 1 // it follows from other columns
	case "refunded":
		if less(cell.After, cell.Before) {
			c.because(RefundFailed)
		} else {
			c.because(Refunded)
		}
	case "dispute_status", "disputed", "dispute_fee", "dispute_fee_currency":
		c.because(disputed(c))
	case "settlement_currency", "settlement_gross", "fee", "net":
		if cell.Before != "" {
			return false
		}
		c.because(FeeKnown)
	case "status":
		c.because(Ended)
	case "payout_id":
		if cell.Before == "" {
			c.because(PayoutCame)
		} else {
			c.because(PayoutFailed)
		}
	case "payout_date":
		if _, also := c.cell("payout_id"); !also {
			c.because(PayoutCame)
		}
	case "donor_id":
		c.because(DonorChanged)
	default:
		return false
	}
	return true
}

func ofPayout(c *Change, cell Cell) bool {
	switch cell.Column {
	case "payout_status":
		if cell.After == "failed" || cell.After == "canceled" {
			c.because(PayoutFailed)
		} else {
			c.because(PayoutCame)
		}
	case "payout_state", "difference", "payout_kind":
		c.because(PayoutTold)
	case "bank_date", "bank_return_date":
		c.because(OnStatement)
	case "donor_id":
		c.because(DonorChanged)
	default:
		return false
	}
	return true
}

// disputed says what became of the dispute.
func disputed(c *Change) Reason {
	switch c.is["dispute_status"] {
	case "lost":
		return DisputeLost
	case "won", "none":
		return DisputeWon
	}
	return DisputeOpened
}

// less compares two amounts of one currency, neither below zero, as reports write them.
func less(a, b string) bool {
	a, b = padded(a, b), padded(b, a)
	return len(a) < len(b) || len(a) == len(b) && a < b
}

// padded is an amount without its point, with as many decimals as the other has where
// that has more.
func padded(a, other string) string {
	whole, decimals, _ := strings.Cut(a, ".")
	_, wanted, _ := strings.Cut(other, ".")
	for len(decimals) < len(wanted) {
		decimals += "0"
	}
	return strings.TrimLeft(whole+decimals, "0")
}
