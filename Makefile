# The five verbs: make setup, run, test, check, bench. Nothing needs to be configured; see .env.example for what can be.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run worker doctor test check format bench screenshots lock browser clean

PORT ?= 8600
HOST ?= 127.0.0.1
export PORT HOST

PYTHON := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null)
STAMP := .venv/.installed
DEV_STAMP := .venv/.installed-dev

help:
	@echo 'make setup        the virtual environment in .venv'
	@echo 'make run          the desk on http://$(HOST):$(PORT) (PORT and HOST change it)'
	@echo 'make test         all tests, in a browser too'
	@echo 'make check        style, types, and who may import whom'
	@echo 'make bench        speed and memory, each figure beside its target'
	@echo 'make worker       a worker of its own for the job queue'
	@echo 'make doctor       what works here and what is not configured'
	@echo 'make screenshots  the pictures of the README, of the real app'
	@echo 'make lock         requirements*.txt anew from requirements*.in'

setup: $(STAMP)

# The stamps make a warm start a matter of comparing times: nothing is resolved or installed again.
$(PYTHON):
	@deploy/make-venv

$(STAMP): requirements.txt | $(PYTHON)
	@deploy/install requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(STAMP) | $(PYTHON)
	@deploy/install requirements-dev.txt
	@touch $@

run: $(STAMP)
	@exec $(PYTHON) server.py

worker: $(STAMP)
	@exec $(PYTHON) -m core worker

doctor: $(STAMP)
	@$(PYTHON) -m core doctor

browser:
	@deploy/ensure-chromium

test: $(DEV_STAMP) browser
	@$(PYTHON) -m pytest -n 2 --dist loadgroup $(ARGS)

check: $(DEV_STAMP)
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: $(DEV_STAMP)
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: $(DEV_STAMP)
	@deploy/bench

screenshots: $(DEV_STAMP) browser
	@$(PYTHON) -m tests.browser.gallery

# Existing pins are kept unless the .in file forbids them; UPGRADE="--upgrade" renews all.
lock: $(DEV_STAMP)
	@deploy/lock $(UPGRADE)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
