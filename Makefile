# Every target may be run on a fresh machine: setup installs what is missing.

GO ?= go
export CGO_ENABLED = 1

# The rules of the house live beside the build, outside ./... .
PACKAGES = ./... ./.ci/floors
TAGS     = soak,bench
FUZZTIME ?= 2m

.DEFAULT_GOAL := help
.PHONY: help demo run test soak bench lint build setup clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## sell a voucher and a token in a simulated world, print the books, exit
	bin/vendsim demo

run: build ## the same world, but it stays up; addresses and credentials in var/demo/demo.json
	bin/vendsim demo --stay

test: setup ## run every test under the race detector, on PostgreSQL and SQLite
	$(GO) test -race -timeout 15m $(PACKAGES)

soak: setup ## the long tests, then every fuzz target for FUZZTIME (2m)
	$(GO) test -tags soak -timeout 0 -v -run Soak ./...
	GO=$(GO) .ci/fuzz $(FUZZTIME)

bench: build ## measure, each figure beside its floor in the same run
	$(GO) test -tags bench -timeout 0 -v -count 1 -run '^TestBenchTable$$' ./switch/bench

lint: setup ## check format, go vet, staticcheck, and the rules of the house
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) || exit 1; \
	[ -z "$$unformatted" ] || { echo "not as gofmt writes them:"; echo "$$unformatted"; exit 1; }
	$(GO) vet -tags $(TAGS) $(PACKAGES)
	$(GO) tool staticcheck -tags $(TAGS) $(PACKAGES)
	$(GO) run ./.ci/floors

build: setup ## build bin/vendswitch, bin/vendsim and bin/vendconform
	$(GO) build -o bin/ ./cmd/vendswitch ./cmd/vendsim ./cmd/vendconform

setup: ## install what is missing (Debian packages); does nothing when all is there
	@.ci/setup

clean: ## remove what the targets above left in this folder
	rm -rf bin var
