// Package browsertest looks at pages with a real browser: Chromium without a window, told
// what to do over a pipe in its DevTools protocol. Only tests import it.
//
// Without a Chromium a test is skipped; when CI is set it fails.
package browsertest

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// patience bounds each order: a machine at its limit may take long to begin a browser.
const patience = 2 * time.Minute

// Browser is a browser of a test's own. Its methods end the test when the browser does not
// do what it is told.
type Browser struct {
	tb      testing.TB
	orders  io.Writer
	answers *bufio.Reader

	mu      sync.Mutex // one order at a time
	last    int
	session string
}

// Screen is what a page is shown on.
type Screen struct {
	Width, Height int // CSS pixels
	Dark          bool
}

// New starts a browser, which ends with the test.
func New(tb testing.TB) *Browser {
	tb.Helper()
	program, err := find()
	switch {
	case err != nil && os.Getenv("CI") == "":
		tb.Skip(err)
	case err != nil:
		tb.Fatal("browsertest:", err)
	}
	b, err := start(tb, program)
	if err != nil {
		tb.Fatal("browsertest:", err)
	}
	var target struct{ TargetID string }
	b.order("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	b.order("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	return b
}

// find gives the path of the browser.
func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found: install one (Debian: apt-get install chromium)")
}

func start(tb testing.TB, program string) (*Browser, error) {
	tb.Helper()
	read, orders, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())                                                                  // it ends in Cleanup, after the test's own context
	command := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", //nolint:gosec // the browser of this machine
		"--disable-background-networking", "--disable-component-update", "--no-first-run", "--hide-scrollbars",
		"--user-data-dir="+tb.TempDir(), "--remote-debugging-pipe", "about:blank")
	command.ExtraFiles = []*os.File{read, write} // 3 and 4, as the protocol wants it
	if err := command.Start(); err != nil {
		stop()
		return nil, err
	}
	_, _ = read.Close(), write.Close() // they are the browser's now
	b := &Browser{tb: tb, orders: orders, answers: bufio.NewReader(answers)}
	tb.Cleanup(func() {
		b.session = ""
		_ = b.send("Browser.close", nil, nil) // else it still writes to its folder while that is removed
		ended := time.AfterFunc(patience, stop)
		_ = command.Wait()
		ended.Stop()
		stop()
		_, _ = orders.Close(), answers.Close()
	})
	return b, nil
}

// Open shows a page on a screen, and waits until it is there.
func (b *Browser) Open(url string, screen Screen) {
	b.tb.Helper()
	scheme := "light"
	if screen.Dark {
		scheme = "dark"
	}
	b.order("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": screen.Width, "height": screen.Height, "deviceScaleFactor": 1, "mobile": screen.Width < 600,
	}, nil)
	b.order("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	var opened struct{ ErrorText string }
	b.order("Page.navigate", map[string]any{"url": url}, &opened)
	if opened.ErrorText != "" {
		b.tb.Fatalf("browsertest: open %s: %s", url, opened.ErrorText)
	}
	const there = `new Promise(done => document.readyState === "complete" ? done(true) : addEventListener("load", () => done(true)))`
	b.Evaluate(there, nil)
}

// Evaluate gives the value of a JavaScript expression in the page; into may be nil.
func (b *Browser) Evaluate(expression string, into any) {
	b.tb.Helper()
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	b.order("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if fault := answer.ExceptionDetails; fault != nil {
		b.tb.Fatalf("browsertest: %s: %s %s", expression, fault.Text, fault.Exception.Description)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer.Result.Value, into); err != nil {
		b.tb.Fatalf("browsertest: %s: %v", expression, err)
	}
}

// Screenshot gives a picture of the whole page, as PNG.
func (b *Browser) Screenshot() []byte {
	b.tb.Helper()
	var shot struct{ Data string }
	b.order("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	picture, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.tb.Fatal("browsertest:", err)
	}
	return picture
}

// order tells the browser to do something.
func (b *Browser) order(method string, params map[string]any, into any) {
	b.tb.Helper()
	if err := b.send(method, params, into); err != nil {
		b.tb.Fatalf("browsertest: %s: %v", method, err)
	}
}

// send sends an order and reads until its answer comes; what the browser tells in between
// is of no interest.
func (b *Browser) send(method string, params map[string]any, into any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	if params == nil {
		params = map[string]any{}
	}
	order := map[string]any{"id": b.last, "method": method, "params": params}
	if b.session != "" {
		order["sessionId"] = b.session
	}
	text, err := json.Marshal(order)
	if err != nil {
		return err
	}
	if _, err := b.orders.Write(append(text, 0)); err != nil {
		return err
	}
	for {
		text, err := b.answers.ReadBytes(0)
		if err != nil {
			return fmt.Errorf("the browser is gone: %w", err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(text[:len(text)-1], &answer); err != nil {
			return err
		}
		switch {
		case answer.ID != b.last:
		case answer.Error != nil:
			return errors.New(answer.Error.Message)
		case into == nil:
			return nil
		default:
			return json.Unmarshal(answer.Result, into)
		}
	}
}
