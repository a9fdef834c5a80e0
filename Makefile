# Two commands do everything: `make demo` (needs Go only) and `make test` (installs the rest by itself).

export CGO_ENABLED ?= 0
TOOL := go tool -modfile=tools/go.mod
# SQLite, its C library and its driver are watched by nobody: their races are not ours, and watching them is half of the time.
# internal/gost runs without the detector: it is arithmetic, it starts no goroutine.
OUR_RACES := -gcflags=modernc.org/...=-race=false
APT  := DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

.PHONY: demo bank build test test-go chaos e2e e2e-tls generate check-generated lint pictures bench fsync-proof clean

demo: ## the shop with a bank in the box, on loopback
	go run ./cmd/demo $(DEMO)

bank: ## the bank emulator alone
	go run ./cmd/demo -bank-only $(DEMO)

build: ## the production program
	go build -trimpath -ldflags="-s -w" -o bin/shop ./cmd/shop

test: test-go e2e ## everything

test-go: check-generated lint ## Go tests with the race detector, on SQLite and PostgreSQL; what vet finds, lint has found
	CGO_ENABLED=1 scripts/ram.sh scripts/postgres.sh go test -race $(OUR_RACES) -vet=off -short -timeout 8m $$(go list ./... | grep -v internal/chaos | grep -v internal/gost)
	scripts/ram.sh go test -timeout 5m ./internal/gost ./internal/chaos
	scripts/ram.sh go test -timeout 5m -run TestFaultMatrix ./internal/checkout

chaos: ## crashes, faults, planted bugs, virtual days: hours; CHAOS=-checkouts=1000 for less
	scripts/postgres.sh go test -count=1 -timeout 6h -v ./internal/chaos -args -all $(CHAOS)

e2e: e2e/node_modules chromium ## browser tests against the demo program
	go build -o bin/demo ./cmd/demo
	cd e2e && ../scripts/ram.sh npx playwright test

e2e-tls: export BANK_TLS = 1
e2e-tls: e2e ## all browser tests with the bank behind mutual TLS

generate: bin ## templates and the settings' documentation
	$(TOOL) templ generate -path web/templates
	go run ./scripts/docs configuration > bin/page && mv bin/page docs/configuration.md
	go run ./scripts/docs states > bin/page && mv bin/page docs/states.md
	go run ./scripts/docs metrics > bin/page && mv bin/page docs/metrics.md
	go run ./scripts/docs bank-conformance > bin/page && mv bin/page docs/bank-conformance.md

check-generated: generate
	@git diff --exit-code --stat -- web/templates docs/configuration.md docs/states.md docs/metrics.md docs/bank-conformance.md || { echo 'generated files are not in step: commit what make generate wrote'; exit 1; }

lint:
	@test -z "$$(gofmt -l cmd internal web scripts)" || { gofmt -l cmd internal web scripts; echo 'run gofmt'; exit 1; }
	$(TOOL) golangci-lint run ./...

pictures: e2e/node_modules chromium ## the documents' pictures, taken anew
	go build -o bin/demo ./cmd/demo
	cd e2e && PICTURES=1 npx playwright test pictures

bench: ## ratios measured in one run
	go run ./scripts/bench

fsync-proof: strace ## every answer leaves after its sync: read from the system calls of the production program
	go run ./scripts/fsyncproof

e2e/node_modules: e2e/package-lock.json
	cd e2e && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

.PHONY: chromium
chromium:
	@test -n "$$CHROMIUM" || command -v chromium-headless-shell >/dev/null || { test "$$(id -u)" = 0 || { echo 'chromium is missing: apt-get install chromium-headless-shell, or CHROMIUM=/path/to/another make e2e'; exit 1; }; apt-get update -qq && $(APT) chromium-headless-shell fonts-dejavu-core; }

.PHONY: strace
strace:
	@command -v strace >/dev/null || { test "$$(id -u)" = 0 || { echo 'strace is missing: apt-get install strace'; exit 1; }; apt-get update -qq && $(APT) strace; }

bin:
	@mkdir -p $@

clean:
	rm -rf bin var e2e/node_modules e2e/test-results
