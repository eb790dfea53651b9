#!/usr/bin/env bash
# Runs the recipe for Spark in an environment of its own: PySpark takes some 850 MB on the disk.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$1
recipes=build/recipes
if ! command -v java >/dev/null; then
  echo "skipped: Spark needs Java 17, and there is no java" >&2
  exit 0
fi
if ! [ tests/recipes/requirements.txt -ot "$recipes/.installed" ]; then
  "$python" -m venv "$recipes"
  "$recipes/bin/pip" install --quiet --disable-pip-version-check -r tests/recipes/requirements.txt
  touch "$recipes/.installed"
fi
RECIPES_PYTHON=$PWD/$recipes/bin/python "$python" -m pytest -rA tests/recipes
