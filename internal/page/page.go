// Package page is the page that a daemon serves at / for people: how fresh the mirror is
// and whether somebody has to do something, the pass that runs, the rate budgets, the last
// passes, holds, failures and changes.
//
// It owns what the page says and how it looks. It changes nothing, never speaks to Zoom,
// and asks the database through a [Store] for little, in bounds and not at every request: a
// database that is slow or away costs the page what it would have said, and not more than
// seconds. The page holds ids and counts, and nothing else about a person.
package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	gosync "sync"
	"time"

	"syncd/internal/daemon"
	"syncd/internal/db"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// Store is what the page asks of the database; that of (*db.Store).Glance is one.
type Store interface {
	CheckSchema(ctx context.Context) error
	MirrorStatus(ctx context.Context, accountID string) (db.MirrorStatus, error)
	UsersBehind(ctx context.Context, accountID string, before time.Time) (int, error)
	RecentFailures(ctx context.Context, accountID string, most int) ([]db.RecentFailure, error)
	RecentChanges(ctx context.Context, accountID string) (db.RecentChanges, error)
}

// Config says what the page is about. All of it is required.
type Config struct {
	AccountID    string
	Version      string
	Interval     time.Duration // between the beginnings of two passes
	UserSettings bool          // whether passes ask for the general settings
	Log          *slog.Logger

	Store func() Store                   // nil as long as there is none
	Pools func() []zoom.PoolState        // of those that passes draw on; nil as long as nobody speaks to Zoom
	Heart func() (string, time.Duration) // what the process does, and for how long it has been stuck with it
}

// Page is the page of one daemon. It is safe for concurrent use.
type Page struct {
	cfg Config

	mu      gosync.Mutex // of what the process says of itself
	process process

	asking gosync.Mutex // of what the database says
	mirror reading
	next   time.Time // earlier, it is not asked again
}

// process is what the process says of itself.
type process struct {
	state    daemon.State
	passing  bool          // it makes a pass
	turns    int           // how often a pass of its own began or ended
	began    time.Time     // when that began, or when this process went on with it
	progress sync.Progress // of the pass; zero before there is any
	opening  error         // why the database cannot be opened yet
}

// New makes a page.
func New(cfg Config) *Page { return &Page{cfg: cfg} }

// Tell notes how the daemon stands.
func (p *Page) Tell(state daemon.State) { p.note(func(now *process) { now.state = state }) }

// PassBegan notes that this process makes a pass.
func (p *Page) PassBegan() {
	p.note(func(now *process) {
		now.passing, now.began, now.progress = true, time.Now(), sync.Progress{}
		now.turns++
	})
}

// Progress notes how far that is.
func (p *Page) Progress(progress sync.Progress) {
	p.note(func(now *process) { now.progress = progress })
}

// PassEnded notes its end.
func (p *Page) PassEnded() {
	p.note(func(now *process) {
		now.passing = false
		now.turns++
	})
}

// Opening notes why the database cannot be opened yet.
func (p *Page) Opening(err error) { p.note(func(now *process) { now.opening = err }) }

func (p *Page) note(change func(*process)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.process)
}

var (
	//go:embed page.html
	text string
	//go:embed page.css
	style string
)

//nolint:gochecknoglobals // constants that Go cannot express as such
var (
	layout = template.Must(template.New("page").Parse(text))
	policy = contentPolicy()
)

// contentPolicy lets a browser use the style that is in the page, the icon, and nothing else.
func contentPolicy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// ServeHTTP serves the page. It is a page for people, who are told of faults in it: the
// status says nothing of the mirror.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b bytes.Buffer
	if err := layout.Execute(&b, p.view(p.facts(r.Context()))); err != nil {
		p.cfg.Log.ErrorContext(r.Context(), "the page cannot be made", slog.Any("error", err))
		http.Error(w, "the page cannot be made: see the log", http.StatusInternalServerError)
		return
	}
	for name, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Security-Policy": policy,
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		w.Header().Set(name, value)
	}
	_, _ = w.Write(b.Bytes())
}
