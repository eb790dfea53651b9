# Every target installs its requirements. Start with `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
KERNELS := setup.py $(wildcard anomaly_container/detection/*/_kernels/*.[ch])
HOST ?= 0.0.0.0
PORT ?= 5000
WORKERS ?= 1
METER_PORT ?= 5001
APIKEY ?= local
PYTEST_WORKERS ?= auto
CHAOS_SECONDS ?= 1800
DEAREST_SECONDS ?= 300

.PHONY: install install-dev run test lint format bench dearest chaos compare oracle-test sanitizer-test fuzz image-test recipes-test screenshot manifests audit docs lock clean

install: $(VENV)/.run-installed
install-dev: $(VENV)/.dev-installed

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

# An editable installation, which compiles the kernels if there is a compiler.
$(VENV)/.run-installed: requirements.lock requirements-build.lock pyproject.toml $(KERNELS) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev-installed: requirements-dev.lock pyproject.toml $(KERNELS) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
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
	tests/bench/run.sh $(BIN)/python

# Search for the most expensive request of each size, and compare its cost with its bytes.
dearest: install-dev
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/bench/dearest.py --seconds $(DEAREST_SECONDS)

chaos: install-dev
	CHAOS_SECONDS=$(CHAOS_SECONDS) $(BIN)/python tests/chaos/chaos.py

compare: install-dev
	$(BIN)/python tests/bench/compare.py
	$(BIN)/python tests/bench/compare_stl.py

oracle-test: install-dev
	tests/oracle/run.sh $(BIN)/python

sanitizer-test: install-dev
	tests/sanitizers/run.sh $(BIN)/python

fuzz: install-dev
	FUZZ_FACTOR=10 $(BIN)/python -m pytest -n $(PYTEST_WORKERS) --timeout 3600 tests/fuzz
	tests/fuzz/run.sh $(BIN)/python

image-test: install-dev
	tests/image/run.sh $(BIN)/python

# Take the screenshot of the workbench for the README; needs Chromium.
screenshot: install-dev
	PYTHONPATH=. $(BIN)/python docs/screenshot.py

# Render the plain manifests from the chart; a test checks that they are up to date.
manifests: install-dev
	$(BIN)/python -m tests.deploy.rendering

# The bill of materials and the known vulnerabilities of the image; fails if they cannot be determined.
audit: install-dev
	tests/supply/run.sh $(BIN)/python

recipes-test: install-dev
	tests/recipes/run.sh $(BIN)/python

# A separate environment: the packages for the pages are not needed to run or test anything.
build/docs-venv/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv build/docs-venv
	build/docs-venv/bin/pip install --quiet --disable-pip-version-check 'pip>=25.1'
	build/docs-venv/bin/pip install --quiet --disable-pip-version-check --group docs
	touch $@

docs: install build/docs-venv/.installed
	PYTHONPATH=. $(BIN)/python docs/pictures.py
	build/docs-venv/bin/python -m sphinx --fail-on-warning --keep-going --quiet --nitpicky -d build/doctrees docs build/site

# Needs `uv`. Locks hashes for every platform, and one version of each package for every Python.
lock:
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --quiet pyproject.toml --extra telemetry --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --group build --output-file requirements-build.lock
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --quiet pyproject.toml --group dev --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
