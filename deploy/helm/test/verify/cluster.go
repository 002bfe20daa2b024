package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"syncd/deploy/helm/test/render"
)

// cluster is an API server with its etcd, and nothing else of Kubernetes.
type cluster struct {
	kubeconfig string // file
	version    string
	processes  []*exec.Cmd
}

// startTime is what it may take to be ready.
const startTime = 2 * time.Minute

// startCluster starts one on free ports of this machine, with everything that it writes in a folder.
func startCluster(ctx context.Context, etcd, apiserver, folder string) (*cluster, error) {
	for program, repair := range map[string]string{
		etcd:      "install it (Debian: apt-get install etcd-server)",
		apiserver: "make verify-deploy builds it",
	} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%w: %s", err, repair)
		}
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	token, key, err := credentials(folder)
	if err != nil {
		return nil, err
	}
	store, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	c := &cluster{kubeconfig: filepath.Join(folder, "kubeconfig")}
	server := fmt.Sprintf("https://127.0.0.1:%d", ports[2])
	err = errors.Join(
		os.WriteFile(c.kubeconfig, fmt.Appendf(nil, kubeconfig, server, render.Namespace, token), 0o600),
		c.start(folder, etcd, "--data-dir="+filepath.Join(folder, "etcd"), "--listen-client-urls="+store, "--advertise-client-urls="+store,
			"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer),
		c.start(folder, apiserver, "--etcd-servers="+store, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", ports[2]),
			"--cert-dir="+filepath.Join(folder, "certificates"), "--token-auth-file="+filepath.Join(folder, "tokens"), "--authorization-mode=AlwaysAllow",
			"--service-cluster-ip-range=10.0.0.0/24", "--service-account-issuer=https://kubernetes.default.svc",
			"--service-account-key-file="+key, "--service-account-signing-key-file="+key,
			// No controller makes the service account that each pod would have to have.
			"--disable-admission-plugins=ServiceAccount"),
	)
	if err == nil {
		err = c.await(ctx, server, token)
	}
	if err != nil {
		c.stop()
		log, _ := os.ReadFile(filepath.Join(folder, filepath.Base(apiserver)+".log"))
		return nil, fmt.Errorf("%w\n%s", err, log[max(0, len(log)-2000):])
	}
	return c, nil
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: verify, cluster: {server: %q, insecure-skip-tls-verify: true}}]
contexts: [{name: verify, context: {cluster: verify, namespace: %s, user: verify}}]
users: [{name: verify, user: {token: %s}}]
current-context: verify
`

// start starts a process that ends with this one, and writes its log into the folder.
func (c *cluster) start(folder, program string, args ...string) error {
	log, err := os.Create(filepath.Join(folder, filepath.Base(program)+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, args...) //nolint:noctx // it is stopped in order
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "ETCD_UNSUPPORTED_ARCH=arm64")
	cmd.SysProcAttr = endWithParent()
	if err := cmd.Start(); err != nil {
		return err
	}
	c.processes = append(c.processes, cmd)
	return nil
}

// stop ends the API server, and then etcd.
func (c *cluster) stop() {
	for _, process := range slices.Backward(c.processes) {
		_ = process.Process.Signal(syscall.SIGTERM)
		killed := time.AfterFunc(5*time.Second, func() { _ = process.Process.Kill() })
		_ = process.Wait()
		killed.Stop()
	}
}

// await waits until the server is ready.
func (c *cluster) await(ctx context.Context, server, token string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // its certificate is its own, and it is on this machine
	}}
	get := func(path string, into any) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server+path, nil)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		if into == nil {
			return nil
		}
		return json.NewDecoder(response.Body).Decode(into)
	}
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		err := get("/readyz", nil)
		if err == nil {
			var version struct{ GitVersion string }
			err = get("/version", &version)
			c.version = version.GitVersion
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the API server is not ready: %w", err)
		case <-again.C:
		}
	}
}

// credentials writes what the API server wants: a token of an administrator, and a key for tokens of service accounts.
func credentials(folder string) (token, keyFile string, err error) {
	token = rand.Text()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", "", err
	}
	keyFile = filepath.Join(folder, "key.pem")
	return token, keyFile, errors.Join(
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600),
		os.WriteFile(filepath.Join(folder, "tokens"), []byte(token+",verify,verify,system:masters\n"), 0o600),
	)
}

// freePorts gives ports that nobody listens at just now.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
