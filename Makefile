# Everything that people and CI do with Rehearsal goes through these targets.
SWIFT    ?= swift
SCENARIO ?= Scenarios/minor-update.yaml
ARGS     ?=
FILTER   ?=
JOBS     ?= $(shell nproc)
REHEARSE := .build/release/rehearse

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help deps test-deps build build-tests release rehearsal test check unit heat smoke imports lint shellcheck fmt record
.PHONY: fuzz bench bench-checkpoints bench-deps bench-heat bench-peers bench-recorder cli-docs clean demo demo-deps

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install with apt what a build and a run need (only this and test-deps need root)
	@dev/deps

test-deps: ## install what the tests need, too
	@dev/deps --tests

build: ## debug build
	$(SWIFT) build -j $(JOBS)

release: ## release build of the rehearse command
	$(SWIFT) build -c release --product rehearse -j $(JOBS)

rehearsal: deps release ## the whole thing: images, testbed, the update, report, and the testbed taken down
	$(REHEARSE) run $(SCENARIO) $(ARGS)

demo-deps: ## install what films of a run are made with
	@dev/deps --demo

demo: demo-deps release ## a recording of the run that ended last, in every form; a rehearsal first if there is none
	@ls -d "$${XDG_STATE_HOME:-$$HOME/.local/state}"/rehearsal/runs/* > /dev/null 2>&1 || $(MAKE) rehearsal
	$(REHEARSE) demo --format html svg cast vtt mp4 gif png

test: test-deps check smoke ## everything that CI runs: check, then one real rehearsal on virtual machines

check: lint imports shellcheck unit heat ## every rule that a machine can check, then the small and medium tests

build-tests: ## debug build with the tests
	$(SWIFT) build --build-tests -j $(JOBS)

unit: build-tests ## small and medium tests, but those of the Heat driver
	$(SWIFT) test --skip-build --skip SmokeTests --skip HeatDriverTests $(if $(FILTER),--filter $(FILTER))

heat: build-tests ## the Heat driver against real Heats; by itself, because they take every processor for minutes
	$(SWIFT) test --skip-build --filter HeatDriverTests

smoke: build-tests ## one real rehearsal on virtual machines (Scenarios/smoke.yaml)
	REHEARSAL_SMOKE=1 $(SWIFT) test --skip-build --filter SmokeTests

fuzz: build-tests ## FUZZ damaged inputs (10 million) for each decoder of what guests and networks say; 10,000 sets of damaged files
	REHEARSAL_FUZZ=$(or $(FUZZ),10000000) $(SWIFT) test --skip-build --filter 'GuestFuzzTests|NetworkFuzzTests|HeatFuzzTests|MutationTests'

shellcheck: ## all shell scripts
	@dev/shellcheck

imports: ## who imports whom (docs/architecture.md)
	@dev/imports

lint: ## formatting rules of Swift; writes nothing
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

bench-deps: ## install what bench-recorder needs, too: servers, and other recorders
	@dev/deps --bench

bench-recorder: bench-deps release ## measure: the recorder against faults of known length, beside other recorders (root, 20 min)
	@dev/bench-recorder $(ARGS)

bench-peers: release ## measure: cold up by another tool against ours, emulated both (root)
	@dev/bench-peers

cli-docs: build ## write docs/cli.md from the commands' own help
	@dev/cli-docs > docs/cli.md

clean: ## remove build products (not the image cache)
	$(SWIFT) package clean
