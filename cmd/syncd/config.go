package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"time"

	"syncd/internal/db"
	"syncd/internal/sync"
	"syncd/internal/zoom"
)

// config is a checked configuration.
type config struct {
	zoom         zoom.Config // without log, registerer and user agent
	plan         zoom.Plan   // with the share it gives the budget
	share        float64     // of the limits
	databaseURL  string
	interval     time.Duration
	listen       string
	pushgateway  *url.URL // may hold a password; nil: none
	concurrency  int
	userSettings bool
	guard        sync.Guard
	history      time.Duration // that prune keeps; 0: not said
	dryRun       bool          // write nothing
	full         bool          // begin a pass anew
	users        []string      // the users to refresh; empty: all
	readers      []string      // roles that may read schema zoom
	piiReaders   []string      // and those that may read zoom_pii too
	forget       string        // the user to forget
	stillListed  bool          // forget one who is not deleted
	hold         int64         // the hold to approve
	planned      int           // the users to plan for
	ready        bool          // probe whether the daemon has all that it needs
	logLevel     slog.Level
	logFormat    string // auto, text or json
}

// LogValue shows a configuration without its secrets.
func (c config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("account_id", c.zoom.AccountID), slog.String("api_url", c.zoom.APIURL), slog.String("token_url", c.zoom.TokenURL),
		slog.Duration("interval", c.interval), slog.Int("concurrency", c.concurrency), slog.Bool("user_settings", c.userSettings),
	)
}

// check makes a configuration of the texts, or says everything that is wrong
// with them. A command is asked only for what it needs.
func (line *commandLine) check(command string) (config, error) {
	if command == "version" {
		return config{}, nil
	}
	if command == "plan" {
		return line.checkPlan()
	}
	if command == "probe" {
		return line.checkProbe()
	}
	c := checker{line: line}
	cfg := config{
		databaseURL:  line.DatabaseURL,
		interval:     c.duration("interval", line.Interval, time.Minute),
		listen:       c.address("listen", line.Listen),
		concurrency:  c.concurrency(line.Concurrency),
		userSettings: c.boolean("user-settings", line.UserSettings),
		guard: sync.Guard{
			MaxDeletes:       c.integer("max-deletes", line.MaxDeletes, 0, 1_000_000),
			MaxDeletePercent: c.number("max-delete-percent", line.MaxDeletePercent, 0, 100, true),
		},
		history:   c.history(line.History),
		logFormat: c.choice("log-format", line.LogFormat, "auto", "text", "json"),
		zoom: zoom.Config{
			AccountID: line.ZoomAccountID, ClientID: line.ZoomClientID, ClientSecret: line.ZoomClientSecret,
			APIURL: c.url("zoom-api-url", line.ZoomAPIURL), TokenURL: c.url("zoom-token-url", line.ZoomTokenURL),
		},
	}
	level := c.choice("log-level", line.LogLevel, "debug", "info", "warn", "error")
	_ = cfg.logLevel.UnmarshalText([]byte(cmp.Or(level, "info"))) // the choices are the library's own names
	cfg.plan, cfg.share, cfg.zoom.Budget = c.budget()
	cfg.zoom.Share, cfg.zoom.Plan = cfg.share, cfg.plan
	cfg.pushgateway = c.gateway("pushgateway-url", line.PushgatewayURL)
	cfg.dryRun, cfg.full, cfg.users = line.Sync.DryRun || line.Prune.DryRun, line.Sync.Full, c.users("user", line.Sync.User)
	cfg.readers, cfg.piiReaders = line.Migrate.Reader, line.Migrate.PIIReader
	cfg.forget, cfg.stillListed = line.Forget.User, line.Forget.YesStillListed
	if command == "approve" {
		line.sources["hold_id"] = "HOLD_ID"
		cfg.hold = int64(c.integer("hold_id", line.Approve.HoldID, 1, math.MaxInt))
	}
	if command != "migrate" {
		c.required("zoom-account-id", "ZOOM_ACCOUNT_ID", line.ZoomAccountID, "the account ID on the credentials page of the server-to-server OAuth app")
	}
	if command == "run" || command == "sync" || command == "doctor" {
		c.required("zoom-client-id", "ZOOM_CLIENT_ID", line.ZoomClientID, "the client ID on the same page")
		c.required("zoom-client-secret", "ZOOM_CLIENT_SECRET", line.ZoomClientSecret, "the client secret on the same page")
	}
	if command == "prune" && line.History == "" {
		line.fault("SYNCD_HISTORY", "is not set: set it, or --history, to how long history is kept, such as 400d")
	}
	if c.required("database-url", "DATABASE_URL", line.DatabaseURL, "postgres://user:password@host:5432/database") {
		c.add("database-url", db.CheckURL(line.DatabaseURL))
	}
	return cfg.unlessFaulty(line.faults)
}

// checkPlan makes a configuration of what a plan is made of, and looks at nothing else:
// a secret that cannot be read is none of its business.
func (line *commandLine) checkPlan() (config, error) {
	line.faults = nil
	c := checker{line: line}
	line.sources["users"] = "--users"
	cfg := config{
		interval:     c.duration("interval", line.Interval, time.Minute),
		userSettings: c.boolean("user-settings", line.UserSettings),
		planned:      c.integer("users", line.Plan.Users, 1, 100_000_000),
	}
	cfg.plan, cfg.share, cfg.zoom.Budget = c.budget()
	return cfg.unlessFaulty(line.faults)
}

// checkProbe makes a configuration of the daemon's address alone.
func (line *commandLine) checkProbe() (config, error) {
	line.faults = nil
	c := checker{line: line}
	cfg := config{listen: c.address("listen", line.Listen), ready: line.Probe.Ready}
	return cfg.unlessFaulty(line.faults)
}

func (c config) unlessFaulty(faults []error) (config, error) {
	if len(faults) > 0 {
		return config{}, configError(faults)
	}
	return c, nil
}

// configError lists the faults of a configuration, one a line.
func configError(faults []error) error {
	if len(faults) == 1 {
		return fmt.Errorf("the configuration has a fault: %w", faults[0])
	}
	return fmt.Errorf("the configuration has %d faults:\n%w", len(faults), errors.Join(faults...))
}
