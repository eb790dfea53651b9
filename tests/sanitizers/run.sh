#!/usr/bin/env bash
# The tests of the compiled kernels under the address and undefined-behaviour sanitizers: `tests/sanitizers/run.sh PYTHON`.
set -euo pipefail
python=$(realpath -s "${1:?the Python that has the development packages}")
root=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$root"/{anomaly_container,config,tests,openapi.yaml,pyproject.toml} "$copy"
cd "$copy"
include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
build() {
  gcc -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -shared -fPIC \
    -std=c11 -ffp-contract=off -Wall -Wextra -Werror -Wno-psabi -I"$include" "${@:3}" "$1"/*.c -o "$1/$2" -lm
}
for kernels in anomaly_container/detection/*/_kernels; do
  rm -f "$kernels"/*.so
  build "$kernels" _compiled.abi3.so
  if [ "$(uname -m)" = x86_64 ]; then build "$kernels" _compiled_wide.abi3.so -mavx2 -mfma; fi
done
# Python's own allocator would hide what lies beyond a small object.
PYTHONMALLOC=malloc LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)" ASAN_OPTIONS=detect_leaks=0 \
  "$python" -m pytest -q -p no:cacheprovider -p no:xdist \
  tests/unit/detection/univariate/test_kernels.py tests/unit/detection/batches tests/unit/detection/forest
