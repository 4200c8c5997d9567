# Every target prepares what it needs. `make run` is all that a fresh machine with Python 3.11+ needs.

PORT ?= 3000
ENV  ?= production
DOCUMENTS ?= 100000
PY   := .venv/bin/python
APP  := $(PY) -m clientportal
DEV  := CLIENTPORTAL_ENV=development CLIENTPORTAL_DEMO=1 CLIENTPORTAL_PORT=$(PORT)

.PHONY: help run own install build test check bench shots services format clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: install ## environment, database, demo, front end; serves http://localhost:3000 (PORT=…)
	@$(DEV) $(APP) migrate
	@$(DEV) $(APP) demo
	@$(PY) scripts/build.py --env development
	@exec env $(DEV) $(APP) serve

own: install ## as run, without the demo: begins with your own company, in data/own
	@$(DEV) CLIENTPORTAL_DATA_DIR=data/own $(APP) migrate
	@$(PY) scripts/build.py --env development
	@exec env $(DEV) CLIENTPORTAL_DATA_DIR=data/own $(APP) serve

install: .venv/.runtime ## prepares .venv

build: install ## builds the front end (ENV=production|development)
	@$(PY) scripts/build.py --env $(ENV)

test: .venv/.development services ## everything that can be tested
	@scripts/chromium
	@$(PY) scripts/build.py --env development
	@$(PY) scripts/build.py --env production
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/.development ## format, lint, types, layers, migrations
	@echo "  format"; .venv/bin/ruff format --check --quiet .
	@echo "  lint"; .venv/bin/ruff check --quiet .
	@echo "  types"; .venv/bin/pyrefly check --output-format min-text --summary=none
	@echo "  layers"; .venv/bin/lint-imports --no-cache > .venv/layers.log || { cat .venv/layers.log; exit 1; }
	@echo "  migrations"; $(PY) scripts/check_migrations.py

format: .venv/.development ## writes the format and the simple fixes
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format --quiet .

bench: .venv/.development services ## measures the budgets, see docs/benchmarks.md (DOCUMENTS=100000)
	@$(PY) scripts/build.py --env production
	@$(PY) scripts/bench.py --documents $(DOCUMENTS) $(ARGS)

shots: .venv/.development ## pictures of every page, in every size, language and theme
	@scripts/chromium
	@$(PY) scripts/build.py --env development
	@$(PY) scripts/shots.py $(ARGS)

services: .venv/.runtime ## throw-away PostgreSQL and Redis for tests, unless TEST_POSTGRES_URL and TEST_REDIS_URL are set
	@$(PY) scripts/services.py start

clean: ## removes what was made here, the demo's data included
	@test ! -x $(PY) || $(PY) scripts/services.py stop
	@rm -rf .venv .web .services build data shots bench

.venv/bin/python:
	@echo "  environment: .venv"
	@for candidate in python3.13 python3.12 python3.11 python3 python; do \
	  if command -v $$candidate >/dev/null 2>&1 && $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec $$candidate -m venv .venv; \
	  fi; \
	done; echo "clientportal needs Python 3.11 or newer (with venv) on the PATH." >&2; exit 1

.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "  packages: what the product needs"
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt .venv/.runtime
	@echo "  packages: tests and checks"
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@
