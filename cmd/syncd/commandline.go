package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"syncd/internal/zoom"
)

// commandLine is the grammar of the command line. Every flag is a text here: the
// values are checked together, so that all faults are reported at once. The tag
// "variable" names the environment variable behind a flag, and "secret" says that
// NAME_FILE may name a file that holds the value.
type commandLine struct {
	ZoomAccountID    string `variable:"ZOOM_ACCOUNT_ID" secret:"" placeholder:"ID" help:"Account ID of the server-to-server OAuth app."`
	ZoomClientID     string `variable:"ZOOM_CLIENT_ID" secret:"" placeholder:"ID" help:"Client ID of the app."`
	ZoomClientSecret string `variable:"ZOOM_CLIENT_SECRET" secret:"" placeholder:"SECRET" help:"Client secret of the app; better given as a file."`
	ZoomAPIURL       string `name:"zoom-api-url" variable:"ZOOM_API_URL" default:"${api_url}" placeholder:"URL" help:"Where the Zoom API is."`
	ZoomTokenURL     string `name:"zoom-token-url" variable:"ZOOM_TOKEN_URL" default:"${token_url}" placeholder:"URL" help:"Where access tokens come from."`
	ZoomPlan         string `aliases:"plan" variable:"ZOOM_PLAN" default:"business" placeholder:"PLAN" help:"Plan that sets the rate limits: pro, or business (also for Enterprise and Education)."`
	ZoomRateShare    string `aliases:"share" variable:"ZOOM_RATE_SHARE" default:"0.8" placeholder:"SHARE" help:"Our part of the account's rate limits, from 0.01 to 1."`
	ZoomPools        string `variable:"ZOOM_POOLS" placeholder:"LIMITS" help:"Limits in requests per second that replace the plan's, before the share is taken: phone-light=40,phone-medium=20."`
	DatabaseURL      string `name:"database-url" variable:"DATABASE_URL" secret:"" placeholder:"URL" help:"Postgres to mirror into: postgres://user:password@host:5432/database."`
	Interval         string `aliases:"syncd-interval" variable:"SYNCD_INTERVAL" default:"1h" placeholder:"DURATION" help:"Time from the beginning of a pass to the next."`
	Concurrency      string `aliases:"syncd-concurrency" variable:"SYNCD_CONCURRENCY" default:"auto" placeholder:"N" help:"Users whose documents are fetched at once: auto, which begins with 32 and finds how many it takes to use the budget, or a number."`
	Listen           string `aliases:"syncd-listen" variable:"SYNCD_LISTEN" default:":9090" placeholder:"ADDRESS" help:"Address at which run serves metrics and probes; a single pass serves none."`
	PushgatewayURL   string `name:"pushgateway-url" aliases:"syncd-pushgateway-url" variable:"SYNCD_PUSHGATEWAY_URL" secret:"" placeholder:"URL" help:"Prometheus Pushgateway that sync hands its metrics to when it ends: http://host:9091; unset: none."`
	UserSettings     string `aliases:"syncd-user-settings" variable:"SYNCD_USER_SETTINGS" default:"true" placeholder:"BOOL" help:"Mirror the general user settings too."`
	MaxDeletes       string `aliases:"syncd-max-deletes" variable:"SYNCD_MAX_DELETES" default:"25" placeholder:"N" help:"Users that one pass may mark deleted; more, and it is held. Of a mirror below 100 active users at most 10; the first complete pass is exempt."`
	MaxDeletePercent string `aliases:"syncd-max-delete-percent" variable:"SYNCD_MAX_DELETE_PERCENT" default:"5" placeholder:"PERCENT" help:"The same as a part of the active users, from 100 of them up; the larger of both counts."`
	History          string `aliases:"syncd-history" variable:"SYNCD_HISTORY" placeholder:"DURATION" help:"How long prune keeps history: 400d or 9600h, at least a day. Nothing is pruned without it."`
	LogLevel         string `aliases:"syncd-log-level" variable:"SYNCD_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat        string `aliases:"syncd-log-format" variable:"SYNCD_LOG_FORMAT" default:"auto" placeholder:"FORMAT" help:"text, json, or auto: text on a terminal, json otherwise."`

	Run  struct{} `cmd:"" help:"Make passes at an interval until stopped. Of several replicas one makes them, the others stand by."`
	Sync struct {
		DryRun bool     `help:"Print what a pass would change, and write nothing. Fetches everybody; needs no lease, so it runs beside a pass too."`
		Full   bool     `help:"Begin a new pass, also where one that was cut off could be continued."`
		User   []string `sep:"none" placeholder:"USER" help:"Refresh only this user, by user ID or e-mail address; may be given several times. Write --user=ID if the ID begins with a dash. Says nothing about other users."`
	} `cmd:"" help:"Make one pass over the account, or go on with one that was cut off, then exit: 0 complete, 1 failed, 2 bad usage or configuration, 3 partial, 4 held, 5 another syncd holds the lease."`
	Migrate struct {
		Reader    []string `sep:"none" placeholder:"ROLE" help:"Let this role read schema zoom, and nothing else; may be given several times."`
		PIIReader []string `name:"pii-reader" sep:"none" placeholder:"ROLE" help:"Let this role read zoom and zoom_pii, and nothing else; may be given several times."`
	} `cmd:"" help:"Create the schema in the database, or bring it up to date, and say who may read it."`
	Forget struct {
		User           string `arg:"" help:"User ID or e-mail address. Write -- before an ID that begins with a dash."`
		YesStillListed bool   `help:"Also erase a user who is not deleted; the next pass mirrors anew what Zoom still holds."`
	} `cmd:"" help:"Erase everything that the mirror holds about a user, history and journal too; counts stay."`
	Rebuild struct{} `cmd:"" help:"Derive every table anew from the stored documents, without a call to Zoom; fills the columns that a newer release has added."`
	Prune   struct {
		DryRun bool `help:"Count what would be removed, and remove nothing."`
	} `cmd:"" help:"Remove versions of documents, rows of the journal, passes and failures that are older than --history, bit by bit; nothing of how things are now. Works beside a pass; when it is cut off, the next run goes on."`
	Status  struct{} `cmd:"" help:"Say how the mirror is: the last pass, the age of the data, the open holds."`
	Approve struct {
		HoldID string `arg:"" name:"hold_id" help:"Number of the hold, as syncd status shows it."`
	} `cmd:"" help:"Approve what a pass has held back: the next pass that finds exactly the same set writes it."`
	Doctor struct{} `cmd:"" help:"Check configuration, database and Zoom, and name the repair of each fault."`
	Plan   struct {
		Users string `required:"" placeholder:"N" help:"Phone users of the account, deactivated and pending ones too."`
	} `cmd:"" help:"Say what a pass over so many users takes of each rate limit, how long it takes at least and how old the data gets, and whether the interval has room for it: 0 if so, else 2. Asks neither Zoom nor a database. Here --zoom-plan is also --plan, and --zoom-rate-share also --share."`
	Probe struct {
		Ready bool `help:"Ask whether it has all that it needs (/readyz), not whether it gets on (/healthz)."`
	} `cmd:"" help:"Ask the syncd run of this machine or container, at $SYNCD_LISTEN, whether it gets on: 0 if so, else 1. For health checks where there is no other program to ask with."`
	Version struct{} `cmd:"" help:"Print the version."`

	sources map[string]string // where the value of a flag came from, by the flag's name
	unread  map[string]bool   // variables whose file could not be read
	faults  []error           // of reading the environment
}

// errShown: help was asked for and has been shown.
var errShown = errors.New("help shown")

// parse reads the command line and the environment. The environment is read
// nowhere else.
func parse(p process) (command string, line *commandLine, err error) {
	line = &commandLine{sources: map[string]string{}, unread: map[string]bool{}}
	shown := false
	parser, err := kong.New(line,
		kong.Name("syncd"),
		kong.Description("Keeps a Postgres mirror of every Zoom Phone user of an account. Every flag can be given as the environment variable named beside it."),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(int) { shown = true }),
		kong.Vars{"api_url": zoom.DefaultAPIURL, "token_url": zoom.DefaultTokenURL},
		kong.ValueFormatter(helpText),
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			return line.fromEnvironment(p.getenv, flag), nil
		})),
	)
	if err != nil {
		return "", nil, err
	}
	parsed, err := parser.Parse(p.args)
	if shown {
		return "", nil, errShown
	}
	if err != nil {
		err = withoutValue(err)
		return "", nil, fmt.Errorf("%w\nRun \"syncd --help\" for commands and flags.", err) //nolint:revive,staticcheck // shown as it is
	}
	for _, path := range parsed.Path {
		if path.Flag != nil && !path.Resolved {
			line.sources[path.Flag.Name] = typed(p.args, path.Flag)
		}
	}
	command, _, _ = strings.Cut(parsed.Command(), " ") // without its argument
	return command, line, nil
}

// typed gives the name by which a flag of the command line was given, the last time: its own or an alias.
func typed(args []string, flag *kong.Flag) string {
	names := append([]string{flag.Name}, flag.Aliases...)
	for _, arg := range slices.Backward(args) {
		arg, _, _ = strings.Cut(arg, "=")
		if name, found := strings.CutPrefix(arg, "--"); found && slices.Contains(names, name) {
			return arg
		}
	}
	return "--" + flag.Name
}

// helpText adds the environment variable and the default to a flag's help.
func helpText(value *kong.Value) string {
	variable := value.Tag.Get("variable")
	switch {
	case variable == "":
		return value.Help
	case value.HasDefault:
		return value.Help + " ($" + variable + ", default " + value.Default + ")"
	default:
		return value.Help + " ($" + variable + ")"
	}
}

// fromEnvironment gives a flag's value as the environment has it, or nil.
func (line *commandLine) fromEnvironment(getenv func(string) string, flag *kong.Flag) any {
	variable := flag.Tag.Get("variable")
	if variable == "" {
		return nil
	}
	line.sources[flag.Name] = variable
	value := getenv(variable)
	if !flag.Tag.Has("secret") {
		return orNil(value)
	}
	file := getenv(variable + "_FILE")
	switch {
	case file == "":
		return orNil(value)
	case value != "":
		line.unread[variable] = true
		line.fault(variable, "is set, and so is %s_FILE: unset one of them", variable)
		return nil
	}
	content, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	line.unread[variable] = err != nil || strings.TrimSpace(string(content)) == ""
	if err != nil {
		if cause, ok := errors.AsType[*os.PathError](err); ok {
			err = cause.Err
		}
		line.fault(variable+"_FILE", "names %s, which cannot be read (%v): mount the file, or correct the name", shownPath(file), err)
		return nil
	}
	// Editors and echo end a file with a line break that is no part of the secret.
	if value = strings.TrimRight(string(content), "\r\n"); value == "" {
		line.fault(variable+"_FILE", "names %s, which is empty: write the value into it", shownPath(file))
	}
	return orNil(value)
}

func orNil(value string) any {
	if value == "" {
		return nil
	}
	return value
}

func (line *commandLine) fault(source, format string, args ...any) {
	line.faults = append(line.faults, fmt.Errorf("%s "+format, append([]any{source}, args...)...))
}

// shownPath is the name of a file that holds a secret, unless it may be the secret
// itself, put into the wrong variable.
func shownPath(file string) string {
	if filepath.IsAbs(file) {
		return strconv.Quote(file)
	}
	return "something that is no absolute path"
}

// withoutValue takes a value out of the parser's error that may be a secret in the
// wrong place: of a flag that was mistyped, for example.
func withoutValue(err error) error {
	const unexpected = "unexpected argument "
	if value, found := strings.CutPrefix(err.Error(), unexpected); found && (len(value) > 16 || strings.ContainsAny(value, ":@/")) {
		return errors.New(unexpected + "(it may be a secret and is not shown)")
	}
	return err
}
