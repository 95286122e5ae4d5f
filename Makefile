# Everything that people and CI do with Rehearsal goes through these targets.
SWIFT    ?= swift
SCENARIO ?= Scenarios/minor-update.yaml
ARGS     ?=
FILTER   ?=
JOBS     ?= $(shell nproc)
REHEARSE := .build/release/rehearse

.DEFAULT_GOAL := help
.PHONY: help deps build release rehearsal test unit smoke imports lint fmt record bench bench-checkpoints bench-heat bench-peers cli-docs clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what is missing with apt (the only part that needs root)
	@dev/deps

build: ## debug build
	$(SWIFT) build -j $(JOBS)

release: ## release build of the rehearse command
	$(SWIFT) build -c release --product rehearse -j $(JOBS)

rehearsal: deps release ## the whole thing: images, testbed, the update, report, and nothing left behind
	$(REHEARSE) run $(SCENARIO) $(ARGS)

test: deps unit smoke ## small and medium tests, then one real rehearsal on real machines

unit: ## small and medium tests
	$(SWIFT) build --build-tests -j $(JOBS)
	$(SWIFT) test --skip-build --skip SmokeTests $(if $(FILTER),--filter $(FILTER))

smoke: ## one real rehearsal on real machines (Scenarios/smoke.yaml)
	$(SWIFT) build --product rehearse -j $(JOBS)
	$(SWIFT) build --build-tests -j $(JOBS)
	REHEARSAL_SMOKE=1 $(SWIFT) test --skip-build --filter SmokeTests

imports: ## who imports whom (docs/architecture.md)
	@dev/imports

lint: ## formatting rules; writes nothing
	$(SWIFT) format lint --strict -r -p Sources Tests Package.swift

fmt: ## format in place
	$(SWIFT) format -i -r -p Sources Tests Package.swift

record: ## write the goldens anew (and fail, so that nobody does it by accident in CI)
	RECORD_SNAPSHOTS=1 $(SWIFT) test --skip SmokeTests

bench: release ## measure: images, cold up, each update step, memory
	@dev/bench

bench-checkpoints: release ## measure: cold up against warm start, and what a checkpoint takes
	@dev/bench-checkpoints

bench-heat: release ## measure: what Heat takes while machines wait, and adds to each machine's update
	@dev/bench-heat $(ARGS)

bench-peers: release ## measure: cold up by another tool against ours, emulated both (root)
	@dev/bench-peers

cli-docs: build ## write docs/cli.md from the commands' own help
	@dev/cli-docs > docs/cli.md

clean: ## remove build products (not the image cache)
	$(SWIFT) package clean
