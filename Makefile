# Koza: two commands are enough on a fresh machine with Python 3.11 or newer and make:  make run  and  make test.

.DEFAULT_GOAL := help
SHELL := /bin/sh
# The first Python that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell tools/python.sh)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench faults soak lock help

run: $(VENV)/.runtime ## start everything here, with demo data; Ctrl-C stops it
	@exec $(BIN)/koza run

test: $(VENV)/.development ## install what is missing, check and test everything
	@exec $(BIN)/python -m tools.test

check: $(VENV)/.development ## static checks only: lint, format, types, imports
	@exec $(BIN)/python -m tools.check

bench: $(VENV)/.development ## measure the webhooks and the way to the screen
	@exec $(BIN)/python -m bench $(ARGS)

faults: $(VENV)/.development ## kill every process in a stream of calls and count what is missing
	@exec $(BIN)/python -m tests.faults

soak: $(VENV)/.development ## two thousand random calls, two hundred walks through texts; then as faults for hours: twenty times the calls and the blows
	@KOZA_RUNS=2000 $(BIN)/python -m pytest -q -n 2 tests/edge/journeys/test_any_call.py tests/edge/hotline/test_conversations.py
	@exec $(BIN)/python -m tests.faults --events 2000 --kills 200

lock: $(VENV)/.development ## resolve the dependencies anew and write both lock files
	@exec tools/lock.sh $(BIN)/uv

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

# A stamp remembers which locks are installed; tools/install.sh does nothing when they are.
$(VENV)/.runtime: requirements.lock pyproject.toml tools/install.sh
	@tools/install.sh "$(PYTHON)" requirements.lock $@

$(VENV)/.development: requirements-dev.lock pyproject.toml tools/install.sh
	@tools/install.sh "$(PYTHON)" requirements-dev.lock $@
