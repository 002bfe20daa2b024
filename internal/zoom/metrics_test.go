package zoom

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

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
		"syncd_zoom_throttled_total": 8, "syncd_zoom_throttled_by_total": 8, "syncd_zoom_retries_total": 7, "syncd_zoom_refusals_total": 8,
		"syncd_zoom_pool_rate": 4, "syncd_zoom_pool_limit": 4, "syncd_zoom_pool_share": 4, "syncd_zoom_pool_requests_total": 4,
		"syncd_zoom_pool_wait_seconds_total": 4, "syncd_zoom_pool_paused_until_timestamp_seconds": 4, "syncd_zoom_pool_parked_until_timestamp_seconds": 4,
		"syncd_zoom_token_end_timestamp_seconds": 1,
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
			{"syncd_zoom_throttled_by_total", []string{"neighbour", "phone-light"}, 1},
			{"syncd_zoom_throttled_by_total", []string{"ours", "phone-light"}, 0},
			{"syncd_zoom_retries_total", []string{"phone_user"}, 3},
			{"syncd_zoom_refusals_total", []string{"token"}, 1},
			{"syncd_zoom_refusals_total", []string{"credentials"}, 0},
			{"syncd_zoom_pool_rate", []string{"phone-medium"}, 16},
			{"syncd_zoom_pool_limit", []string{"phone-light"}, 40},
			{"syncd_zoom_pool_share", []string{"phone-light"}, 32},
			{"syncd_zoom_pool_requests_total", []string{"phone-light"}, 6},
			{"syncd_zoom_pool_parked_until_timestamp_seconds", []string{"phone-light"}, 0},
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

func TestMetrics_say_until_when_a_pool_waits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		daily := zoomError(429, 429, "You have reached the maximum daily rate limit for this API.")
		daily.header = map[string]string{"Retry-After": "3600"}
		zoom := &script{answer: inTurn(reply{status: 429, header: map[string]string{"Retry-After": "7"}}, daily)}
		begin := time.Now()
		c := newTestClient(t, zoom, func(cfg *Config) { cfg.Registerer = registry })
		if _, err := c.PhoneUser(t.Context(), "u1"); !errors.Is(err, ErrDailyLimit) {
			t.Fatal(err)
		}
		for name, want := range map[string]time.Duration{"paused": 7 * time.Second, "parked": 3607 * time.Second} {
			got := sampleOf(t, registry, "syncd_zoom_pool_"+name+"_until_timestamp_seconds", "phone-light") - seconds(begin)
			if math.Abs(got-want.Seconds()) > 0.2 {
				t.Errorf("%s until %v s from the beginning, want %v", name, got, want)
			}
		}
		if got := sampleOf(t, registry, "syncd_zoom_token_end_timestamp_seconds") - seconds(begin); math.Abs(got-3600) > 1 {
			t.Errorf("the token ends after %v s, want 3600", got)
		}
	})
}

func TestMetrics_count_by_what_zoom_refuses_the_app(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer, token *reply
	}{
		"credentials":       {token: new(zoomError(400, 0, `Invalid client_id or client_secret`))},
		"scopes":            {answer: new(zoomError(400, 4711, "Invalid access token, does not contain scopes:[phone:read:list_users:admin]."))},
		"phone_not_enabled": {answer: new(zoomError(403, 2031, "Zoom Phone has not been enabled for this account."))},
		"account":           {answer: new(zoomError(404, 2001, "Account does not exist: x."))},
		"forbidden":         {answer: new(zoomError(403, 403, "No permission."))},
		"url":               {answer: &reply{status: 404, body: "not here"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				registry := prometheus.NewRegistry()
				zoom := &script{}
				if test.token != nil {
					zoom.token = func(int) reply { return *test.token }
				}
				if test.answer != nil {
					zoom.answer = inTurn(*test.answer)
				}
				c := newTestClient(t, zoom, func(cfg *Config) { cfg.Registerer = registry })
				for _, err := range c.PhoneUsers(t.Context(), StatusAny) {
					if err == nil {
						t.Error("the list is read")
					}
				}
				if got := sampleOf(t, registry, "syncd_zoom_refusals_total", name); got != 1 {
					t.Errorf("%v refusals", got)
				}
			})
		})
	}
}

func TestMetrics_have_notes(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	newTestClient(t, &script{}, func(cfg *Config) { cfg.Registerer = registry })
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	notes := MetricNotes()
	for _, family := range families {
		if notes[family.GetName()] == "" {
			t.Errorf("%s has no note", family.GetName())
		}
		delete(notes, family.GetName())
	}
	for name := range notes {
		t.Errorf("there is a note of %s, and no such metric", name)
	}
}
