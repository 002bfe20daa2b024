//go:build watch

package watch

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"syncd/internal/db/dbtest"
)

var program string // the syncd under test

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program and runs the tests.
func run(m *testing.M) int {
	for _, tool := range []string{"prometheus", "promtool"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Fprintf(os.Stderr, "%v: install Prometheus (Debian: apt-get install prometheus)\n", err)
			return 1
		}
	}
	folder, err := os.MkdirTemp("", "syncd-watch-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	program = filepath.Join(folder, "syncd")
	if out, err := exec.Command("go", "build", "-o", program, "syncd/cmd/syncd").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build syncd: %v\n%s", err, out)
		return 1
	}
	return dbtest.Run(m)
}
