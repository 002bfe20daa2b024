//go:build soak

package faults

import (
	"bufio"
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// gauge is something that must not grow.
type gauge struct {
	name   string
	metric string  // of the daemon, that tells it; "": Postgres tells it
	unit   float64 // of the table
	slack  float64 // by which the last quarter may exceed the second, besides a tenth: what comes and goes with a pass
}

func gauges() []gauge {
	const mega = 1e6
	return []gauge{
		{name: "resident memory, MB", metric: "process_resident_memory_bytes", unit: mega, slack: 4 * mega},
		{name: "heap in use, MB", metric: "go_memstats_heap_inuse_bytes", unit: mega, slack: 4 * mega},
		{name: "goroutines", metric: "go_goroutines", unit: 1, slack: 10},
		{name: "open files", metric: "process_open_fds", unit: 1, slack: 10},
		{name: "connections to Postgres", unit: 1, slack: 2},
	}
}

// sample is what all gauges say at a time.
type sample struct {
	at     time.Time
	values []float64
}

// sample reads all gauges.
func (s *soak) sample(now time.Time) {
	s.Helper()
	answer, err := http.Get("http://" + s.address + "/metrics")
	if err != nil {
		s.Error(err)
		return
	}
	defer answer.Body.Close()
	told := map[string]string{"": s.database.Value("SELECT count(*) FROM " + clients)}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if metric, value, ok := strings.Cut(lines.Text(), " "); ok {
			told[metric] = value
		}
	}
	taken := sample{at: now}
	for _, g := range gauges() {
		value, err := strconv.ParseFloat(told[g.metric], 64)
		if err != nil {
			s.Errorf("%s: %v", g.name, err)
		}
		taken.values = append(taken.values, value)
	}
	s.samples = append(s.samples, taken)
}

// quarters gives the median of a gauge in each quarter of the samples. Single samples say little: memory goes up and
// down with the collector, and everything with passes.
func quarters(samples []sample, gauge int) (medians [4]float64) {
	for q := range medians {
		var values []float64
		for _, taken := range samples[len(samples)*q/4 : len(samples)*(q+1)/4] {
			values = append(values, taken.values[gauge])
		}
		medians[q] = median(values)
	}
	return medians
}

// grows reports whether the last quarter exceeds the second. The first one is left out: the program comes to its size in it.
func (g gauge) grows(medians [4]float64) bool { return medians[3] > 1.1*medians[1]+g.slack }

// median gives the middle one; 0 when there is none.
func median[T cmp.Ordered](values []T) (middle T) {
	if len(values) > 0 {
		middle = slices.Sorted(slices.Values(values))[len(values)/2]
	}
	return middle
}

func TestSoak_grows(t *testing.T) {
	t.Parallel()
	const anHour, passEvery, passTakes = 720, 12, 3 // samples
	for _, g := range gauges() {
		for _, test := range []struct {
			leak float64 // of each pass, in the gauge's slack
			want bool
		}{{0, false}, {.01, false}, {.1, true}, {1, true}} {
			var samples []sample
			for n := range anHour {
				value := 5 * g.slack
				if n%passEvery < passTakes {
					value *= 2
				}
				samples = append(samples, sample{values: []float64{value + g.slack*test.leak*float64(n/passEvery)}})
			}
			if got := g.grows(quarters(samples, 0)); got != test.want {
				t.Errorf("%s, leak of %v a pass: %v, want %v", g.name, g.slack*test.leak, got, test.want)
			}
		}
	}
}
