package reader

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/readerfund/readerfund/payments"
)

// nothingHere is the page for what this reader does not have.
func nothingHere(v *visit) error {
	return &pageError{status: http.StatusNotFound, key: "manage.404", language: v.language}
}

// receipt is the PDF of one gift's receipt, in the language of the gift.
func (p *Pages) receipt(c *gin.Context, v *visit) error {
	id, ok := strings.CutSuffix(c.Param("file"), ".pdf")
	if !ok {
		return nothingHere(v)
	}
	receipt, err := p.Manage.Books.Receipt(c.Request.Context(), v.reader.DonorID, id)
	if payments.CodeOf(err) == payments.NotFound {
		return nothingHere(v)
	}
	if err != nil {
		return err
	}
	file, err := p.Manage.Papers.PDF(receipt)
	if err != nil {
		return err
	}
	download(c, "application/pdf", "receipt-"+receipt.DonationID+".pdf", file)
	return nil
}

// statement is the PDF of what was given in a calendar year, in the language of
// the page.
func (p *Pages) statement(c *gin.Context, v *visit) error {
	name, ok := strings.CutSuffix(c.Param("file"), ".pdf")
	year, err := strconv.Atoi(name)
	if !ok || err != nil || strconv.Itoa(year) != name {
		return nothingHere(v)
	}
	s, err := p.Manage.Books.Statement(c.Request.Context(), v.reader.DonorID, year, p.Newsroom.Site.BaseTimezone)
	if err != nil {
		return err
	}
	if len(s.Gifts) == 0 {
		return nothingHere(v)
	}
	file, err := p.Manage.Papers.Statement(s, v.language)
	if err != nil {
		return err
	}
	download(c, "application/pdf", "gifts-"+name+".pdf", file)
	return nil
}

// download answers with a file that is one reader's. Its name holds nothing that
// a header would have to escape.
func download(c *gin.Context, contentType, name string, file []byte) {
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Data(http.StatusOK, contentType, file)
}
