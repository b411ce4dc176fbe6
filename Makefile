# The project's commands. Each sets up what it needs: uv, Python 3.13 and the locked tools.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

export SAM_CLI_TELEMETRY := 0
export UV_COMPILE_BYTECODE := 1
ARGS ?=
ENV ?= default
# Empty: ask nothing and use samconfig.toml.
GUIDED ?= --guided
SECONDS ?= 300

uv := scripts/uv
bin := .venv/bin
dev := .venv/.ready
sam := .venv-sam/.ready
# `sam build` needs python3.13 and its pip on PATH: both are in the SAM CLI's own environment.
with_sam := PATH="$(CURDIR)/.venv-sam/bin:$$PATH" sam

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(dev) $(sam) ## Play a week of a shared account on the local AWS
	$(bin)/python -m local demo $(ARGS)

.PHONY: test
test: $(dev) $(sam) browser ## Run all tests (ARGS="-k naming" for some)
	$(bin)/pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder $(ARGS)

.PHONY: real
real: $(dev) $(sam) browser ## Run the slow tests; watch real Jupyter servers and SDKs of every version
	rm -rf build/real
	COSTGUARD_REAL=1 $(bin)/pytest --numprocesses=auto --dist=loadgroup $(ARGS)
	$(bin)/python -m tests.real.evidence
	$(bin)/python -m tests.real.clients.page

.PHONY: soak
soak: $(dev) ## Simulate a random account with faults (SECONDS=300, SEED=, DAYS=)
	PYTHONHASHSEED=0 $(bin)/python -m tests.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(if $(DAYS),--days $(DAYS))

.PHONY: local
local: $(dev) $(sam) ## Run the local AWS with the stack deployed, until Ctrl-C
	$(bin)/python -m local up $(ARGS)

.PHONY: check
check: lint build ## Run what CI runs: format, lint, types, templates, build, tests
	$(MAKE) test ARGS=--cov

.PHONY: lint
lint: $(dev) $(sam) ## Check the lock file, format, style, types, templates and dependencies
	$(uv) lock --check --quiet
	$(bin)/ruff format --check
	$(bin)/ruff check
	$(bin)/mypy
	PYTHONPATH=layers/core:cli:. $(bin)/lint-imports --no-cache
	$(bin)/cfn-lint template.yaml spoke.yaml
	$(with_sam) validate --lint
	$(uv) run --quiet --frozen --script scripts/template-security
	scripts/audit

.PHONY: build
build: $(sam) ## Build the functions and layers for deployment
	$(with_sam) build

.PHONY: browser
browser: # the report page is tested in a real one
	@scripts/browser

.PHONY: deploy
deploy: build ## Deploy to your AWS account; asks for each parameter (ENV=dev, prod)
	$(with_sam) deploy --config-env $(ENV) $(GUIDED) $(ARGS)

.PHONY: bench
bench: $(dev) $(sam) ## Measure beside Cloud Custodian (ARGS="--against REV": beside an older build)
	$(bin)/python -m benchmarks $(ARGS)

.PHONY: fmt
fmt: $(dev) ## Format the code and fix what can be fixed
	$(bin)/ruff format
	$(bin)/ruff check --fix

.PHONY: golden
golden: $(dev) $(sam) ## Rewrite the golden files, to be reviewed like code
	$(bin)/pytest --golden $(ARGS)

.PHONY: heartbeat
heartbeat: ## Write lifecycle/ into template.yaml
	scripts/heartbeat

.PHONY: layer
layer: $(dev) ## Write the requirements of the core layer, from uv.lock
	$(bin)/python scripts/layer

.PHONY: template
template: $(dev) ## Write the grants and event patterns of the kinds into the templates
	$(bin)/python scripts/template

.PHONY: docs
docs: $(dev) ## Write the parts of the documents that come from the code
	$(bin)/python -m docs.make

.PHONY: newest
newest: $(dev) ## Say what the newest botocore, SDKs and Jupyter change for us (ARGS="pin": take them as known)
	PYTHONPATH=layers/core $(bin)/python -m upstream $(ARGS)

.PHONY: pictures
pictures: demo browser ## Play the demo and take the pictures for the README
	$(bin)/python -m docs.make.pictures

.PHONY: clean
clean: ## Remove what was built, and the environments
	rm -rf .aws-sam build .venv .venv-sam .tools .coverage .hypothesis .*_cache

$(dev): pyproject.toml uv.lock .python-version
	$(uv) sync --frozen --quiet
	@touch $@

$(sam): pyproject.toml uv.lock .python-version
	UV_PROJECT_ENVIRONMENT=.venv-sam $(uv) sync --frozen --quiet --only-group sam
	@touch $@
