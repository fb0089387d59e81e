//go:build pictures

package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/readerfund/readerfund/payments/manygifts"
)

// The pictures of docs/finance.md are made of made-up gifts, of which the last days are
// those of now. `make finance-pictures` runs it and writes them.
func TestFinancePictures(t *testing.T) {
	dir := os.Getenv("PICTURES")
	if dir == "" {
		t.Fatal("PICTURES names no folder")
	}
	s := bringUp(t, "--ephemeral")
	days := int64(500)
	first := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -int(days)+1)
	if err := manygifts.Fill(t.Context(), s.db, manygifts.Options{Gifts: 5000, Seed: 1, From: first, Days: days}, func(int64) {}); err != nil {
		t.Fatal(err)
	}
	d := s.visitsDesk(t, "guide", 3*time.Minute, look{"guide", 1280, 900, "light"})
	d.signsIn("/finance", `.cards`)
	var donation string
	// They are of no subscription of the stand-in's, and it says so.
	if _, err := s.db.Exec(t.Context(), `delete from recurring_findings`); err != nil {
		t.Fatal(err)
	}
	d.goes("/finance", `.cards`)
	d.pictured(dir, "finance-overview", `#days ~ details`)
	if err := s.db.QueryRow(t.Context(), `select donation_id from donations where refunded > 500 and refunded < amount and received_at < now() - interval '25 days' and currency = 'EUR'
		and kind = 'one_time' order by received_at desc limit 1`).Scan(&donation); err != nil {
		t.Fatal(err)
	}
	d.goes("/finance/donations/"+donation, `.story`)
	d.pictured(dir, "finance-donation", `.story`)
	d.orders("donations", "Excel", `.state.good`)
	d.pictured(dir, "finance-export", `#sums ~ .scroll`)

	closed := bringUp(t, "--ephemeral")
	closed.gaveLastMonth(t)
	if _, err := closed.db.Exec(t.Context(), `delete from inbox_events where status = 'parked'`); err != nil {
		t.Fatal(err)
	}
	month, _ := lastMonth()
	d = closed.visitsDesk(t, "guide", 3*time.Minute, look{"guide", 1280, 900, "light"})
	d.signsIn("/finance/closing/"+month, `#close`)
	d.does(fill(`#reason`, "the first month of the new books"), click(`section form button`), see(`.ask`), click(`.door button`), see(`#since`))
	closed.signedIn(t).refundsOne(t, "20")
	d.goes("/finance/closing/"+month, `#since`)
	d.pictured(dir, "finance-closing", `[aria-labelledby="rows-donations-table"]`)
}

// pictured keeps what the page shows, from its head to the end of a part of it.
func (d *deskVisitor) pictured(dir, name, last string) {
	d.t.Helper()
	box, err := chromedp.Run(d.tab, chromedp.Evaluate[[]float64](`[innerWidth, document.querySelector('`+last+`').getBoundingClientRect().bottom + scrollY + 32]`))
	if err != nil {
		d.t.Fatalf("%s: %v", last, err)
	}
	shot, err := chromedp.Call(d.tab, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Clip: &page.Viewport{Width: box[0], Height: box[1], Scale: 1}, CaptureBeyondViewport: new(true),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), small(d.t, shot.Data), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// small writes a picture with the 256 colours that it has most of, which of a page of
// text nobody can tell apart, in a third of the bytes.
func small(t *testing.T, data []byte) []byte {
	t.Helper()
	from, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	often := map[color.RGBA]int{}
	bounds := from.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			often[color.RGBAModel.Convert(from.At(x, y)).(color.RGBA)]++
		}
	}
	var colours []color.RGBA
	for c := range often {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int { return often[b] - often[a] })
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	to := image.NewPaletted(bounds, palette)
	nearest := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := color.RGBAModel.Convert(from.At(x, y)).(color.RGBA)
			if _, known := nearest[c]; !known {
				nearest[c] = uint8(palette.Index(c))
			}
			to.SetColorIndex(x, y, nearest[c])
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, to); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
