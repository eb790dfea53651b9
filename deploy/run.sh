#!/usr/bin/env bash
# `make run`: start the embedded metering endpoint on loopback and the service. Both end together.
# `make batches`: the same with the word `batches`, and a producer of sample files, which ends with them.
# `make streams`: the same with the word `streams` and a folder, in which the producer appends events to a file. First
# the sample is replayed, and a model is trained on it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 key=$2 meter_port=$3
shift 3
service=
if [[ ${1:-} == batches ]]; then
  service=$1
  shift
elif [[ ${1:-} == streams ]]; then
  service=$1 folder=$2
  shift 2
fi
# Check both ports first, so that the error can name the variable of make.
"$python" - "$meter_port" "$@" <<'PYTHON'
import sys

from anomaly_container.process.port import ListenError, try_to_bind

arguments = dict(word.split("=", 1) for word in sys.argv[2:])
addresses = {"PORT": (arguments["Host"], arguments["Port"]), "METER_PORT": ("127.0.0.1", sys.argv[1])}
for variable, (host, port) in addresses.items():
    try:
        try_to_bind(host, int(port))
    except ListenError as error:
        sys.exit(f"{error} With make: {variable}=<number>.")
    except (ValueError, OverflowError):
        sys.exit(f"{variable} must be a number from 1 to 65535.")
PYTHON
if [[ $service == streams ]]; then
  # The times of the events begin anew, so that the state of an earlier run would call them late.
  rm -rf "$folder"
  mkdir -p "$folder"
  # The code is 2: something was found.
  "$python" entrypoint.py streams replay sample --page "$folder/report.html" || (($? == 2))
  "$python" entrypoint.py streams train sample Model="$folder/sample.model"
  touch "$folder/events.jsonl"
  set -- "$@" Streams:Source="$folder/events.jsonl" Streams:Model="$folder/sample.model" Streams:StateDirectory="$folder/state"
fi
"$python" -m anomaly_container meter Port="$meter_port" Keys="$key" Directory=.metering &
meter=$!
producer=
trap 'for process in $producer "$meter"; do kill "$process" 2>/dev/null || true; wait "$process" 2>/dev/null || true; done' EXIT
# The first heartbeat is sent at start, the next one minutes later: wait until the endpoint listens.
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
# Ctrl+C reaches the server directly; forward a signal to this script.
"$python" entrypoint.py ${service:+"$service"} Eula=accept Billing="http://127.0.0.1:$meter_port/" ApiKey="$key" "$@" &
server=$!
if [[ $service == batches ]]; then
  "$python" entrypoint.py batches produce --every 5 "$@" &
  producer=$!
elif [[ $service == streams ]]; then
  "$python" entrypoint.py streams produce "$folder/events.jsonl" &
  producer=$!
fi
trap 'kill -TERM "$server" 2>/dev/null || true' INT TERM
code=0
wait "$server" || code=$?
wait "$server" 2>/dev/null || code=$?
exit "$code"
