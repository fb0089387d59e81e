package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/report"
)

// UnknownCampaignError says that a report was asked for a campaign that neither the
// newsroom's files nor the books have heard of: most likely its id is misspelt, and
// the report would be empty without a word.
type UnknownCampaignError struct {
	Campaign string
	Known    []string // ids, sorted; may be empty
}

func (e UnknownCampaignError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("there is no campaign %s: neither the newsroom's files nor the books have any", e.Campaign)
	}
	return fmt.Sprintf("there is no campaign %s; there is: %s", e.Campaign, strings.Join(e.Known, ", "))
}

// CheckCampaign gives an UnknownCampaignError for a campaign that nobody knows. A
// newsroom whose files cannot be read is no reason to keep its books back: then the
// books alone say what there is.
func CheckCampaign(ctx context.Context, cfg Config, db *pgxpool.Pool, id string) error {
	var known []string
	if newsroom, err := campaign.Load(newsroomFiles(cfg), time.Now()); err == nil {
		for _, c := range newsroom.Campaigns {
			known = append(known, c.ID)
		}
	}
	if slices.Contains(known, id) {
		return nil
	}
	if ok, err := report.KnowsCampaign(ctx, db, id); ok || err != nil {
		return err
	}
	given, err := report.Campaigns(ctx, db)
	if err != nil {
		return err
	}
	known = append(known, given...)
	slices.Sort(known)
	return UnknownCampaignError{Campaign: id, Known: slices.Compact(known)}
}
