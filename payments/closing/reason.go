package closing

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
