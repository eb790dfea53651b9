#!/usr/bin/env bash
# Compares our STL with R's own; installs Debian's r-base-core where Rscript is missing.
set -euo pipefail
python=${1:-python3}
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v Rscript >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends r-base-core
fi
exec "$python" "$here/compare_stl.py"
