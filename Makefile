# The gallery, its tests and its pins. Everything that is installed lives in .venv; delete that folder to start anew.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test sweep lint format chromium bench requirements clean

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# uv's progress bars are for a person who watches; a log gets only what went wrong.
QUIET := $(shell test -t 2 || echo --quiet)
# Compiled once, when it is installed: a process that imports torch then starts in half the time, even where Python is
# told to write no bytecode.
PIP_INSTALL = UV_COMPILE_BYTECODE=1 VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(UV) pip install $(QUIET)
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--annotation-style line --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" $(UPGRADE)
# Each of four workers, on two cores as a test often waits, takes the next file when it has done one, in the order that tests/conftest.py gives them.
WORKERS ?= --numprocesses=4 --dist=loadfile --no-loadscope-reorder

export GRADIO_ANALYTICS_ENABLED := False
export HF_HUB_DISABLE_TELEMETRY := 1

help:  ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed  ## Put what the gallery needs into .venv

run: install  ## Open the gallery on port 7860 (GRADIO_SERVER_NAME and GRADIO_SERVER_PORT change where)
	@exec $(BIN)/python app.py

test: $(VENV)/.test-installed chromium lint  ## Check style and types, then run every test
	@$(BIN)/python -m pytest $(WORKERS) --durations=10 $(ARGS)

sweep: $(VENV)/.test-installed  ## Take the sweeps whole that 'make test' samples: a kill at every step, a flip of every byte
	@$(BIN)/python -m pytest --sweep -s $(ARGS)

lint: $(VENV)/.test-installed  ## Check style and types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Run 'make format'." >&2; $(BIN)/ruff format --check .; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m tests._support.scripts

format: $(VENV)/.test-installed  ## Put the source into the one format
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

# Chromium without its windows opens a page of the gallery with a third less work; any other will do.
chromium: $(VENV)/.test-installed  ## Find a Chromium for the browser tests, or install one
	@command -v chromium-headless-shell >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's chromium-headless-shell ..."; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -qq --yes chromium-headless-shell </dev/null >/dev/null && exit 0; \
	fi; \
	for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	$(BIN)/python -m playwright install --only-shell chromium

bench: $(VENV)/.test-installed  ## Measure every speed figure that is quoted
	@for program in benchmarks/[!_]*.py; do echo "== $$program"; $(BIN)/python -m "$$(echo "$${program%.py}" | tr / .)"; done

requirements: $(UV)  ## Pin again what pyproject.toml asks for (UPGRADE=--upgrade takes newer versions)
	@$(COMPILE) --output-file requirements.txt
	@$(COMPILE) --extra train --extra test --constraint requirements.txt --output-file requirements-dev.txt

clean:  ## Remove .venv, caches and test screenshots; runs/ and the zoo stay
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info tests/screenshots
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed: install it, or name it with 'make PYTHON=/path/to/python3.11'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv module is missing: on Debian, install it with 'apt-get install python3-venv'." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input uv==$(UV_VERSION)

$(VENV)/.installed: requirements.txt | $(UV)
	@echo "Installing what requirements.txt pins into $(VENV) ..."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.test-installed: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@
