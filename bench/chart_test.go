package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestChart_is_well_formed_and_names_its_lines(t *testing.T) {
	t.Parallel()
	c := chart{
		title: "A < B & C", x: axis{label: "seconds"}, y: axis{label: "requests", zero: true}, dots: true,
		lines:  []line{{name: "accepted", points: []point{{0, 0}, {10, 40}}}, {name: "none"}},
		levels: []level{{name: "budget", points: []point{{0, 40}, {10, 40}}}},
	}
	picture := c.svg()
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, picture)
		}
	}
	for _, want := range []string{
		">A &lt; B &amp; C</text>", ">accepted</text>", ">none</text>", ">budget</text>", ">seconds</text>", ">requests</text>",
		`<polyline class="l0" points="70.0,326.0 820.0,72.0"/>`, `<polyline class="level" points="70.0,72.0 820.0,72.0"/>`,
	} {
		if !strings.Contains(picture, want) {
			t.Errorf("%s is missing in\n%s", want, picture)
		}
	}
}
