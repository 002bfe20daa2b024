package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"syncd/internal/zoom"
)

// checker reads values and collects what is wrong with them.
type checker struct{ line *commandLine }

// add notes a fault of a flag under the name by which its value was given.
func (c checker) add(flag string, err error) {
	if err == nil {
		return
	}
	for _, err := range unjoin(err) {
		c.line.faults = append(c.line.faults, fmt.Errorf("%s: %w", cmp.Or(c.line.sources[flag], "--"+flag), err))
	}
}

func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func (c checker) required(flag, variable, value, what string) bool {
	switch {
	case strings.ContainsFunc(value, unprintable):
		c.add(flag, errors.New("the value holds white space or an unprintable character: write it without"))
		return false
	case value != "":
		return true
	case c.line.unread[variable]: // its file has said so
		return false
	}
	c.line.fault(variable, "is not set: set it, or %s_FILE, or --%s, to %s", variable, flag, what)
	return false
}

// users reads the users that a pass is asked for, each once.
func (c checker) users(flag string, values []string) []string {
	var users []string
	for _, value := range values {
		if value == "" || strings.ContainsFunc(value, unprintable) {
			c.add(flag, fmt.Errorf("%q is neither a user ID nor an e-mail address", value))
		} else if !slices.Contains(users, value) {
			users = append(users, value)
		}
	}
	return users
}

// unprintable finds what no identifier holds.
func unprintable(r rune) bool { return r <= ' ' || r == 0x7f || r == utf8.RuneError }

func (c checker) choice(flag, value string, choices ...string) string {
	for _, choice := range choices {
		if strings.EqualFold(value, choice) {
			return choice
		}
	}
	c.add(flag, fmt.Errorf("%q is not known: use one of %s", value, strings.Join(choices, ", ")))
	return ""
}

// budget reads plan, share and limits, and gives the budget that they make.
func (c checker) budget() (plan zoom.Plan, share float64, budget zoom.Budget) {
	plan = zoom.Plan(c.choice("zoom-plan", c.line.ZoomPlan, string(zoom.Pro), string(zoom.Business)))
	share = c.number("zoom-rate-share", c.line.ZoomRateShare, 0.01, 1, true)
	limits, err := zoom.ParseLimits(c.line.ZoomPools)
	c.add("zoom-pools", err)
	if plan != "" && share > 0 && err == nil {
		budget, err = zoom.NewBudget(plan, share, limits)
		c.add("zoom-pools", err)
	}
	return plan, share, budget
}

func (c checker) url(flag, value string) string {
	c.add(flag, zoom.CheckURL(value))
	return value
}

func (c checker) gateway(flag, value string) *url.URL {
	gateway, err := gatewayURL(value)
	c.add(flag, err)
	return gateway
}

func (c checker) duration(flag, value string, least time.Duration) time.Duration {
	d, err := time.ParseDuration(value)
	if err != nil || d < least {
		c.add(flag, fmt.Errorf("%q is not a duration of at least %v: write 30m or 1h", value, least))
	}
	return d
}

// history reads how long history is kept: days, or a duration. 0 is not said.
func (c checker) history(value string) time.Duration {
	const day, most = 24 * time.Hour, 100 * 366 // years are kept, not centuries
	if value == "" {
		return 0
	}
	kept, err := time.ParseDuration(value)
	if days, found := strings.CutSuffix(value, "d"); found {
		var n int
		if n, err = strconv.Atoi(days); err == nil && n <= most {
			kept = time.Duration(n) * day
		}
	}
	if err != nil || kept < day || kept > most*day {
		c.add("history", fmt.Errorf("%q is not a duration of at least a day: write 400d or 9600h", value))
	}
	return kept
}

func (c checker) integer(flag, value string, least, most int) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		c.add(flag, fmt.Errorf("%q is not a whole number from %d to %d", value, least, most))
	}
	return n
}

// concurrency reads a number of users; "auto" is 0.
func (c checker) concurrency(value string) int {
	if value == "auto" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > 1000 {
		c.add("concurrency", fmt.Errorf("%q is neither auto nor a whole number from 1 to 1000", value))
	}
	return n
}

// number reads a number up to most, and from least or above it.
func (c checker) number(flag, value string, least, most float64, orEqual bool) float64 {
	n, err := strconv.ParseFloat(value, 64)
	if err == nil && n <= most && (n > least || orEqual && n == least) {
		return n
	}
	from := "above"
	if orEqual {
		from = "from"
	}
	c.add(flag, fmt.Errorf("%q is not a number %s %v to %v", value, from, least, most))
	return 0
}

func (c checker) boolean(flag, value string) bool {
	b, err := strconv.ParseBool(value)
	if err != nil {
		c.add(flag, fmt.Errorf("%q is neither true nor false", value))
	}
	return b
}

func (c checker) address(flag, value string) string {
	_, port, err := net.SplitHostPort(value)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 && port != "0" {
		c.add(flag, fmt.Errorf("%q is not an address: write :9090 or 127.0.0.1:9090", value))
	}
	return value
}
