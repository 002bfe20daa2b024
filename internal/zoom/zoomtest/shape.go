package zoomtest

import (
	"embed"
	"slices"
	"strings"
)

// shapes holds one table for each document: a line is a path, its type and, where Zoom documents them, its values.
//
//go:embed shape/*.txt
var shapes embed.FS

// fieldType is the JSON type of a field.
type fieldType string

const (
	object   fieldType = "object"
	array    fieldType = "array"   // of objects with the fields below it
	objects  fieldType = "objects" // whose fields nobody documents
	strs     fieldType = "strings"
	integers fieldType = "integers"
	str      fieldType = "string"
	integer  fieldType = "integer"
	boolean  fieldType = "boolean"
)

// field is one node of a shape.
type field struct {
	path, name string
	kind       fieldType
	values     []string
	fields     []*field
}

// member is the field of that name below this one, or below its elements; nil is none.
func (f *field) member(name string) *field {
	if f == nil {
		return nil
	}
	for _, member := range f.fields {
		if member.name == name {
			return member
		}
	}
	return nil
}

func (f *field) isArray() bool {
	return f != nil && slices.Contains([]fieldType{array, objects, strs, integers}, f.kind)
}

// readShapes parses the tables; small leaves only the few fields of small documents in them.
func readShapes(small bool) map[string]*field {
	all := make(map[string]*field)
	few := smallPaths()
	for _, kind := range []string{List, Profile, Settings, UserSettings, "sites"} {
		text, _ := shapes.ReadFile("shape/" + kind + ".txt") // embedded: cannot fail
		root := &field{kind: object}
		nodes := map[string]*field{"": root}
		for line := range strings.Lines(string(text)) {
			parts := strings.SplitN(strings.TrimRight(line, "\n"), " ", 3)
			f := &field{path: parts[0], kind: fieldType(parts[1])}
			if small && kind != "sites" && !slices.Contains(few[kind], f.path) {
				continue
			}
			if len(parts) == 3 {
				f.values = strings.Split(parts[2], "|")
			}
			dot := strings.LastIndexByte(f.path, '.')
			f.name = f.path[dot+1:]
			parent := nodes[strings.TrimSuffix(f.path[:max(dot, 0)], "[]")]
			parent.fields = append(parent.fields, f)
			nodes[f.path] = f
		}
		all[kind] = root
	}
	return all
}

// smallPaths lists the fields of small documents.
func smallPaths() map[string][]string {
	text, _ := shapes.ReadFile("shape/small.txt")
	few := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		kind, paths, _ := strings.Cut(line, ":")
		few[kind] = strings.Fields(paths)
	}
	return few
}
