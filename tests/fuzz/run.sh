#!/usr/bin/env bash
# The fuzzer for a while on each target: `tests/fuzz/run.sh PYTHON [SECONDS]`. What it finds is in build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(realpath -s "${1:?the Python that has the development packages}")
if ! "$python" -c 'import atheris' 2>/dev/null; then
  echo "atheris is not there for this platform: the parser is not fuzzed" >&2
  exit 0
fi
for corpus in tests/fuzz/corpus/*/; do
  target=$(basename "$corpus")
  mkdir -p "build/fuzz/$target"
  "$python" tests/fuzz/fuzz.py "$target" -max_total_time="${2:-120}" -timeout=10 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/$target-" "build/fuzz/$target" "$corpus"
done
