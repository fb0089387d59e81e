# `make run` brings the whole thing up; `make test` runs every check that CI
# runs. What they need and do not find, they install, and say so.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
# Run by its version, so that every machine has the same findings.
GOLANGCI_LINT ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
# One temporary Postgres for all packages of a run.
WITH_POSTGRES := $(GO) run ./migrations/pgtest/withpg
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# Screenshots and logs of the checks; ignored by git, kept until `make clean`.
ARTIFACTS := $(CURDIR)/.artifacts
# What `make run` passes on: make run ARGS="--http 127.0.0.1:9000 --ephemeral"
ARGS ?=
FUZZTIME ?= 10s
# How many gifts the year of `make year` has; that of `make test` has 1500.
YEAR ?= 500000
# How many random histories `make torture` plays, and how often it tells each.
TORTURE ?= 200,20

export READERFUND_ARTIFACTS := $(ARTIFACTS)

.PHONY: year help run stripe test go tools format-check vet tidy-check lint build compile unit browser lighthouse finance-pictures office bench performance export-speed desk-speed fuzz torture fmt clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: go ## the whole stack on this machine, without a Stripe account (ARGS="…" are passed on)
	@$(GO) build -o bin/dev ./cmd/dev
	@exec bin/dev $(ARGS)

stripe: go ## Stripe's own command line against the running stack (ARGS="trigger charge.refunded")
	@$(GO) run ./cmd/dev/stripe $(ARGS)

# In turn and not side by side: each step uses every core by itself.
test: ## every check that CI runs
	@$(MAKE) --no-print-directory tools
	@$(MAKE) --no-print-directory format-check
	@$(MAKE) --no-print-directory tidy-check
	@$(MAKE) --no-print-directory compile
	@$(MAKE) --no-print-directory vet
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@echo "every check holds"

go:
	@.ci/need go

tools: go
	@.ci/need gcc
	@chrome=$$(.ci/need chromium); echo "the browser test uses $$chrome"
	@stripe=$$(.ci/need stripe); echo "the command-line test uses $$stripe"
	@nginx=$$(.ci/need nginx); echo "the test of shared caches uses $$nginx"
	@bean=$$(.ci/need beancount); echo "the test of the Beancount export uses $$bean"

format-check: ## gofmt has nothing to change
	@files=$$(gofmt -l */); \
	if [ -n "$$files" ]; then printf 'gofmt would change these; run make fmt:\n%s\n' "$$files" >&2; exit 1; fi
	@echo "gofmt: nothing to change"

tidy-check: go ## go.mod and go.sum are what the code needs
	@$(GO) mod tidy -diff || { echo "go.mod or go.sum is not tidy; run go mod tidy" >&2; exit 1; }
	@echo "go mod tidy: nothing to change"

compile: go
	$(GO) build ./...

vet: go ## go vet
	$(GO) vet ./...

lint: go ## golangci-lint with .golangci.yml
	$(GOLANGCI_LINT) run ./...

# go vet has run over all of it in the step before. Packages wait for browsers and
# Postgres a third of the time: three at once keep two processors busy.
unit: go ## every test, on real Postgres and in real Chromium, with the race detector
	@mkdir -p $(ARTIFACTS)
	@chrome=$$(.ci/need chromium); stripe=$$(.ci/need stripe); nginx=$$(.ci/need nginx); bean=$$(.ci/need beancount); \
	CHROME=$$chrome STRIPE_CLI=$$stripe NGINX=$$nginx BEAN_CHECK=$$bean $(WITH_POSTGRES) $(GO) test -race -vet=off -p 3 -timeout 20m ./... 2>&1 | tee $(ARTIFACTS)/test.log

browser: go ## only the test in the browser; its pictures are in .artifacts
	@mkdir -p $(ARTIFACTS)
	@chrome=$$(.ci/need chromium); \
	CHROME=$$chrome $(WITH_POSTGRES) $(GO) test -race -count=1 -v -timeout 8m -run '^TestBrowser' ./cmd/dev

# A whole browser's verdict on the article page takes a minute, and the programs
# that give it are large: nightly, not in `make test`.
lighthouse: go ## Lighthouse on the article page: 100 in each category, or it fails; reports in .artifacts
	@.ci/need npm
	@mkdir -p $(ARTIFACTS)
	@chrome=$$(.ci/need chromium); \
	npm --prefix .ci/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	CHROME_PATH=$$chrome $(WITH_POSTGRES) $(GO) test -tags lighthouse -count=1 -timeout 20m -run '^TestLighthouse$$' -v ./cmd/dev

finance-pictures: go ## the pictures of docs/finance.md, made anew of made-up gifts
	@chrome=$$(.ci/need chromium); \
	CHROME=$$chrome PICTURES=$(CURDIR)/docs $(WITH_POSTGRES) $(GO) test -tags pictures -count=1 -timeout 10m -run '^TestFinancePictures$$' ./cmd/dev

# Both are large: nightly, not in `make test`, which reads XLSX and Parquet back by
# libraries.
office: go ## LibreOffice opens the workbook of each report, DuckDB its Parquet, and both find the manifest's totals
	@.ci/need npm
	@soffice=$$(.ci/need office); \
	npm --prefix .ci/duckdb install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error; \
	SOFFICE=$$soffice $(WITH_POSTGRES) $(GO) test -tags office -count=1 -timeout 20m -run '^TestOffice$$' -v ./payments/report

bench: go ## benchmarks with allocations; kept in .artifacts/bench.txt
	@mkdir -p $(ARTIFACTS)
	$(WITH_POSTGRES) $(GO) test -run '^$$' -bench . -benchmem ./... 2>&1 | tee $(ARTIFACTS)/bench.txt

performance: go ## time and memory of replay, digest and rebuild on EVENTS events (1000000); run it alone
	@mkdir -p $(ARTIFACTS)
	@$(GO) build -o bin/readerfund ./cmd/readerfund
	@$(GO) build -o bin/storyfile ./cmd/storyfile
	@$(GO) test -tags performance -count=1 -timeout 60m -run '^TestPerformance$$' -v ./cmd/readerfund

export-speed: go ## time and memory of exports of GIFTS gifts (1000000), beside psql's COPY of the same rows; run it alone
	@$(GO) build -o bin/readerfund ./cmd/readerfund
	@$(GO) test -tags performance -count=1 -timeout 60m -run '^TestExportSpeed$$' -v ./payments/report

desk-speed: go ## the overview, each list and each page of the finance desk on GIFTS gifts (10000000) beside 100000; run it alone
	@$(GO) test -tags performance -count=1 -timeout 4h -run '^TestDeskSpeed$$' -v ./cmd/internal/app

# The database's work, not ours, is most of it: the race detector would only
# make it slow, and sees the same code in `make unit`.
torture: go ## TORTURE histories,shuffles (200,20[,first]) told in every way, against the stand-in's truth
	@mkdir -p $(ARTIFACTS)
	READERFUND_TORTURE=$(TORTURE) $(WITH_POSTGRES) $(GO) test -count=1 -v -timeout 60m -run '^TestAny(Story|HistoryToldInAnyWay)$$' ./payments/inbox \
		2>&1 | tee $(ARTIFACTS)/torture.log | grep --line-buffered -vE '^( *(=== |level=|--- PASS)| +[a-z_]+\.go.*level=|.*time=)'

# The stand-in's account has no limit on calls: how long Stripe's own would make this wait is told in docs/benchmarks.md.
year: go ## a year of YEAR gifts (500000) through the stand-in, and every report held against the others; log in .artifacts
	@mkdir -p $(ARTIFACTS)
	@bean=$$(.ci/need beancount); \
	YEAR=$(YEAR) BEAN_CHECK=$$bean $(WITH_POSTGRES) $(GO) test -count=1 -v -timeout 12h -run '^TestYear$$' ./cmd/readerfund 2>&1 | tee $(ARTIFACTS)/year.log

fuzz: go ## every fuzz target for FUZZTIME (10s)
	.ci/fuzz $(FUZZTIME)

build: go ## bin/readerfund, static, with its version
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/readerfund ./cmd/readerfund

fmt: go ## gofmt and goimports
	$(GOLANGCI_LINT) fmt

clean: ## remove what was built and kept, not .data
	rm -rf bin $(ARTIFACTS)
