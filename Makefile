# The door to Marquee: `make help` lists the targets; the commands live in `python -m gateway` and in scripts/.
PORT ?= 8000
AS ?= viewer
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PY := $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help setup run test check schema bench token selfcheck train lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/.ready web/dist/.ready ## Install the locked dependencies and build the web pages

.venv/.ready: requirements-dev.lock
	@PYTHON="$(PYTHON)" scripts/setup-python
	@touch $@

web/dist/.ready: web/package-lock.json web/package.json $(shell find web/src web/public web/*.html web/*.ts -type f 2>/dev/null)
	@scripts/setup-web
	@touch $@

run: setup ## Start the gateway on the embedded AWS with demo data (PORT=8000, DATA_DIR=, SCALE=)
	@$(PY) -m gateway demo --port $(PORT)

test: setup ## Run every test (T=path or -k expression narrows it)
	@scripts/setup-browser
	@$(PY) -m pytest -n 2 --dist loadfile $(T)

check: setup ## Lint, types, import contracts, schema drift, locks
	@PY=$(PY) BIN=$(BIN) scripts/check

schema: .venv/.ready ## Write schema.graphql and the generated documents from the code
	@$(PY) -m gateway schema > schema.graphql.new && mv schema.graphql.new schema.graphql
	@$(PY) -m graph.permissions_doc > docs/permissions.md.new && mv docs/permissions.md.new docs/permissions.md
	@$(PY) -m gateway.settings_doc > docs/settings.md.new && mv docs/settings.md.new docs/settings.md

bench: setup ## Measure Marquee and its peers side by side (minutes; see bench/README.md)
	@$(PY) -m bench

token: .venv/.ready ## Print an access token of the running demo (AS=viewer|kid|editor|admin|partner)
	@$(PY) -m gateway token --as $(AS)

selfcheck: setup ## Start the demo on a free port, ask it everything a newcomer would, stop it
	@$(PY) -m scripts.selfcheck

train: .venv/.ready ## Train a new model from the running demo's events
	@$(PY) -m gateway train

lock: ## Make both lock files again (needs uv)
	@scripts/lock

clean: ## Remove everything that the other targets made
	rm -rf .venv .cache web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
