# Every target sets up what it needs; the two a newcomer wants are `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 0.0.0.0
PORT ?= 5000
WORKERS ?= 1
METER_PORT ?= 5001
APIKEY ?= local
PYTEST_WORKERS ?= auto

.PHONY: install install-dev run test lint format bench oracle-test fuzz image-test lock clean

install: $(VENV)/.run-installed
install-dev: $(VENV)/.dev-installed

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: requirements.lock | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(VENV)/.dev-installed: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.run-installed

run: install
	deploy/run.sh $(BIN)/python $(APIKEY) $(METER_PORT) Host=$(HOST) Port=$(PORT) Workers=$(WORKERS)

test: install-dev
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) tests

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install-dev
	$(BIN)/python tests/bench/bench.py

oracle-test: install-dev
	tests/oracle/run.sh $(BIN)/python

fuzz: install-dev
	FUZZ_FACTOR=10 $(BIN)/python -m pytest -n $(PYTEST_WORKERS) --timeout 3600 tests/fuzz

image-test: install-dev
	tests/image/run.sh $(BIN)/python

.PHONY: recipes-test docs
recipes-test: install-dev
	tests/recipes/run.sh $(BIN)/python

# In an environment of its own: what renders pages is not needed to run or test anything.
build/docs-venv/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv build/docs-venv
	build/docs-venv/bin/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	build/docs-venv/bin/pip install --quiet --disable-pip-version-check --group docs
	touch $@

docs: install build/docs-venv/.installed
	PYTHONPATH=. $(BIN)/python docs/pictures.py
	build/docs-venv/bin/python -m sphinx --fail-on-warning --keep-going --quiet --nitpicky -d build/doctrees docs build/site

# Needs `uv`; hashes for every platform, one version of each package for every Python.
lock:
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --quiet pyproject.toml --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --quiet pyproject.toml --group dev --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
