package reader

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// Receipts finds what a receipt says of a donation. Errors are *payments.Error:
// NotFound, Unavailable.
type Receipts interface {
	Of(ctx context.Context, donationID string) (payments.Receipt, error)
}

// Printer makes the PDF of a receipt.
type Printer interface {
	PDF(r payments.Receipt) ([]byte, error)
}

// thanksReceiptPath is the PDF of the receipt for whoever has the address of the
// thank-you page, which only the reader who gave was sent to.
const thanksReceiptPath = "/thanks/receipt.pdf"

func thanksReceiptAddress(session string) string {
	return thanksReceiptPath + "?session_id=" + url.QueryEscape(session)
}

func (p *Pages) thanksReceipt(c *gin.Context) error {
	ctx := c.Request.Context()
	gift, err := p.Gifts.BySession(ctx, c.Query("session_id"))
	if err == nil && gift.Status != "succeeded" {
		return notFound("error.404.gift")
	}
	var receipt payments.Receipt
	if err == nil {
		receipt, err = p.Receipts.Of(ctx, gift.DonationID)
	}
	switch payments.CodeOf(err) {
	case payments.NotFound:
		return notFound("error.404.gift")
	case payments.Unavailable:
		p.Log.ErrorContext(ctx, "receipt not read", "error", err)
		return &pageError{status: http.StatusServiceUnavailable, key: "error.503.gift", language: gift.Language}
	}
	if err != nil {
		return err
	}
	file, err := p.Printer.PDF(receipt)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
	// An id of ours holds nothing that a header would have to quote.
	c.Header("Content-Disposition", `inline; filename="receipt-`+gift.DonationID+`.pdf"`)
	c.Data(http.StatusOK, "application/pdf", file)
	return nil
}
