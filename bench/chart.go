package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// chart is a picture of lines over an axis. It is drawn as SVG by hand: a plotting library would be the largest dependency
// of the repository, for what is a few lines of text here.
type chart struct {
	title  string
	x, y   axis
	lines  []line
	levels []level // what the lines are held against, drawn dashed
	dots   bool    // mark the points of the lines, where they are few
}

type point struct{ x, y float64 }

// line is a series of measured values.
type line struct {
	name   string
	points []point
}

// level is a series of values that were not measured, such as a budget.
type level line

// Sizes in pixels. The paper leaves room for the labels of the axes on the left and below, for title and legend above.
const (
	paperWidth, paperHeight = 860, 380
	plotLeft, plotRight     = 70, 820
	plotTop, plotBottom     = 72, 326
	legendTop               = 54
)

// style has colours that differ for those who do not see all of them, on a paper of their own, so that a picture is readable
// wherever it is shown; at night the paper is dark.
const style = `<style>
text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.paper { fill: #ffffff }
.grid { stroke: #d8dee4; stroke-width: 1 }
.axis { stroke: #57606a; stroke-width: 1 }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
.l0 { stroke: #0969da } .l1 { stroke: #bc4c00 } .l2 { stroke: #8250df }
circle.l0 { fill: #0969da } circle.l1 { fill: #bc4c00 } circle.l2 { fill: #8250df }
.level { stroke: #57606a; stroke-dasharray: 6 4; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.paper { fill: #0d1117 }
.grid { stroke: #30363d }
.axis, .level { stroke: #8d96a0 }
.l0 { stroke: #58a6ff } .l1 { stroke: #f0883e } .l2 { stroke: #bc8cff }
circle.l0 { fill: #58a6ff } circle.l1 { fill: #f0883e } circle.l2 { fill: #bc8cff }
}
</style>
`

// drawing is a chart on its way to paper.
type drawing struct {
	strings.Builder
	chart
	across, up scale
}

// svg draws the chart.
func (c chart) svg() string {
	var xs, ys []float64
	for _, ps := range c.series() {
		for _, p := range ps {
			xs, ys = append(xs, p.x), append(ys, p.y)
		}
	}
	d := &drawing{chart: c, across: c.x.scale(xs), up: c.y.scale(ys)}
	fmt.Fprintf(d, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img">`+"\n", paperWidth, paperHeight)
	fmt.Fprintf(d, "<title>%s</title>\n%s<rect class=\"paper\" width=\"100%%\" height=\"100%%\" rx=\"6\"/>\n", escaped(c.title), style)
	d.text(plotLeft, 28, "start", c.title, ` class="title"`)
	d.axes()
	for _, l := range c.levels {
		d.polyline("level", l.points)
	}
	for i, l := range c.lines {
		d.polyline(fmt.Sprintf("l%d", i), l.points)
		if c.dots {
			for _, p := range l.points {
				fmt.Fprintf(d, `<circle class="l%d" cx="%.1f" cy="%.1f" r="3.5"/>`+"\n", i, d.left(p.x), d.top(p.y))
			}
		}
	}
	d.legend()
	d.WriteString("</svg>\n")
	return d.String()
}

// series are the points of all lines and levels.
func (c chart) series() [][]point {
	var all [][]point
	for _, l := range c.lines {
		all = append(all, l.points)
	}
	for _, l := range c.levels {
		all = append(all, l.points)
	}
	return all
}

func (d *drawing) left(x float64) float64 { return plotLeft + d.across.part(x)*(plotRight-plotLeft) }

func (d *drawing) top(y float64) float64 { return plotBottom - d.up.part(y)*(plotBottom-plotTop) }

func (d *drawing) text(left, top float64, anchor, text, attributes string) {
	fmt.Fprintf(d, `<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`+"\n", left, top, anchor, attributes, escaped(text))
}

// axes draws the two axes with their ticks, and the grid.
func (d *drawing) axes() {
	rule := func(class string, x1, y1, x2, y2 float64) {
		fmt.Fprintf(d, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", class, x1, y1, x2, y2)
	}
	for _, y := range d.up.ticks {
		rule("grid", plotLeft, d.top(y), plotRight, d.top(y))
		d.text(plotLeft-8, d.top(y)+4, "end", tick(y), "")
	}
	for _, x := range d.across.ticks {
		rule("axis", d.left(x), plotBottom, d.left(x), plotBottom+5)
		d.text(d.left(x), plotBottom+20, "middle", tick(x), "")
	}
	rule("axis", plotLeft, plotBottom, plotRight, plotBottom)
	const middle = (plotTop + plotBottom) / 2
	d.text((plotLeft+plotRight)/2, plotBottom+42, "middle", d.x.label, "")
	d.text(18, middle, "middle", d.y.label, fmt.Sprintf(` transform="rotate(-90 18 %d)"`, middle))
}

func (d *drawing) polyline(class string, points []point) {
	fmt.Fprintf(d, `<polyline class="%s" points="`, class)
	for i, p := range points {
		if i > 0 {
			d.WriteByte(' ')
		}
		fmt.Fprintf(d, "%.1f,%.1f", d.left(p.x), d.top(p.y))
	}
	d.WriteString("\"/>\n")
}

// legend names the lines, one beside the other.
func (d *drawing) legend() {
	left := float64(plotLeft)
	entry := func(class, name string) {
		fmt.Fprintf(d, `<polyline class="%s" points="%.1f,%d %.1f,%[3]d"/>`+"\n", class, left, legendTop-4, left+26)
		d.text(left+32, legendTop, "start", name, "")
		const letter = 7.2 // about, of the font
		left += 32 + letter*float64(len([]rune(name))) + 24
	}
	for i, l := range d.lines {
		entry(fmt.Sprintf("l%d", i), l.name)
	}
	for _, l := range d.levels {
		entry("level", l.name)
	}
}

// tick writes a value beside its tick; adding up steps leaves something behind, which is cut off.
func tick(value float64) string {
	if value == math.Trunc(value) {
		return count(int64(value))
	}
	return strconv.FormatFloat(value, 'g', 6, 64)
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
