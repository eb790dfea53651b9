#!/usr/bin/env bash
# `make run`: the embedded metering endpoint on loopback, and the service beside it. Both end together.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 key=$2 meter_port=$3
shift 3
# Both ports before anything begins, so that the sentence can name what make calls them.
"$python" - "$meter_port" "$@" <<'PYTHON'
import sys

from anomaly_container.listener import ListenError, try_to_bind

words = dict(word.split("=", 1) for word in sys.argv[2:])
places = {"PORT": (words["Host"], words["Port"]), "METER_PORT": ("127.0.0.1", sys.argv[1])}
for variable, (host, port) in places.items():
    try:
        try_to_bind(host, int(port))
    except ListenError as error:
        sys.exit(f"{error} With make: {variable}=<number>.")
    except (ValueError, OverflowError):
        sys.exit(f"{variable} must be a number from 1 to 65535.")
PYTHON
"$python" -m anomaly_container meter Port="$meter_port" Keys="$key" Directory=.metering &
meter=$!
trap 'kill "$meter" 2>/dev/null || true; wait "$meter" 2>/dev/null || true' EXIT
# The first heartbeat comes at start, the next after minutes: the endpoint has to listen first.
"$python" - "$meter" "$meter_port" <<'PYTHON'
import os, socket, sys, time

meter, port = int(sys.argv[1]), int(sys.argv[2])
for _ in range(300):
    os.kill(meter, 0)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit()
    time.sleep(0.1)
sys.exit("the metering endpoint does not listen")
PYTHON
# Ctrl+C reaches the server itself; a signal to this script is passed on to it.
"$python" entrypoint.py Eula=accept Billing="http://127.0.0.1:$meter_port/" ApiKey="$key" "$@" &
server=$!
trap 'kill -TERM "$server" 2>/dev/null || true' INT TERM
code=0
wait "$server" || code=$?
wait "$server" 2>/dev/null || code=$?
exit "$code"
