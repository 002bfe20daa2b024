package zoom

import (
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
)

// sampleOf gives the counter or gauge whose first label has the value.
func sampleOf(t *testing.T, registry *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, sample := range family.GetMetric() {
			if family.GetName() == name && hasLabels(sample, labels) {
				return sample.GetCounter().GetValue() + sample.GetGauge().GetValue()
			}
		}
	}
	t.Errorf("%s%v has no sample", name, labels)
	return -1
}

// hasLabels reports whether the sample's labels, in the order of their names,
// have these values.
func hasLabels(sample *dto.Metric, values []string) bool {
	for i, value := range values {
		if i >= len(sample.GetLabel()) || sample.GetLabel()[i].GetValue() != value {
			return false
		}
	}
	return true
}

func TestMetrics_are_well_formed_and_there_from_the_start(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	newTestClient(t, &script{}, func(cfg *Config) { cfg.Registerer = registry })
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) != 0 {
		t.Errorf("%v %v", problems, err)
	}
	for name, want := range map[string]int{
		"syncd_zoom_requests_total": 7, "syncd_zoom_request_duration_seconds": 7, "syncd_zoom_label_mismatch_total": 6,
		"syncd_zoom_throttled_total": 8, "syncd_zoom_pool_rate": 4, "syncd_zoom_pool_wait_seconds_total": 4,
	} {
		if got, err := testutil.GatherAndCount(registry, name); err != nil || got != want {
			t.Errorf("%s has %d samples, want %d (%v)", name, got, want, err)
		}
	}
}

func TestMetrics_tell_what_happened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		zoom := &script{answer: inTurn(
			reply{status: 500}, reply{status: 429}, reply{body: "<html>"}, reply{err: errTest}, zoomError(401, 124, "Access token is expired."), reply{body: profileBody},
		)}
		c := newTestClient(t, zoom, func(cfg *Config) { cfg.Registerer = registry })
		if _, err := c.PhoneUser(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		for _, status := range []string{"500", "429", "malformed", "unreachable", "401", "200"} {
			if got := sampleOf(t, registry, "syncd_zoom_requests_total", "phone_user", status); got != 1 {
				t.Errorf("status %s: %v", status, got)
			}
		}
		for _, test := range []struct {
			name   string
			labels []string
			want   float64
		}{
			{"syncd_zoom_requests_total", []string{"token", "200"}, 2},
			{"syncd_zoom_throttled_total", []string{"second", "phone-light"}, 1},
			{"syncd_zoom_throttled_total", []string{"daily", "phone-light"}, 0},
			{"syncd_zoom_pool_rate", []string{"phone-medium"}, 16},
		} {
			if got := sampleOf(t, registry, test.name, test.labels...); got != test.want {
				t.Errorf("%s%v is %v, want %v", test.name, test.labels, got, test.want)
			}
		}
		if got := sampleOf(t, registry, "syncd_zoom_pool_rate", "phone-light"); got < 24 || got >= 32 {
			t.Errorf("after a 429 the rate is %v, want less than 32", got)
		}
		if got := c.Usage(); got.Requests != 6 || got.Throttled != 1 || got.Waited <= 0 {
			t.Errorf("usage is %+v", got)
		}
	})
}
