# One command a task; every target makes .venv from the lock by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data/demo
export DAGSTER_HOME := $(CURDIR)
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: install demo ui run test slow lint format lock clean help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

install: $(VENV)/.installed ## make .venv from the lock

demo: install ## run the story on made-up traces and tell it
	$(BIN)/behavior-pipeline demo

ui: install ## open the Dagster UI on the demo's data; your own: make ui DATA=data
	$(BIN)/behavior-pipeline ui --data $(DATA)

test: install ## the tests, without the slow ones
	$(BIN)/python -m pytest -n 2 --dist loadfile

slow: install ## live Dagster, process kills and a browser
	$(BIN)/python -m pytest -m slow

lint: install ## style, types, layers, dependencies, definitions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python .ci/local_names.py
	$(BIN)/lint-imports --config importlinter.toml
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/deptry behavior_pipeline
	BEHAVIOR_PIPELINE_DATA=$$(mktemp -d) $(BIN)/dg check defs

format: install ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: install ## compile the lock anew, with hashes and without index URLs
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--no-header --no-annotate --no-strip-extras --allow-unsafe --extra dev -o requirements.lock pyproject.toml

clean: ## remove .venv and caches; data/ stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis build *.egg-info
