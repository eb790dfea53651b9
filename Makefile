# Every target installs its requirements. Start with `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
KERNELS := setup.py $(wildcard anomaly_container/detection/*/_kernels/*.[ch] anomaly_container/detection/numeric/*.h)
HOST ?= 0.0.0.0
PORT ?= 5000
WORKERS ?= 1
METER_PORT ?= 5001
APIKEY ?= local
PYTEST_WORKERS ?= auto
CHAOS_SECONDS ?= 1800
SERVICES := batches streams
DEAREST_SECONDS ?= 300
SCIKIT_LEARN := 1.9.1
PYARROW := 26.0.1

.PHONY: install install-dev run batches streams streams-kafka test test-services soak-batches soak-streams store-server lint format bench bench-batches bench-streams dearest chaos compare oracle-test parquet-test quality-batches sanitizer-test fuzz image-test recipes-test screenshot manifests audit docs lock clean

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

# Files of sample sensors every 5 seconds, and the service that scores them; the page is http://localhost:8000/.
batches: PORT := $(if $(filter file,$(origin PORT)),8000,$(PORT))
batches: install
	deploy/run.sh $(BIN)/python $(APIKEY) $(METER_PORT) batches Host=$(HOST) Port=$(PORT) Workers=$(WORKERS) "Url=file://$(CURDIR)/build/batches"

# The sample replayed, and then the service on a file that a producer appends to; the page is http://localhost:8080/.
streams: PORT := $(if $(filter file,$(origin PORT)),8080,$(PORT))
streams: install
	deploy/run.sh $(BIN)/python $(APIKEY) $(METER_PORT) streams "$(CURDIR)/build/streams" Host=$(HOST) Port=$(PORT) Workers=$(WORKERS)

# Apache Kafka (without Java: Tansu), a producer of sample events, and two members: http://localhost:8080/ and :8081.
streams-kafka: install-dev
	PYTHONPATH=. $(BIN)/python -m tests.system.streams.demonstration 8080 8081

test: install-dev
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(SERVICES:%=--ignore tests/system/%) tests

# Real processes, stores and kills, in the short form: of all services that have such tests, or of SERVICE=batches.
test-services: install-dev
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) -rs $(or $(SERVICE:%=tests/system/%),$(SERVICES:%=tests/system/%))

# The same tests in the full form, one after the other, and hostile files and messages: about an hour.
soak-batches: install-dev
	SCALE=full $(BIN)/python -m pytest -p no:xdist -rs --timeout 3600 tests/system/batches \
	  tests/unit/services/batches/test_hostile_tables.py tests/unit/services/batches/test_hostile_messages.py

# A real server of S3 for the tests of batches, which skip it elsewhere; needs Go.
store-server:
	GOBIN=$(CURDIR)/build/bin go install github.com/versity/versitygw/cmd/versitygw@v1.8.0

soak-streams: install-dev
	SCALE=full $(BIN)/python -m pytest -p no:xdist -rs --timeout 3600 tests/system/streams tests/unit/services/streams/test_keys.py tests/unit/services/streams/test_model_file.py

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
	$(MAKE) bench-streams

# What batches cost beside the rules of the original pipeline; writes docs/performance-batches.md.
bench-batches: install-dev
	PYTHONPATH=. OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.batches.bench

# What the random cut forest costs beside krcf, rrcf and AWS's own, which needs Java and Maven, and what an event costs.
bench-streams: install-dev
	PYTHONPATH=. OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.streams.bench

# Search for the most expensive request of each size, and compare its cost with its bytes.
dearest: install-dev
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/bench/dearest.py --seconds $(DEAREST_SECONDS)

chaos: install-dev
	CHAOS_SECONDS=$(CHAOS_SECONDS) $(BIN)/python tests/chaos/chaos.py

compare: install-dev build/oracle-venv/.installed
	$(BIN)/python tests/bench/compare.py
	$(BIN)/python tests/bench/compare_stl.py
	build/oracle-venv/bin/python tests/bench/compare_isolation.py

# The same numpy as ours: powers differ in the last bit from one to the next.
build/oracle-venv/.installed: requirements-dev.lock | install-dev
	$(BIN)/python -m venv --clear build/oracle-venv
	build/oracle-venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==$(SCIKIT_LEARN) \
	  "numpy==$$($(BIN)/python -c 'import numpy; print(numpy.__version__)')"
	touch $@

oracle-test: install-dev build/oracle-venv/.installed
	$(BIN)/python -m tests.oracle.isolation build/oracle-venv/bin/python
	$(BIN)/python -m tests.oracle.random_cut
	tests/oracle/run.sh $(BIN)/python

# A folder of its own beside the packages of the tests: pyarrow has 170 MB, and nothing else needs it.
build/pyarrow/.installed: Makefile | install-dev
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target build/pyarrow pyarrow==$(PYARROW)
	touch $@

# Parquet tables of batches, which need the extra `parquet`; elsewhere their tests are skipped.
parquet-test: install-dev build/pyarrow/.installed
	PYTHONPATH=build/pyarrow $(BIN)/python -m pytest tests/unit/services/batches/test_parquet_table.py

# Print false alarms and misses of batches on sensors with known anomalies and on labelled sets, which lie in
# ../shared/datasets; fails if a figure is worse than required.
quality-batches: install-dev
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.quality.sensors
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.quality.batches

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
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --quiet pyproject.toml --extra aws --extra batches --extra kafka --extra telemetry --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --group build --output-file requirements-build.lock
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header --quiet pyproject.toml --group dev --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
