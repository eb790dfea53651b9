#!/usr/bin/env bash
# `make audit`: the bill of materials of what the image holds besides Python, and what is known against it.
# Leaves build/audit/sbom.json (CycloneDX). OSV_URL names another database of the same interface.
set -euo pipefail
python=${1:?the Python that has the development packages}
cd "$(dirname "$0")/../.."
work=build/audit
# An environment of the lock alone, as the image has it: nothing of the development packages gets into the bill.
"$python" -m venv --clear --without-pip "$work/venv"
"$python" -m pip --quiet --disable-pip-version-check --python "$work/venv/bin/python" install \
  --only-binary :all: --require-hashes --requirement requirements.lock
"$python" -m tests.supply.bill "$work/venv/bin/python" "$work/sbom.json"
"$python" -m tests.supply.audit requirements.lock
