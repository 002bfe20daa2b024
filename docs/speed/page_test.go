package speed_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// goal is the time in which a question is to be answered.
const goal = time.Second

// surroundings are what the times depend on.
type surroundings struct {
	postgres, machine, settings string
	users, versions             int
	tables                      []string // rows of Markdown
}

// describe reads them off the server; the machine is this one.
func describe(ctx context.Context, conn *pgx.Conn) (surroundings, error) {
	s := surroundings{machine: fmt.Sprintf("%d cores, %s memory, %s", runtime.NumCPU(), memory(), runtime.GOARCH)}
	const about = `
		SELECT current_setting('server_version'), (SELECT count(*) FROM zoom.phone_users_all), (SELECT count(*) FROM zoom_pii.document_versions),
			(SELECT string_agg(name || ' = ' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
			WHERE name IN ('shared_buffers', 'work_mem', 'effective_cache_size', 'random_page_cost', 'jit', 'fsync'))`
	const tables = `
		SELECT format('| %s | %s | %s |', c.relname, to_char(c.reltuples, 'FM999,999,999,990'), pg_size_pretty(pg_total_relation_size(c.oid)))
		FROM pg_class c
		WHERE c.relnamespace = 'syncd'::regnamespace AND c.relkind = 'r' AND c.reltuples > 0
		ORDER BY pg_total_relation_size(c.oid) DESC
		LIMIT 12`
	if err := conn.QueryRow(ctx, about).Scan(&s.postgres, &s.users, &s.versions, &s.settings); err != nil {
		return s, err
	}
	rows, err := conn.Query(ctx, tables)
	if err != nil {
		return s, err
	}
	s.tables, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return s, err
}

// memory is that of the machine, where the system tells.
func memory() string {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return "unknown"
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	var kilobytes int
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kilobytes); err == nil {
			return fmt.Sprintf("%d GB", (kilobytes+1<<19)>>20)
		}
	}
	return "unknown"
}

// page is docs/cookbook-speed.md.
func (s surroundings) page(asked []timing) string {
	var p strings.Builder
	fmt.Fprintf(&p, `# How fast the cookbook's questions are answered

Written by `+"`make bench-queries`"+` on %s: every question of [cookbook.md](cookbook.md), asked of the mirror of a simulated account of
%d users with %d versions of their documents, the current ones included.

- Machine: %s. Postgres %s, %s: a small server's, but for fsync.
- The server is warm: each question is asked once before, then three times, and the median counts. What takes over ten seconds is asked
  once, and broken off after a minute. The time is that until the client has all rows.
- "Without LIMIT" is the same question without the limit that keeps the cookbook short.
- "Of the JSONB" is the same question, with its limit, asked of `+"`zoom_pii.documents` and `zoom_pii.document_versions`"+`, as the files
  in [speed/raw](speed/raw) have it. A test holds that both give the same rows. A dash: no document answers it.

| table | rows | with its indexes |
|---|--:|--:|
%s

| question | rows | ms | rows without LIMIT | ms | ms of the JSONB | ratio |
|---|--:|--:|--:|--:|--:|--:|
`, time.Now().UTC().Format(time.DateOnly), s.users, s.versions, s.machine, s.postgres, s.settings, strings.Join(s.tables, "\n"))
	for _, t := range asked {
		fmt.Fprintf(&p, "| %s | %d | %s | %d | %s | %s | %s |\n",
			t.Heading, t.cookbook.rows, t.cookbook, t.whole.rows, t.whole, t.ofDocuments(), t.ratio())
	}
	p.WriteString("\n## Plans\n\nOf the questions as they stand in the cookbook.\n")
	for _, t := range asked {
		fmt.Fprintf(&p, "\n<details><summary>%s</summary>\n\n```text\n%s```\n\n</details>\n", t.Heading, t.plan)
	}
	return p.String()
}

// String gives milliseconds, in bold those above the goal.
func (r run) String() string {
	switch {
	case !r.ended:
		return fmt.Sprintf("**> %d**", patience.Milliseconds())
	case r.took > goal:
		return fmt.Sprintf("**%d**", r.took.Milliseconds())
	default:
		return fmt.Sprintf("%.1f", r.milliseconds())
	}
}

func (t timing) ofDocuments() string {
	if t.raw == (run{}) {
		return "–"
	}
	return strings.Trim(t.raw.String(), "*")
}

func (t timing) ratio() string {
	if !t.raw.ended || !t.cookbook.ended {
		return "–"
	}
	return fmt.Sprintf("%.1f", t.raw.milliseconds()/t.cookbook.milliseconds())
}
