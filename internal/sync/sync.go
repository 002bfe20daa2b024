package sync

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"time"

	"syncd/internal/db"
	"syncd/internal/zoom"

	"go.opentelemetry.io/otel/trace"
)

// API is what a pass asks of Zoom; *zoom.Client is one.
type API interface {
	PhoneUsers(ctx context.Context, status string) iter.Seq2[zoom.Page, error]
	PhoneSites(ctx context.Context) iter.Seq2[zoom.Page, error]
	PhoneUser(ctx context.Context, userID string) ([]byte, error)
	PhoneUserSettings(ctx context.Context, userID string) ([]byte, error)
	UserSettings(ctx context.Context, userID string) ([]byte, error)
	Budget() zoom.Budget
	Usage() zoom.Usage
}

// Store is what a pass asks of the database; *db.Store is one.
type Store interface {
	CheckWritable(ctx context.Context) error
	CheckSchema(ctx context.Context) error
	AcquireLease(ctx context.Context, accountID string) (*db.Lease, error)
	BeginPass(ctx context.Context, accountID string, users int) (db.Pass, error)
	ContinuePass(ctx context.Context, accountID string) (pass db.Pass, found bool, err error)
	VerifiedUsers(ctx context.Context, accountID string, passID int64, userSettings bool) (map[string]db.VerifiedUser, error)
	RecordProgress(ctx context.Context, passID int64, progress db.PassProgress) error
	FinishPass(ctx context.Context, passID int64, result db.PassResult) error
	CurrentUsers(ctx context.Context, accountID string) ([]string, error)
	Standings(ctx context.Context, accountID string, passID int64) (map[string]db.Standing, error)
	SiteBodies(ctx context.Context, accountID string) (map[string][]byte, error)
	WriteSites(ctx context.Context, accountID string, passID int64, changes db.SiteChanges) (int, error)
	WriteUsers(ctx context.Context, accountID string, passID int64, users []db.User, stands *db.PassProgress) (db.Written, error)
	WriteUnmapped(ctx context.Context, accountID string, passID int64, seen []db.UnmappedField, whole []db.Document) error
	CollectSettings(ctx context.Context, accountID string, passID int64) error
	Suspicions(ctx context.Context, accountID string, passID int64) ([]db.Held, error)
	Fill(ctx context.Context, accountID string, passID int64, column string) (fill db.Fill, known bool, err error)
	Parked(ctx context.Context, accountID string, passID int64, most int) ([]db.ParkedUser, error)
	PreviewFill(ctx context.Context, accountID, column string, answered func(db.Document) []string) (fill db.Fill, known bool, err error)
	HeldSet(ctx context.Context, accountID string, kind db.HoldKind) (db.HeldSet, error)
	Unanswered(ctx context.Context, passID int64, held db.HeldSet) ([]db.Held, error)
	StatusChanges(ctx context.Context, passID int64) (users int, err error)
	Hold(ctx context.Context, accountID string, passID int64, hold db.Hold) (id int64, err error)
	EndHold(ctx context.Context, accountID string, passID int64, kind db.HoldKind, outcome db.HoldOutcome) error
	Tombstone(ctx context.Context, accountID string, passID int64, deletions db.Deletions) (int, error)
	PreviewPass(ctx context.Context, accountID string) (db.Pass, error)
	PreviewUsers(ctx context.Context, accountID string, users []db.User) (db.Preview, error)
}

// Config holds what a Syncer needs. Zero values mean the documented default.
type Config struct {
	AccountID string
	API       API
	Store     Store

	Concurrency      int    // users whose documents are fetched at once; default: found by itself
	SkipUserSettings bool   // leave the general user settings out
	Guard            *Guard // default: DefaultGuard

	Full  bool     // begin each pass anew, also where one that was cut off could be continued
	Users []string // mirror only these, by user id or e-mail address; default: all

	Log      *slog.Logger   // default: discard
	Metrics  *Metrics       // default: kept but not exported
	Progress func(Progress) // told now and then how far the pass is; may be nil

	TracerProvider trace.TracerProvider // default: passes are not traced
}

// Syncer makes passes over one account.
type Syncer struct {
	cfg     Config
	log     *slog.Logger
	metrics *Metrics
	tracer  trace.Tracer // nil: off
	reader  *reader
	fields  map[db.Document]*field
}

// New makes a Syncer.
func New(cfg Config) (*Syncer, error) {
	var faults []error
	if cfg.AccountID == "" {
		faults = append(faults, errors.New("account id is empty"))
	}
	if cfg.API == nil || cfg.Store == nil {
		faults = append(faults, errors.New("api and store are needed"))
	}
	if cfg.Concurrency < 0 {
		faults = append(faults, errors.New("concurrency is negative"))
	}
	if cfg.Guard == nil {
		guard := DefaultGuard()
		cfg.Guard = &guard
	}
	faults = append(faults, cfg.Guard.check())
	if slices.Contains(cfg.Users, "") {
		faults = append(faults, errors.New("a user without a name"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Progress == nil {
		cfg.Progress = func(Progress) {}
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil, cfg.AccountID)
	}
	s := &Syncer{cfg: cfg, log: cfg.Log, metrics: cfg.Metrics, reader: newReader(), fields: fields()}
	if cfg.TracerProvider != nil {
		s.tracer = cfg.TracerProvider.Tracer("syncd/internal/sync")
	}
	return s, nil
}

// Phase names a part of a pass.
type Phase string

// The phases of a pass, in their order.
const (
	PhaseList   Phase = "listing users"
	PhaseFetch  Phase = "fetching documents"
	PhaseSettle Phase = "settling changes"
	PhaseAbsent Phase = "checking absent users"
)

// Progress is how far a phase is. Total is 0 as long as it is not known.
type Progress struct {
	Phase       Phase
	Done, Total int // users
	PassID      int64
	Floor       time.Duration // the least time that the budgets allow this run; 0 as long as it is not known
}
