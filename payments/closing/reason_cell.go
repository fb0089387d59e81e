package closing

import "strings"

// of is the reason for which one column of a row that changed is otherwise, and what has
// to have been told since, or the books do not know why; "" where it follows from others.
func (c *Change) of(cell Cell) (r Reason, by proof) {
	switch c.Report {
	case "payouts":
		return ofPayout(cell)
	case "journal":
		switch cell.Column {
		case "donor_id", "payout_id", "payout_date": // as of a gift
		default:
			return LateEvent, anyEvent
		}
	}
	switch cell.Column {
	case "net_of_refunds":
		for _, other := range []string{"amount", "refunded", "disputed", "status"} {
			if _, also := c.cell(other); also {
				return "", byItself
			}
		}
		return LateEvent, nothing
	case "refunded":
		if less(cell.After, cell.Before) {
			return RefundFailed, refunding
		}
		return Refunded, refunding
	case "dispute_status", "disputed", "dispute_fee", "dispute_fee_currency":
		return disputed(c), disputing
	case "settlement_currency", "settlement_gross", "fee", "net":
		if cell.Before != "" {
			return LateEvent, settling
		}
		return FeeKnown, settling
	case "status":
		return Ended, ending
	case "payout_id":
		if cell.Before == "" {
			return PayoutCame, paying
		}
		return PayoutFailed, paying
	case "payout_date":
		if _, also := c.cell("payout_id"); also {
			return "", byItself
		}
		return PayoutCame, paying
	case "donor_id":
		return DonorChanged, byItself
	case "amount":
		return LateEvent, amounting(cell, c.is["currency"])
	}
	return LateEvent, describing
}

func ofPayout(cell Cell) (Reason, proof) {
	switch cell.Column {
	case "payout_status":
		if cell.After == "failed" || cell.After == "canceled" {
			return PayoutFailed, ofKind("payout")
		}
		return PayoutCame, ofKind("payout")
	case "payout_amount", "payout_date":
		return LateEvent, ofKind("payout")
	case "payout_state", "difference", "payout_kind":
		return PayoutTold, sending
	case "bank_date", "bank_return_date":
		return OnStatement, byItself
	case "donor_id":
		return DonorChanged, byItself
	}
	return LateEvent, anyEvent
}

// disputed says what became of the dispute. It is won, or ended without loss, only where
// it took no more than before.
func disputed(c *Change) Reason {
	took, more := c.cell("disputed")
	more = more && less(took.Before, took.After)
	switch status := c.is["dispute_status"]; {
	case status == "lost":
		return DisputeLost
	case (status == "won" || status == "none") && !more:
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
