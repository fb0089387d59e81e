package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/readerfund/readerfund/campaign"
	"github.com/readerfund/readerfund/payments/report"
	"github.com/readerfund/readerfund/payments/rollup"
	"github.com/readerfund/readerfund/web/auth"
	"github.com/readerfund/readerfund/web/desk"
	"github.com/readerfund/readerfund/web/frame"
)

// providerWithin bounds one call to the identity provider: somebody waits for it.
const providerWithin = 10 * time.Second

// NewStaff keeps who may come to the finance desk.
func NewStaff(db *pgxpool.Pool) *auth.Staff {
	return &auth.Staff{DB: db, Passwords: auth.NewPasswords(), Now: time.Now}
}

// newFinance wires the finance desk: its doors, the pages behind them, and what is
// counted beside these while it runs.
func newFinance(cfg Config, newsroom *campaign.Newsroom, db *pgxpool.Pool, log *slog.Logger) (*auth.Desk, *standings, error) {
	pages, err := frame.New(newsroom.Site.Name, log)
	if err != nil {
		return nil, nil, err
	}
	doors, err := auth.NewDesk(auth.Options{
		DB: db, Passwords: auth.NewPasswords(), Frame: pages, Site: newsroom.Site.Name, BaseURL: cfg.BaseURL,
		OIDC: auth.OIDC{Issuer: cfg.OIDCIssuer, ClientID: cfg.OIDCClientID, ClientSecret: cfg.OIDCClientSecret.Reveal()},
		HTTP: &http.Client{Timeout: providerWithin}, Zone: cfg.ReportTimezone, Log: log, Now: time.Now,
	})
	if err != nil {
		return nil, nil, err
	}
	in := newInbox(db, rulesOf(newsroom.Site), time.Now, log)
	waiting := newStandings(cfg, in)
	options := desk.Options{
		Results: func(ctx context.Context, q report.Query) (report.Results, error) {
			return report.ReadResults(ctx, db, q, armsOf(newsroom))
		},
		Overview: func(ctx context.Context, q rollup.Query) (rollup.Overview, error) { return rollup.Read(ctx, db, q) },
		Standing: waiting.read,
		Frame:    pages, Zone: cfg.ReportTimezone, Log: log, Now: time.Now,
	}
	if err := desk.Mount(doors, options); err != nil {
		return nil, nil, err
	}
	if err := desk.MountLists(doors, options, newDeskLists(cfg, newsroom, in)); err != nil {
		return nil, nil, err
	}
	exported, err := newDeskExports(cfg, newsroom, db, log)
	if err != nil {
		return nil, nil, err
	}
	if err := desk.MountExports(doors, options, exported); err != nil {
		return nil, nil, err
	}
	kept, err := newDeskSaved(cfg, db, exported, log)
	if err != nil {
		return nil, nil, err
	}
	if err := desk.MountSaved(doors, options, kept); err != nil {
		return nil, nil, err
	}
	if err := desk.MountClosing(doors, options, newDeskClosings(cfg, in)); err != nil {
		return nil, nil, err
	}
	yearEnd, err := newDeskStatements(cfg, newsroom, db)
	if err != nil {
		return nil, nil, err
	}
	return doors, waiting, desk.MountStatements(doors, options, yearEnd)
}

// armsOf tells of the variants that an appeal's readers are given as the files stand.
func armsOf(newsroom *campaign.Newsroom) func(appeal string) report.Arms {
	return func(appeal string) report.Arms {
		a, ok := newsroom.Appeal(appeal)
		if !ok {
			return report.Arms{Base: "base"}
		}
		arms := report.Arms{Base: a.Variant}
		if a.Experiment != nil {
			for _, arm := range a.Experiment.Arms {
				if arm.Share > 0 {
					arms.Running = append(arms.Running, arm.Appeal.Variant)
				}
			}
		}
		return arms
	}
}

// sweepStaffArgs asks for the finance desk's sessions that have ended to be removed.
type sweepStaffArgs struct{}

// Kind names the job in the queue.
func (sweepStaffArgs) Kind() string { return "sweep_staff" }

// InsertOpts keeps the job single, however many replicas ask for it.
func (sweepStaffArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: sweepStaffEvery}, MaxAttempts: 1}
}

const sweepStaffEvery = 15 * time.Minute

type sweepStaff struct {
	river.WorkerDefaults[sweepStaffArgs]
	staff *auth.Staff
}

// Work removes them.
func (w *sweepStaff) Work(ctx context.Context, _ *river.Job[sweepStaffArgs]) error {
	return w.staff.Sweep(ctx)
}

// sweepingStaff is the job as a chore.
func sweepingStaff(db *pgxpool.Pool) chore {
	return func(workers *river.Workers) *river.PeriodicJob {
		river.AddWorker(workers, &sweepStaff{staff: NewStaff(db)})
		return river.NewPeriodicJob(river.PeriodicInterval(sweepStaffEvery), func() (river.JobArgs, *river.InsertOpts) {
			return sweepStaffArgs{}, nil
		}, &river.PeriodicJobOpts{RunOnStart: true})
	}
}
