package docs_test

import (
	"fmt"
	"slices"
	"strings"
)

// join leads from a column to the view that has the same value, one row for each.
type join struct {
	from string // schema.name of a view; "" for every view that has the column
	via  string
	to   string // name in schema zoom
	may  bool   // there may be no such row
}

// joins are the entity picture; each belongs to the group of the view that it begins at.
func joins() []join {
	return []join{
		{via: "user_id", to: "phone_users"},
		{via: "site_id", to: "sites", may: true},
		{via: "pass_id", to: "sync_passes"},
		{from: "zoom.shared_access", via: "access_user_id", to: "phone_users", may: true},
		{from: "zoom.delegates", via: "delegate_id", to: "phone_users", may: true},
		{from: "zoom.shared_line_appearances", via: "executive_user_id", to: "phone_users", may: true},
	}
}

// everybody tells the views that also show users who are gone: phone_users_all is the one to join.
func everybody(r relation) bool {
	return strings.HasSuffix(r.name, "_versions") ||
		slices.Contains([]string{"setting_changes", "user_presence", "version_times", "sync_failures", "held_users"}, r.name)
}

// nobody tells the joins by user of views that have rows without one: a hold may be of a site.
func nobody(r relation, j join) bool { return r.title() == "zoom.held_users" && j.via == "user_id" }

// keys are the columns besides those of joins that an entity shows.
func keys() []string {
	return []string{
		"hold_id", "document", "path", "json_type", "policy", "kind", "section", "setting", "valid_from", "present_from",
		"weekday", "holiday_id", "break_hour_id", "shared_line_group_id", "device_id", "address_id", "phone_number_id", "number_e164",
	}
}

// picture draws the views of a group and where they lead, as an erDiagram of Mermaid. What is missing of the joins is
// told in place of a line.
func picture(relations, members []relation) (diagram string, missing []string) {
	entities := map[string]map[string]bool{} // columns shown, by title
	show := func(title, column string) {
		if entities[title] == nil {
			entities[title] = map[string]bool{}
		}
		entities[title][column] = true
	}
	find := func(title string) (relation, bool) {
		i := slices.IndexFunc(relations, func(r relation) bool { return r.arguments == "" && r.title() == title })
		if i < 0 {
			return relation{}, false
		}
		return relations[i], true
	}
	var lines []string
	for _, r := range members {
		if r.arguments != "" {
			continue
		}
		show(r.title(), "account_id")
		for _, name := range keys() {
			if _, ok := r.column(name); ok {
				show(r.title(), name)
			}
		}
		for _, j := range joins() {
			if j.from != "" && j.from != r.title() {
				continue
			}
			if _, ok := r.column(j.via); !ok {
				if j.from != "" {
					missing = append(missing, fmt.Sprintf("the picture names %s.%s, which is not there", r.title(), j.via))
				}
				continue
			}
			show(r.title(), j.via)
			to := j.to
			if to == "phone_users" && (everybody(r) || r.title() == "zoom.phone_users") {
				to = "phone_users_all"
			}
			if r.title() == "zoom."+to || r.title() == "zoom.phone_users_all" && j.via == "user_id" {
				continue // its own key
			}
			other, ok := find("zoom." + to)
			key := own(to)
			if _, has := other.column(key); !ok || !has {
				missing = append(missing, fmt.Sprintf("the picture names zoom.%s.%s, which is not there", to, key))
				continue
			}
			show(other.title(), "account_id")
			show(other.title(), key)
			lines = append(lines, fmt.Sprintf("    %s %s--%s %s : %s", to, one(j.may || nobody(r, j)), many(r, j), r.entity(), j.via))
		}
	}
	var b strings.Builder
	b.WriteString("```mermaid\nerDiagram\n")
	for _, r := range relations {
		if columns := entities[r.title()]; columns != nil && r.arguments == "" {
			r.draw(&b, columns)
		}
	}
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	b.WriteString("```\n\n")
	return b.String(), missing
}

// absent tells the views of joins that are not there at all.
func absent(relations []relation) (faults []string) {
	for _, j := range joins() {
		if j.from != "" && !slices.ContainsFunc(relations, func(r relation) bool { return r.title() == j.from }) {
			faults = append(faults, fmt.Sprintf("the picture names %s, which is not there", j.from))
		}
	}
	return faults
}

// own is the column that has another value in each row of a view that joins lead to.
func own(view string) string {
	switch view {
	case "sites":
		return "site_id"
	case "sync_passes":
		return "pass_id"
	default:
		return "user_id"
	}
}

func one(may bool) string {
	if may {
		return "|o"
	}
	return "||"
}

// many is the other end of a join: any number of rows, but for the two views that have at most one row for a user.
func many(r relation, j join) string {
	if j.via == "user_id" && (r.name == "phone_users" || r.name == "emergency_addresses") {
		return "o|"
	}
	return "o{"
}

// entity is the name in a picture: that of the view, and with the schema for zoom_pii, which repeats some.
func (r relation) entity() string {
	if r.schema == "zoom" {
		return r.name
	}
	return r.schema + "_" + r.name
}

func (r relation) draw(b *strings.Builder, columns map[string]bool) {
	name := r.entity()
	if r.schema != "zoom" {
		name = fmt.Sprintf("%s[%q]", name, r.title())
	}
	fmt.Fprintf(b, "    %s {\n", name)
	for _, c := range r.columns {
		if columns[c.name] {
			fmt.Fprintf(b, "        %s %s\n", c.kind, c.name)
		}
	}
	b.WriteString("    }\n")
}
