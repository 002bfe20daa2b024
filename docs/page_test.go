package docs_test

import (
	"fmt"
	"slices"
	"strings"
)

const introduction = `# Schema

What can be read from the mirror: every view and function of the schemas ` + "`zoom`" + ` (for analysts) and ` + "`zoom_pii`" + ` (personal data, for few).
Questions with their SQL are in [cookbook.md](cookbook.md).

This page is written by ` + "`make docs`" + ` from the COMMENTs of the database, and a test fails when it differs from them: change the
migration, not the page. ` + "`\\d+ zoom.phone_users`" + ` in psql shows the same.

In the pictures ` + "`||--o{`" + ` reads "one has any number of"; a circle in place of the second bar means that there may be none. Entities show the
columns that joins and questions go by; ` + "`account_id`" + ` is part of every join.
`

// group is one part of the page.
type group struct {
	title string
	words string
	names []string // of schema zoom, in the order of the page
	rest  func(r relation) bool
}

func groups() []group {
	return []group{
		{
			title: "People", words: "Who has a phone, under which numbers, and at which site.",
			names: []string{"phone_users", "phone_users_all", "sites", "phone_numbers", "calling_plans", "outbound_caller_ids"},
		},
		{
			title: "Rights", words: "What people may do, who decides it, and whom they let in.",
			names: []string{"policies", "policy_decisions", "shared_access", "delegates", "shared_line_appearances", "shared_line_groups", "user_settings"},
		},
		{
			title: "Phones and hours", words: "What stands on the desk, and when it rings.",
			names: []string{"devices", "intercoms", "business_hours", "break_hours", "holiday_hours"},
		},
		{
			title: "History", words: "What changed and when, and how things stood at a moment.",
			names: []string{"setting_changes", "phone_users_as_of", "policies_as_of", "shared_access_as_of", "user_presence", "version_times", "pruned_history"},
			rest: func(r relation) bool {
				return r.schema == "zoom" && (strings.HasSuffix(r.name, "_as_of") || strings.HasSuffix(r.name, "_versions"))
			},
		},
		{
			title: "The mirror itself", words: "How far it can be trusted.",
			names: []string{"freshness", "sync_passes", "sync_failures", "holds", "held_users", "unmapped_fields"},
		},
		{title: "Further views", rest: func(r relation) bool { return r.schema == "zoom" }},
		{title: "Personal data", words: "Schema `zoom_pii`.", rest: func(r relation) bool { return r.schema == "zoom_pii" }},
	}
}

// schemaPage writes the page, and tells what keeps it from being complete.
func schemaPage(relations []relation) (page string, faults []string) {
	for _, r := range relations {
		faults = append(faults, r.faults()...)
	}
	faults = append(faults, absent(relations)...)
	var contents, body strings.Builder
	left := slices.Clone(relations)
	for _, g := range groups() {
		var members []relation
		members, left = g.take(left)
		if len(members) == 0 {
			continue
		}
		links := make([]string, len(members))
		for i, r := range members {
			links[i] = fmt.Sprintf("[%s](#%s)", r.title(), strings.ReplaceAll(r.title(), ".", ""))
		}
		fmt.Fprintf(&contents, "- **%s**: %s\n", g.title, strings.Join(links, " · "))
		picture, missing := picture(relations, members)
		faults = append(faults, missing...)
		fmt.Fprintf(&body, "\n## %s\n\n", g.title)
		if g.words != "" {
			fmt.Fprintf(&body, "%s\n\n", g.words)
		}
		body.WriteString(picture)
		for _, r := range members {
			r.write(&body)
		}
	}
	return introduction + "\n" + contents.String() + body.String(), faults
}

// take parts the relations of a group from the others: those that it names first.
func (g group) take(relations []relation) (members, others []relation) {
	named := func(name string) func(relation) bool {
		return func(r relation) bool { return r.schema == "zoom" && r.name == name }
	}
	others = slices.Clone(relations)
	for _, name := range g.names {
		if i := slices.IndexFunc(others, named(name)); i >= 0 {
			members = append(members, others[i])
			others = slices.Delete(others, i, i+1)
		}
	}
	if g.rest == nil {
		return members, others
	}
	for _, r := range slices.Clone(others) {
		if g.rest(r) {
			members = append(members, r)
			others = slices.DeleteFunc(others, func(o relation) bool { return o.String() == r.String() })
		}
	}
	return members, others
}

// faults are the missing comments.
func (r relation) faults() (faults []string) {
	if r.comment == "" {
		faults = append(faults, r.String()+" has no comment")
	}
	for _, c := range r.columns {
		switch {
		case c.comment != "":
		case r.arguments != "":
			faults = append(faults, fmt.Sprintf("%s.%s has no comment; it would be that of the column in %s.%s", r, c.name, r.schema, r.model()))
		default:
			faults = append(faults, fmt.Sprintf("%s.%s has no comment", r, c.name))
		}
	}
	return faults
}

func (r relation) title() string { return r.schema + "." + r.name }

func (r relation) write(page *strings.Builder) {
	fmt.Fprintf(page, "### %s\n\n", r.title())
	if r.arguments != "" {
		fmt.Fprintf(page, "`%s`\n\n", r)
	}
	fmt.Fprintf(page, "%s\n\n| column | type | |\n|---|---|---|\n", r.comment)
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")
	for _, c := range r.columns {
		fmt.Fprintf(page, "| `%s` | %s | %s |\n", c.name, cell.Replace(c.kind), cell.Replace(c.comment))
	}
	page.WriteString("\n")
}
