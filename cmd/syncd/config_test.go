package main

import (
	"bytes"
	"strings"
	"testing"
)

// Whatever a variable holds: its fault, if it has one, names it in words that people can read, and a secret is not
// repeated.
func FuzzConfiguration(f *testing.F) {
	variables := []string{
		"ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "DATABASE_URL", "ZOOM_API_URL", "ZOOM_TOKEN_URL", "ZOOM_PLAN",
		"ZOOM_RATE_SHARE", "ZOOM_POOLS", "SYNCD_INTERVAL", "SYNCD_CONCURRENCY", "SYNCD_LISTEN", "SYNCD_USER_SETTINGS",
		"SYNCD_MAX_DELETES", "SYNCD_MAX_DELETE_PERCENT", "SYNCD_LOG_LEVEL", "SYNCD_LOG_FORMAT",
	}
	for i := range variables {
		for _, value := range []string{"", "x", "-1", "NaN", "1e999", "0x1p-2", "9223372036854775808h", "postgres://a:b@c/d", "https://a:b@c", "\xff\x00", "=,=", "%s"} {
			f.Add(i, value)
		}
	}
	f.Fuzz(func(t *testing.T, i int, value string) {
		if i < 0 || i >= len(variables) {
			return
		}
		environment := map[string]string{
			"ZOOM_ACCOUNT_ID": "account", "ZOOM_CLIENT_ID": "client", "ZOOM_CLIENT_SECRET": "secret", "DATABASE_URL": "postgres://host/mirror",
		}
		environment[variables[i]] = value
		var stderr bytes.Buffer
		command, line, err := parse(process{
			args: []string{"sync"}, getenv: func(name string) string { return environment[name] }, stdout: &stderr, stderr: &stderr,
		})
		if err != nil {
			t.Fatalf("%s=%q: %v", variables[i], value, err)
		}
		cfg, err := line.check(command)
		if err == nil {
			_ = cfg.LogValue().String()
			return
		}
		if !strings.Contains(err.Error(), variables[i]) || strings.ContainsAny(err.Error(), "\x00\r") {
			t.Errorf("%s=%q: %q", variables[i], value, err)
		}
		if secret := i < 4 && len(value) > 12; secret && strings.Contains(err.Error(), value) {
			t.Errorf("%s=%q is repeated: %v", variables[i], value, err)
		}
	})
}
