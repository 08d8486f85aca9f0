# Every target first sets up what it needs (tools/setup; nothing the second time) and works in the sandbox.
STACK ?= sandbox-aws
Q ?= How soon must a lost laptop be reported?
# Whose user asks: a tenant's display name or id; empty for the stack's first.
TENANT ?=
# Which levels the policy pack's rules have: those of policy/config/ENVIRONMENT.json.
ENVIRONMENT ?= dev
# Worker processes of the test suite.
WORKERS ?= auto

PYTHON := .venv/bin/python
PULUMI := tools/pulumi
BENCHMARKS = $(patsubst bench/%.py,bench.%,$(sort $(wildcard bench/*.py)))
STACKS = $(patsubst Pulumi.%.yaml,%,$(wildcard Pulumi.*.yaml))
# As it was written: a dollar sign in a question is not make's.
export QUESTION = $(value Q)

.DEFAULT_GOAL := help
.PHONY: help setup stack-config up down ask token user test check policy bench lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "STACK=NAME chooses the stack ($(STACKS)); TENANT=NAME who asks (its first tenant)."

setup: ## set up Python, the engine and its plugins in this checkout
	@tools/setup --quiet

# Without its config, a misspelt name would deploy a stack of defaults.
stack-config:
	@test -f 'Pulumi.$(STACK).yaml' || { echo "error: STACK is '$(STACK)', and there is no Pulumi.$(STACK).yaml." \
		"Choose one of: $(STACKS). For a new stack, copy the file of one of them." >&2; exit 1; }

up: stack-config setup ## deploy the stack in the sandbox and ask it one question
	$(PULUMI) stack select --create $(STACK)
	$(PULUMI) up --yes --stack $(STACK) --policy-pack policy --policy-pack-config policy/config/$(ENVIRONMENT).json
	$(PYTHON) -m tools.ask --stack $(STACK) --tenant '$(TENANT)' --endpoints-anyway

down: setup ## destroy the stack; with the last one, the sandbox and all its state
	tools/down $(STACK)

ask: setup ## ask the deployed stack: make ask Q='...'
	@$(PYTHON) -m tools.ask --stack $(STACK) --tenant '$(TENANT)' "$${QUESTION}"

token: setup ## print a user's bearer token, for curl and other clients
	@$(PYTHON) -m tools.token --stack $(STACK) --tenant '$(TENANT)'

user: setup ## print a user's email and a new password, to sign in with on the chat page
	@$(PYTHON) -m tools.user --stack $(STACK) --tenant '$(TENANT)'

test: setup ## run the test suite
	$(PYTHON) -m pytest -n $(WORKERS)

check: setup ## check format, lint, types, and that the lock file fits pyproject.toml
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/basedpyright
	$(PYTHON) -m tools.check_lock

policy: stack-config setup ## judge the stack's preview by the policy pack, and check that it loses no data
	$(PULUMI) stack select --create $(STACK)
	@$(PYTHON) -m tools.policy_report --stack $(STACK) --environment $(ENVIRONMENT)

bench: setup ## run the benchmarks, one JSON line each
	@set -e; for benchmark in $(BENCHMARKS); do $(PYTHON) -m $$benchmark; done

lock: setup ## bring requirements.lock up to date with pyproject.toml (UPGRADE=1: to the newest versions)
	@# The SDK has to be of the engine's version.
	@$(PYTHON) -c 'from tools.toolchain.engine import VERSION; print("pulumi==" + VERSION)' > .tools/constraints.txt
	.venv/bin/uv pip compile pyproject.toml --constraints .tools/constraints.txt --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet $(if $(UPGRADE),--upgrade) --output-file requirements.lock
