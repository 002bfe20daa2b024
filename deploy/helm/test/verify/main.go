// Command verify asks a real API server whether it would take every way of installing syncd.
//
// It owns etcd, kube-apiserver and a folder for the time that it runs, and leaves nothing behind. It prints a line for each
// object. No controllers run, so no pod is ever started: of each pod template it asks for the pod as well.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"sigs.k8s.io/yaml"

	"syncd/deploy/helm/test/render"
)

func main() {
	runtime.LockOSThread() // processes end with the thread that started them
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var v verifier
	flag.StringVar(&v.etcd, "etcd", "etcd", "program etcd")
	flag.StringVar(&v.apiserver, "apiserver", "kube-apiserver", "program kube-apiserver")
	flag.StringVar(&v.kubectl, "kubectl", "kubectl", "program kubectl")
	flag.StringVar(&v.crds, "crds", "", "folder of the Prometheus operator's CRDs")
	flag.Parse()
	v.out = os.Stdout
	if err := v.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		stop()
		os.Exit(1)
	}
}

// verifier asks.
type verifier struct {
	etcd, apiserver, kubectl string // programs
	crds                     string // folder
	out                      io.Writer

	kubeconfig string
	cache      string
	faults     int
}

// namespace is where everything goes. A pod that violates the restricted standard is refused in it, and a template of one
// is a warning, which counts as refused too.
const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: ` + render.Namespace + `
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/enforce-version: latest
    pod-security.kubernetes.io/warn: restricted
    pod-security.kubernetes.io/warn-version: latest
`

func (v *verifier) run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "syncd-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	cluster, err := startCluster(ctx, v.etcd, v.apiserver, folder)
	if err != nil {
		return err
	}
	defer cluster.stop()
	fmt.Fprintln(v.out, "      kube-apiserver", cluster.version, "is ready")
	v.kubeconfig, v.cache = cluster.kubeconfig, filepath.Join(folder, "cache")
	if err := v.prepare(ctx); err != nil {
		return err
	}
	if err := v.all(ctx); err != nil {
		return err
	}
	v.mustRefuse(ctx)
	fmt.Fprintln(v.out, "\n== installed, and then each of the others over it")
	for _, c := range render.Cases()[:2] {
		if err := v.take(ctx, c, "apply"); err != nil {
			return err
		}
	}
	if err := v.all(ctx); err != nil {
		return err
	}
	if v.faults > 0 {
		return fmt.Errorf("%d refused, or taken that must be refused", v.faults)
	}
	fmt.Fprintln(v.out, "\nThe API server takes everything, without a warning.")
	return nil
}

// prepare makes what a cluster has.
func (v *verifier) prepare(ctx context.Context) error {
	if _, err := v.ask(ctx, namespace, "apply", "--filename=-"); err != nil {
		return err
	}
	for _, kind := range []string{"servicemonitors", "prometheusrules"} {
		// Too large for the annotation of apply.
		out, err := v.ask(ctx, "", "create", "--filename="+filepath.Join(v.crds, "monitoring.coreos.com_"+kind+".yaml"))
		if err != nil {
			return err
		}
		fmt.Fprint(v.out, "      ", out)
	}
	_, err := v.ask(ctx, "", "wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
	return err
}

// all takes every way of installing, as a dry run.
func (v *verifier) all(ctx context.Context) error {
	for _, c := range render.Cases() {
		if err := v.take(ctx, c, dryRun...); err != nil {
			return err
		}
	}
	return nil
}

var dryRun = []string{"apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors"} //nolint:gochecknoglobals // a constant

// take gives what a case renders to the server.
func (v *verifier) take(ctx context.Context, c render.Case, verb ...string) error {
	fmt.Fprintf(v.out, "\n== %s: kubectl %s\n", c.Name, strings.Join(verb, " "))
	text, err := c.Render()
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	v.tell(v.ask(ctx, text, append(slices.Clone(verb), "--filename=-")...))
	if verb[0] == "apply" && len(verb) == 1 {
		return nil
	}
	objects, err := render.Decode(text)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	for _, object := range objects {
		if pod := render.AsPod(object); pod != nil {
			manifest, err := yaml.Marshal(pod)
			if err != nil {
				return err
			}
			v.tell(v.ask(ctx, string(manifest), "create", "--dry-run=server", "--validate=strict", "--warnings-as-errors", "--filename=-"))
		}
	}
	return nil
}

// tell prints what the server took and what it did not, a line each.
func (v *verifier) tell(out string, err error) {
	v.print("ok    ", out)
	if err != nil {
		v.faults++
		v.print("FAIL  ", err.Error())
	}
}

func (v *verifier) print(word, text string) {
	for line := range strings.Lines(strings.TrimSpace(text)) {
		fmt.Fprint(v.out, word, strings.TrimRight(line, "\n"), "\n")
	}
}

// mustRefuse shows that the server would have found a fault.
func (v *verifier) mustRefuse(ctx context.Context) {
	fmt.Fprintln(v.out, "\n== spoilt, and to be refused")
	cases := render.Cases()
	for _, s := range []struct {
		name, from, to, want string
		of                   render.Case
	}{
		{"a field that there is not", "concurrencyPolicy: Forbid", "concurrencyPolicy: Forbid\n  concurency: 1", `unknown field "spec.concurency"`, cases[1]},
		{"a time that there is not", `"7 * * * *"`, `"61 * * * *"`, "spec.schedule", cases[1]},
		{"retries of a pod that is started again", "restartPolicy: Never", "restartPolicy: OnFailure", "podFailurePolicy", cases[1]},
		{"a selector of other pods", "app.kubernetes.io/component: mirror\n  template:", "app.kubernetes.io/component: miror\n  template:", "`selector` does not match", cases[0]},
		{"a template of a pod with rights", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "would violate PodSecurity", cases[0]},
		{"a template of a pod of root", "runAsNonRoot: true", "runAsNonRoot: false", "would violate PodSecurity", cases[1]},
		{"a probe of a port that there is not", "port: http}\n            failureThreshold", "port: HTTP_}\n            failureThreshold", "startupProbe", cases[0]},
		{"a field that a ServiceMonitor has not", "scrapeTimeout: 5s", "scrapeTimout: 5s", `unknown field "spec.endpoints[0].scrapeTimout"`, cases[2]},
		{"a duration that a rule has not", "for: 5m", "for: five", "should match", cases[2]},
	} {
		text, err := s.of.Render()
		spoilt := strings.Replace(text, s.from, s.to, 1)
		if err == nil && spoilt == text {
			err = fmt.Errorf("%q is not in %s", s.from, s.of.Name)
		}
		if err != nil {
			v.tell("", err)
			continue
		}
		out, err := v.ask(ctx, spoilt, append(slices.Clone(dryRun), "--filename=-")...)
		switch {
		case err == nil:
			v.tell("", fmt.Errorf("%s is taken", s.name))
		case !strings.Contains(out+err.Error(), s.want):
			v.tell("", fmt.Errorf("%s is refused for another cause: %w", s.name, err))
		default:
			v.tell(s.name+" is refused: "+s.want, nil)
		}
	}
}

// ask runs kubectl. The error holds what it says of faults and warnings.
func (v *verifier) ask(ctx context.Context, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, v.kubectl, append([]string{"--kubeconfig=" + v.kubeconfig, "--cache-dir=" + v.cache}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	if complaint.Len() > 0 {
		return out.String(), errors.New(strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}
