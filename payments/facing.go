package payments

import "fmt"

// FacingSQL gives two columns of SQL: the currency and the signed amount in which
// the payer saw what the balance transaction called t accounts for; no currency and
// 0 where no payer saw anything. charge, refund and dispute name the left joins of
// t's source.
//
// Stripe's itemised reports have it for charges, refunds and disputes, and for what
// undoes them, and leave it empty for every other category
// (https://docs.stripe.com/reports/reporting-categories): a fee that is taken for a
// charge has that charge as its source, but the charge's amount is none of the fee's.
func FacingSQL(t, charge, refund, dispute string) string {
	return fmt.Sprintf(`
	case when %[1]s in (%[5]s) then coalesce(%[2]s.currency, %[3]s.currency, %[4]s.currency, '') else '' end,
	case when %[1]s in (%[5]s) then sign(%[6]s.amount)::bigint * coalesce(%[2]s.amount, %[3]s.amount, %[4]s.amount, 0) else 0 end`,
		bookedAs(t, dispute+".id"), charge, refund, dispute, bookedGift+", "+bookedRefund+", "+bookedDispute, t)
}
