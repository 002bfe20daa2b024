package zoom

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func newTestPace() (*pace, time.Time) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := newPace(40, 40/defaultShare, now)
	return &p, now
}

func TestPace_begins_below_the_limit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ full, limit, want float64 }{{32, 40, 32}, {40, 40, 37.2}, {38, 40, 37.2}, {1, 100, 1}} {
		if p := newPace(test.full, test.limit, time.Time{}); p.rate != test.want {
			t.Errorf("%v of %v: begins at %v, want %v", test.full, test.limit, p.rate, test.want)
		}
	}
}

func TestPace_is_lowered_once_an_episode(t *testing.T) {
	t.Parallel()
	p, sentAt := newTestPace()
	now := sentAt.Add(50 * time.Millisecond)
	for range 10 { // ten requests were on their way
		p.refused(sentAt, now, 0)
		p.accepted(sentAt, now)
		now = now.Add(time.Millisecond)
	}
	if want := 40 * 0.985; p.rate != want {
		t.Errorf("the rate is %v after one episode, want %v", p.rate, want)
	}
}

func TestPace_of_episodes_in_a_row(t *testing.T) {
	t.Parallel()
	p, now := newTestPace()
	var pauses []time.Duration
	var rates []float64
	for range 16 {
		pause, _ := p.refused(now, now, 0)
		pauses, rates = append(pauses, pause.Round(time.Millisecond)), append(rates, p.rate)
		now = now.Add(pause)
	}
	const ms, s = time.Millisecond, time.Second
	wantPauses := []time.Duration{51 * ms, 107 * ms, 251 * ms, s, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s, 30 * s, 30 * s, 30 * s, 30 * s, 30 * s, 30 * s}
	wantRates := []float64{39.4, 37.43, 31.8155, 23.8616, 17.8962, 13.4222, 10.0666, 7.55, 5.6625, 4.2469, 3.1851, 2.5, 2.5, 2.5, 2.5, 2.5}
	if diff := cmp.Diff(wantPauses, pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantRates, rates, cmpopts.EquateApprox(0, 1e-3)); diff != "" {
		t.Errorf("rates (-want +got):\n%s", diff)
	}
}

// answers gives the pace accepted answers as fast as it asks, and says how long it
// took to reach a rate.
func (p *pace) answers(now time.Time, until float64) time.Duration {
	begun := now
	for p.rate < until && now.Sub(begun) < time.Hour {
		now = now.Add(time.Duration(float64(time.Second) / p.rate))
		p.accepted(now, now)
	}
	return now.Sub(begun)
}

func TestPace_climbs_back(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refusals    int
		until       float64
		least, most time.Duration
	}{
		"after one refusal, slowly":             {1, 39.9, 2 * time.Second, 4 * time.Second},
		"after four, quickly near to what was":  {4, 37.5, 10 * time.Second, 20 * time.Second},
		"and slowly then":                       {4, 39.9, 20 * time.Second, 30 * time.Second},
		"from the slowest, within some minutes": {12, 37.5, time.Minute, 4 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, now := newTestPace()
			for range test.refusals {
				pause, _ := p.refused(now, now, 0)
				now = now.Add(pause)
			}
			if took := p.answers(now, test.until); took < test.least || took > test.most {
				t.Errorf("%v until the rate is %v, want %v to %v", took, test.until, test.least, test.most)
			}
			p.answers(now, 41)
			if p.rate != 40 {
				t.Errorf("the rate climbs to %v, want 40", p.rate)
			}
		})
	}
}

func TestPace_pause_is_no_calm(t *testing.T) {
	t.Parallel()
	p, now := newTestPace()
	pause, _ := p.refused(now, now, time.Minute)
	now = now.Add(pause)
	before := p.rate
	if p.accepted(now, now); p.rate > before*1.001 {
		t.Errorf("the first answer raises the rate from %v to %v", before, p.rate)
	}
}
