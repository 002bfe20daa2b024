package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/page/browsertest"
	"syncd/internal/porttest"
	"syncd/internal/zoom/zoomtest"
)

// The page of a real daemon, looked at with a real browser while a pass runs and after
// one that holds something back. SYNCD_TEST_PICTURES names a folder for its pictures.
func TestPage_in_a_browser(t *testing.T) {
	t.Parallel()
	browser := browsertest.New(t)
	b := newBench(t, zoomtest.Options{Users: 200, Faults: zoomtest.Faults{InternalError: 0.02, Throttle: 0.01}})
	address := porttest.Free(t)
	environment := map[string]string{"SYNCD_LISTEN": address, "SYNCD_CONCURRENCY": "3"}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan outcome)
	listed := b.stallAfter(0) // progress is shown of users who come after the list, and faults may delay that
	go func() { ended <- b.runWith(ctx, environment, "run") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes WHERE users_listed > 0", "1")
	looked := b.stallAfter(100)
	listed()
	b.waitForPage(address, "Filling")
	b.waitForPage(address, "of the floor so far")
	b.look(browser, address, "running", "Filling", "Pass 1, fetching documents", "users, ", "of the floor so far", "phone-light", "Nothing needs a person.")
	looked()
	b.waitFor(completePasses, "1")
	stop()
	<-ended

	b.account.SetFaults(zoomtest.Faults{})
	ids := b.active()
	b.account.Remove(ids[:60]...)
	b.put(ids[70], zoomtest.Profile, "policy.sms.enable", "changed")
	b.account.FailUser(ids[80], zoomtest.Settings, 400)
	ctx, stop = context.WithCancel(t.Context())
	go func() { ended <- b.runWith(ctx, map[string]string{"SYNCD_LISTEN": address}, "run") }()
	b.waitFor("SELECT count(*) FROM zoom.sync_passes WHERE status = 'held'", "1")
	b.waitForPage(address, "The next pass begins")
	b.look(browser, address, "held", "Fresh", "One thing needs a person", "syncd approve 1", "60 of 200 users are gone", "held", ids[80], "settings", "200 users new", "profile")
	stop()
	<-ended
}

// waitForPage waits until the page has a text.
func (b *bench) waitForPage(address, text string) {
	b.t.Helper()
	deadline := time.After(3 * time.Minute)
	for {
		_, body := b.get("http://" + address + "/")
		if strings.Contains(body, text) {
			return
		}
		select {
		case <-deadline:
			b.t.Fatalf("the page does not come to say %q:\n%s", text, body)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// look checks on each screen that the page has its style, its texts, and no line that
// leaves the screen.
func (b *bench) look(browser *browsertest.Browser, address, name string, texts ...string) {
	b.t.Helper()
	grounds := map[string]string{}
	for kind, screen := range map[string]browsertest.Screen{
		"wide-light": {Width: 1280, Height: 900}, "wide-dark": {Width: 1280, Height: 900, Dark: true},
		"narrow-light": {Width: 390, Height: 844}, "narrow-dark": {Width: 360, Height: 780, Dark: true},
	} {
		browser.Open("http://"+address+"/", screen)
		var seen struct {
			Text, Ground string
			Width        int
			Outside      []string
		}
		browser.Evaluate(`({
			Text: document.body.innerText, Ground: getComputedStyle(document.body).backgroundColor, Width: document.documentElement.scrollWidth,
			Outside: [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName + ": " + e.textContent.trim()),
		})`, &seen)
		for _, text := range texts {
			if !strings.Contains(seen.Text, text) {
				b.t.Errorf("%s, %s: the page does not say %q:\n%s", name, kind, text, seen.Text)
			}
		}
		if seen.Width > screen.Width || len(seen.Outside) > 0 {
			b.t.Errorf("%s, %s: the page is %d wide on %d; these leave the screen: %q", name, kind, seen.Width, screen.Width, seen.Outside)
		}
		grounds[kind] = seen.Ground
		picture := browser.Screenshot()
		if folder := os.Getenv("SYNCD_TEST_PICTURES"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, name+"-"+kind+".png"), picture, 0o600); err != nil {
				b.t.Error(err)
			}
		}
	}
	if grounds["wide-light"] == grounds["wide-dark"] || grounds["wide-light"] != grounds["narrow-light"] {
		b.t.Errorf("%s: light and dark are not told apart: %v", name, grounds)
	}
}
