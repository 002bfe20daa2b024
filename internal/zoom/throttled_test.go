package zoom_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"syncd/internal/zoom"
	"syncd/internal/zoom/zoomtest"
)

// blamed gives the refusals of phone-light by cause, as the metrics have them.
func blamed(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]float64{}
	for _, family := range families {
		for _, sample := range family.GetMetric() {
			labels := labelsOf(sample)
			switch {
			case labels["pool"] != zoomtest.PhoneLight:
			case family.GetName() == "syncd_zoom_throttled_by_total":
				of[labels["cause"]] = sample.GetCounter().GetValue()
			case family.GetName() == "syncd_zoom_throttled_total" && labels["kind"] == "second":
				of["all"] = sample.GetCounter().GetValue()
			}
		}
	}
	return of
}

func labelsOf(sample *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, label := range sample.GetLabel() {
		labels[label.GetName()] = label.GetValue()
	}
	return labels
}

// For two minutes a client reads as fast as it may.
func TestClient_tells_whose_fault_it_is(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limits    map[zoom.Pool]float64 // configured
		share     float64
		neighbour float64
		counting  zoomtest.Counting
		least     float64 // refusals
		culprit   string  // of nearly all; "": there are none
	}{
		"nobody else":                    {share: 0.8},
		"a neighbour":                    {share: 0.8, neighbour: 20, least: 10, culprit: "neighbour"},
		"a neighbour at the whole limit": {share: 1, neighbour: 20, least: 10, culprit: "neighbour"},
		"the whole limit":                {share: 1, least: 1, culprit: "ours"},
		"pools set too high":             {share: 0.8, limits: map[zoom.Pool]float64{zoom.PhoneLight: 100}, least: 10, culprit: "ours"},
		"pools set too high, a bucket":   {share: 0.8, limits: map[zoom.Pool]float64{zoom.PhoneLight: 100}, counting: zoomtest.TokenBucket, least: 10, culprit: "ours"},
		"a neighbour, a bucket":          {share: 0.8, neighbour: 20, counting: zoomtest.TokenBucket, least: 10, culprit: "neighbour"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				account := zoomtest.New(zoomtest.Options{Users: 5, Counting: test.counting, Latency: 100 * time.Millisecond, Jitter: 40 * time.Millisecond})
				account.SetNeighbour(zoomtest.PhoneLight, test.neighbour)
				budget, err := zoom.NewBudget(zoom.Business, test.share, test.limits)
				if err != nil {
					t.Fatal(err)
				}
				registry := prometheus.NewRegistry()
				client, err := zoom.New(zoom.Config{
					AccountID: account.AccountID(), ClientID: account.ClientID(), ClientSecret: account.ClientSecret(), HTTP: account,
					Budget: budget, Share: test.share, Plan: zoom.Business, Registerer: registry,
				})
				if err != nil {
					t.Fatal(err)
				}
				readFor(t, client, account.Users()[0].ID, 2*time.Minute)

				got := blamed(t, registry)
				if got["ours"]+got["neighbour"] != got["all"] {
					t.Errorf("the causes do not add up: %v", got)
				}
				if usage := client.Usage(); float64(usage.Neighbour) != got["neighbour"] {
					t.Errorf("the usage is %+v, the metrics are %v", usage, got)
				}
				if got["all"] < test.least || test.culprit == "" && got["all"] > 0 || got[test.culprit] < 0.95*got["all"] {
					t.Errorf("%v, want at least %v, of %q", got, test.least, test.culprit)
				}
			})
		})
	}
}

func readFor(t *testing.T, client *zoom.Client, id string, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var readers sync.WaitGroup
	for range 32 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if _, err := client.PhoneUser(ctx, id); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
}
