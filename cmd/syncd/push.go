package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
	dto "github.com/prometheus/client_model/go"
)

// pushTime bounds the push: a job must end, whatever becomes of its metrics.
const pushTime = 10 * time.Second

// accountLabel groups what is pushed.
const accountLabel = "account"

// push hands the metrics of a pass to the Pushgateway, if there is one. That it fails is
// no failure of the pass.
func (a *app) push(ctx context.Context, i *instruments) {
	if a.pushgateway == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pushTime) // an order to stop has its story too
	defer cancel()
	gateway, user := *a.pushgateway, a.pushgateway.User
	gateway.User = nil // the library's errors show the URL
	pusher := push.New(gateway.String(), "syncd").Grouping(accountLabel, a.zoom.AccountID).
		Client(&http.Client{Timeout: pushTime}).Gatherer(forGateway(i)) //nolint:contextcheck // to gather takes no context, and is bounded by itself
	if user != nil {
		password, _ := user.Password()
		pusher = pusher.BasicAuth(user.Username(), password)
	}
	if err := pusher.AddContext(ctx); err != nil {
		a.log.WarnContext(ctx, "the metrics of the pass are not pushed", slog.Any("error", err))
	}
}

// forGateway gathers what is pushed. What is added replaces what the gateway has under
// the same name, so that what is not known here is left out, and stays as it was there.
// Ages are left out, too. The label of the account is that of the group.
func forGateway(i *instruments) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		sources := prometheus.Gatherers{i.process}
		if i.mirror.Known() {
			sources = append(sources, i.facts)
		}
		families, err := sources.Gather()
		families = slices.DeleteFunc(families, func(f *dto.MetricFamily) bool {
			// The gateway keeps the ratio of the last complete pass.
			return isAge(f.GetName()) || f.GetName() == "syncd_pass_floor_ratio" && f.GetMetric()[0].GetGauge().GetValue() == 0
		})
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				metric.Label = slices.DeleteFunc(metric.Label, func(l *dto.LabelPair) bool { return l.GetName() == accountLabel })
			}
		}
		return families, err
	})
}

// isAge reports whether a metric is an age. In the gateway it would stand still, and be
// as young years after the last pass as it was then.
func isAge(name string) bool { return strings.HasSuffix(name, "_age_seconds") }

// gatewayURL reads the address of a Pushgateway. No error shows it, for it may hold a
// password. An empty text is none.
func gatewayURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("is not the URL of a Pushgateway (it may hold a password and is not shown): write http://host:9091, or https://user:password@host/path")
	}
	return u, nil
}
