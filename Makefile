GO       ?= go
BIN      := bin
RELEASE  ?= $(shell git describe --tags --dirty --always 2>/dev/null)
LDFLAGS  := -s -w -X main.release=$(RELEASE)

# The race detector needs a C compiler; without one the tests run all the same.
RACE ?= $(shell command -v "$$($(GO) env CC)" >/dev/null 2>&1 && echo -race)

# Tools are pinned here and installed into bin/ by the Go toolchain.
GOLANGCI_LINT := v2.15.0
GOTESTSUM     := v1.13.0
CYCLONEDX     := v1.10.0

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z\/-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Mirror a simulated account into a private Postgres, and query it
	@$(GO) build -o $(BIN)/demo ./cmd/demo
	@$(BIN)/demo -syncd $(BIN)/syncd

# Many tests wait for time to pass, so more of them run at once than there are cores. The tests of the whole program take
# a quarter of an hour under the race detector, so that only those run under it in which most happens at once, and no
# second time without; make test-race runs them all.
TEST   := $(GO) test -json -parallel 8 -timeout 20m
BUSIEST := TestSync_follows_the_account|TestSync_order_to_stop|TestSync_lost_lease|TestStop|TestHold_few|TestScreen|TestRun_

.PHONY: test
test: $(BIN)/gotestsum ## Run all tests against a real Postgres
	@$(BIN)/gotestsum --format pkgname --raw-command -- sh -c 'failed=0; \
		$(TEST) $(RACE) $$($(GO) list ./... | grep -v /cmd/syncd$$) || failed=1; \
		$(if $(RACE),$(TEST) $(RACE) -run "$(BUSIEST)" ./cmd/syncd || failed=1;) \
		$(TEST) $(if $(RACE),-skip "$(BUSIEST)") ./cmd/syncd || failed=1; exit $$failed'

.PHONY: test-race
test-race: ## Run all tests under the race detector
	@$(GO) test -race -parallel 8 -timeout 40m ./...

# SEED=7 takes other random moments than the usual ones.
.PHONY: test-faults
test-faults: ## Run the real program through every fault, and print what it survived
	@$(GO) test -C internal/faults -tags faults -count=1 -parallel 8 -timeout 10m $(if $(SEED),-args -seed $(SEED))

# DURATION=5m, not less, for a short run, which finds coarse faults only. What the daemon said and what was measured stay in bin/soak.
.PHONY: soak
soak: ## Let the daemon run for DURATION (default 1h) while everything changes and fails, and look for what grows or comes late
	@mkdir -p $(BIN)/soak
	@$(GO) test -C internal/faults -tags soak -count=1 -run '^TestSoak' -timeout 0 -artifacts -outputdir $(CURDIR)/$(BIN)/soak \
		-args -duration $(or $(DURATION),1h) $(if $(SEED),-seed $(SEED))

# A real Prometheus, and what it judges by, see deploy/.
.PHONY: test-watch
test-watch: check-dashboards ## Let a real Prometheus watch the real program, and ask every question of the dashboards
	@$(GO) test -C internal/watch -tags watch -count=1 -timeout 10m

.PHONY: dashboards
dashboards: deploy/grafana/node_modules ## Write deploy/grafana/dashboards
	@npm --prefix deploy/grafana run --silent write

.PHONY: check-dashboards
check-dashboards: deploy/grafana/node_modules ## Check the dashboards against the types that Grafana publishes
	@npm --prefix deploy/grafana run --silent check

deploy/grafana/node_modules: deploy/grafana/package-lock.json
	@npm --prefix deploy/grafana ci --silent
	@touch $@

.PHONY: verify-image
verify-image: ## Build the image without Docker, and see it work as an ordinary user on a read-only root
	@deploy/verify/image.sh

# PACKAGES="./cmd/syncd ./internal/db/..." takes other tests.
.PHONY: test-docker
test-docker: ## Run the tests of the database against a Postgres in a container, through podman
	@deploy/verify/testcontainers.sh

.PHONY: check-compose
check-compose: ## Load the Compose files as Docker Compose does, and check what they say
	@$(GO) test -C deploy/compose/check -count=1 .

# The chart and the plain manifests, see deploy/. Go renders them with helm's and kustomize's own libraries, in a module of its own.
DEPLOY_TEST := deploy/helm/test

.PHONY: check-deploy
check-deploy: ## Lint and render the chart and the kustomizations in every way, and decode all of it strictly
	@$(GO) test -C $(DEPLOY_TEST) -count=1 ./... # the chart is outside of the module, so that no result may be remembered

.PHONY: manifests
manifests: ## Write the table of the chart's values and the PrometheusRule of the kustomization
	@$(GO) test -C $(DEPLOY_TEST) -run 'TestReadme|TestRule' -count=1 . -update

# A real API server, with etcd from the machine: apt-get install etcd-server. kubectl is that of the machine, or is built, too.
KUBERNETES = $(shell $(GO) list -C deploy/apiserver -m -f '{{.Version}}' k8s.io/kubernetes)
OPERATOR   = $(shell $(GO) list -C $(DEPLOY_TEST) -m -f '{{.Version}}' github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring)
KUBECTL   ?= $(or $(shell command -v kubectl),$(BIN)/kubectl)
.PHONY: verify-deploy
verify-deploy: $(BIN)/kube-apiserver $(KUBECTL) ## Ask a real kube-apiserver whether it takes every way of installing; minutes to build at first
	@command -v etcd >/dev/null || { echo 'etcd is missing: apt-get install etcd-server'; exit 1; }
	@crds=$$($(GO) mod download -json github.com/prometheus-operator/prometheus-operator@$(OPERATOR) | sed -n 's/.*"Dir": "\(.*\)".*/\1/p'); \
	$(GO) build -C $(DEPLOY_TEST) -o $(CURDIR)/$(BIN)/verify-deploy ./verify && \
	$(BIN)/verify-deploy -apiserver $(BIN)/kube-apiserver -kubectl $(KUBECTL) -crds "$$crds/example/prometheus-operator-crd"

$(BIN)/kube-apiserver $(BIN)/kubectl: deploy/apiserver/go.mod
	@$(GO) build -C deploy/apiserver -o $(CURDIR)/$@ \
		-ldflags '-s -w -X k8s.io/component-base/version.gitVersion=$(KUBERNETES)' k8s.io/kubernetes/cmd/$(notdir $@)
	@touch $@

.PHONY: build
build: ## Build bin/syncd
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/syncd ./cmd/syncd

# The same commit and the same Go give the same programs, byte for byte. The bills of materials have the hashes of the tool that wrote them, too, which
# is another one on another machine.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
.PHONY: release
release: $(BIN)/cyclonedx-gomod ## Build dist/: static programs for Linux and macOS, their bills of materials and checksums
	@rm -rf dist && mkdir dist
	@for platform in $(PLATFORMS); do \
		program=dist/syncd-$(or $(RELEASE),devel)-$$(echo $$platform | tr / -); \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $$program ./cmd/syncd && \
		$(BIN)/cyclonedx-gomod bin -json -std -noserial -notimestamp -version '$(or $(RELEASE),devel)' -output $$program.cdx.json $$program || exit 1; \
	done
	@cp README.md CHANGELOG.md $(wildcard LICENSE*) dist
	@cd dist && if command -v sha256sum >/dev/null; then sha256sum *; else shasum -a 256 *; fi >../$(BIN)/SHA256SUMS && mv ../$(BIN)/SHA256SUMS .
	@ls -l dist

.PHONY: lint
lint: $(BIN)/golangci-lint ## Check style, boundaries and go.mod
	@$(BIN)/golangci-lint run ./...
	@cd $(DEPLOY_TEST) && $(CURDIR)/$(BIN)/golangci-lint run ./...
	@for module in . $(DEPLOY_TEST) deploy/apiserver; do $(GO) mod tidy -C $$module -diff || exit 1; done

.PHONY: fmt
fmt: $(BIN)/golangci-lint ## Format the code
	@$(BIN)/golangci-lint fmt ./...

.PHONY: fuzz
fuzz: ## Fuzz every parser of foreign bytes for FUZZTIME each (default 20s)
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(FUZZTIME),20s) $$package || exit 1; \
		done; \
	done

.PHONY: docs
docs: ## Write docs/schema.md, docs/metrics.md and the results in docs/cookbook.md
	@$(GO) test ./docs ./cmd/demo ./cmd/syncd -run 'TestSchema_page_is|TestMetrics_page_is|TestCookbook_has' -count=1 -update

# A mirror of 100,000 users takes about half an hour to make and 10 GB in /tmp. MIRROR=postgres://... asks a mirror that is there.
USERS    ?= 100000
VERSIONS ?= 12
.PHONY: bench-queries
bench-queries: ## Time the cookbook on a mirror of USERS users and write docs/cookbook-speed.md
	@$(GO) test ./docs/speed -run '^$$' -bench Cookbook -benchtime 1x -timeout 3h \
		-users $(USERS) -versions $(VERSIONS) -mirror '$(MIRROR)' -page ../cookbook-speed.md

# SCENARIO=budget,first takes some scenarios, QUICK=1 a small run of some minutes; only a whole run writes docs/performance.md, and only one in
# which no scenario failed. A whole run fails when a figure is not as it should be.
BENCH_PAGE = $(if $(SCENARIO)$(QUICK),$(BIN)/bench/performance.md,docs/performance.md)
.PHONY: bench
bench: build ## Measure syncd against its budget, bare loops and limits, and write docs/performance.md
	@mkdir -p $(dir $(BENCH_PAGE))
	@$(GO) build -o $(BIN)/bench/bench ./bench
	@$(BIN)/bench/bench -syncd $(BIN)/syncd -page $(BENCH_PAGE) $(if $(SCENARIO),-scenario $(SCENARIO)) $(if $(QUICK),-quick)

# The account and its HTTP server run in the same process: -ignore leaves out what has a frame of them. The collector's share is of both.
ACCOUNT = zoomtest|net/http\.\(\*conn\)\.serve
.PHONY: profile
profile: ## Show where a pass spends processor time and memory
	@mkdir -p $(BIN)/profile
	@for pass in first unchanged; do \
		$(GO) test ./cmd/syncd -run '^$$' -bench "Sync/$$pass" -benchtime 5x -o $(BIN)/profile/syncd.test \
			-cpuprofile $(BIN)/profile/$$pass.cpu -memprofile $(BIN)/profile/$$pass.mem || exit 1; \
		$(GO) tool pprof -top -cum -nodecount 40 -ignore '$(ACCOUNT)' $(BIN)/profile/syncd.test $(BIN)/profile/$$pass.cpu; \
		$(GO) tool pprof -top -nodecount 20 -ignore '$(ACCOUNT)' -sample_index alloc_space $(BIN)/profile/syncd.test $(BIN)/profile/$$pass.mem; \
	done

.PHONY: clean
clean: ## Remove what was built
	@rm -rf $(BIN) dist

$(BIN)/golangci-lint: Makefile
	@GOBIN=$(CURDIR)/$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	@touch $@

$(BIN)/gotestsum: Makefile
	@GOBIN=$(CURDIR)/$(BIN) $(GO) install gotest.tools/gotestsum@$(GOTESTSUM)
	@touch $@

$(BIN)/cyclonedx-gomod: Makefile
	@GOBIN=$(CURDIR)/$(BIN) $(GO) install -trimpath github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX)
	@touch $@
