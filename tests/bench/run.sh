#!/usr/bin/env bash
# Measures the server; installs wrk where it is missing, and goes on without where that is not possible.
set -euo pipefail
python=${1:-python3}
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v wrk >/dev/null && command -v apt-get >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk; } >&2 ||
    echo "wrk could not be installed; a client of our own sends the load" >&2
fi
exec "$python" "$here/bench.py"
