"""What clients send stays there: no value and no time of a series is in any record, log or file."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import requests

from tests.forward_receiver import receiving, wait_until
from tests.payloads import DETECT_PATHS
from tests.system.collector import collector
from tests.system.ingestion import ingestion
from tests.system.metering import endpoint
from tests.system.server import GATE, KEY, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.metering import Endpoint

VALUE = 27182.81828459045
START = datetime(2031, 7, 13, 5, 17, 43, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECONDS = 20.0
HEADERS = dict.fromkeys(("traceparent", "x-ms-client-request-id", "User-Agent", "Cookie"), "27182.8") | {
    "Ocp-Apim-Subscription-Key": "2031-07-13"
}


def series(points: int) -> list[dict[str, object]]:
    return [
        {"timestamp": (START + index * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"), "value": VALUE + index % 7}
        for index in range(points)
    ]


def sentinels() -> Iterator[bytes]:
    """The value and the first time, in every form that software is likely to give them."""
    seconds = int(START.timestamp())
    yield from (b"27182.8", b"2.71828", b"2031-07-13", b"05:17:43", b"Jul 2031", b"13/07/2031")
    for unit in (1, 1000, 1_000_000, 1_000_000_000):
        yield str(seconds * unit).encode()
        yield struct.pack("<q", seconds * unit)
    yield from (struct.pack("<d", VALUE), struct.pack(">d", VALUE), struct.pack("<f", VALUE))


def bodies() -> Iterator[bytes]:
    for points in (12, 48, 1200):
        yield json.dumps({"series": series(points), "granularity": "hourly", "period": 0}).encode()
    broken = series(24)
    for twelfth in (
        {"timestamp": "2031-07-13T05:17:44Z", "value": VALUE},
        {"timestamp": "2031-07-13 at 05:17:43", "value": VALUE},
        {"timestamp": "2031-07-13T05:17:43Z", "value": "27182.8 or so"},
        {"timestamp": "2031-07-13T05:17:43Z", "value": [VALUE]},
        {"timestamp": "2031-07-13T05:17:43Z", "value": 27182.8e100},
    ):
        yield json.dumps({"series": [*broken[:11], twelfth, *broken[12:]], "granularity": "hourly"}).encode()
    yield json.dumps({"series": series(24), "granularity": "27182.8"}).encode()
    yield b'{"series": [{"timestamp": "2031-07-13T05:17:43Z", "value": 27182.8'


def tables() -> Iterator[bytes]:
    rows = "\n".join(f"{point['timestamp']},{point['value']}" for point in series(24))
    yield f"time,27182.8\n{rows}\n".encode()
    yield f"time,value\n{rows}\n2031-07-13T05:17:43Z,27182.8\n".encode()
    yield f"time,value\n{rows}\n2031-07-13 at 05:17:43,27182.8 or so\n".encode()


def ask_everything(server: Server) -> list[int]:
    """Ask well and badly, and break what can be broken; return the statuses of the answers."""
    statuses = [
        requests.post(f"{server.url}{path}?27182.8", data=body, headers=HEADERS, timeout=30).status_code
        for path in DETECT_PATHS[-3:]
        for body in bodies()
    ]
    # Files of the home page are read, and counted nowhere.
    for body in (*bodies(), *tables()):
        for query in ("", "?valueColumn=27182.8", "?sort=2031-07-13"):
            url = f"{server.url}/ui/series{query}"
            assert requests.post(url, data=body, headers=HEADERS, timeout=30).status_code in {200, 400}
    for octets in (
        b"POST /27182.8 HTTP/1.1\r\nHost: 2031-07-13\r\n27182.8\r\n\r\n",
        b"27182.8 2031-07-13T05:17:43Z\r\n\r\n",
        b"POST " + DETECT_PATHS[0].encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n27182.8",
    ):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(octets)
    requests.get(f"{server.url}/27182.8?2031-07-13", timeout=10)
    return statuses


def wait_for_usage(billing: Endpoint, calls: int) -> None:
    deadline = time.monotonic() + SECONDS
    while reported(billing) < calls:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def reported(billing: Endpoint) -> int:
    records = {record["id"]: record for record in map(json.loads, billing.bodies)}
    return sum(
        meter["quantity"]
        for record in records.values()
        for meter in record["meters"]
        if not meter["name"].endswith("DataPoints")
    )


def test_nothing_of_a_series_is_in_any_record_log_or_file(tmp_path: Path) -> None:
    with endpoint() as billing, receiving() as logs, ingestion() as telemetry, collector() as spans:
        words = [
            *(word for word in GATE if not word.startswith("Billing")),
            *(f"Billing={billing.url}", f"Mounts:Output={tmp_path}", "Metering:IntervalSeconds=0.3"),
            *("Logging:Disk:Format=json", "Logging:Disk:LogLevel=Debug"),
            "Logging:Console:LogLevel:Default=Debug",
            *("Fluentd:Host=127.0.0.1", f"Fluentd:Port={logs.port}", telemetry.word, spans.word),
            "Logging:Requests=json",
        ]
        with running(words, workers=2) as server:
            statuses = ask_everything(server)
            wait_until(lambda: {"200", "400", "404"} <= {span["responseCode"] for span in telemetry.spans()})
            wait_until(
                lambda: (
                    {200, 400, 404}
                    <= {span.attributes["http.response.status_code"] for span in spans.spans()}
                )
            )
            os.kill(server.worker_pids[0], signal.SIGKILL)
            wait_for_usage(billing, statuses.count(200))
            written = dict(files(tmp_path))
            out, err = server.stop(signal.SIGTERM)
    written |= files(tmp_path)
    written |= {"standard output": out.encode(), "standard error": err.encode()}
    written |= {f"request {index}": octets for index, octets in enumerate(billing.received)}
    assert logs.messages
    written["fluentd"] = bytes(logs.octets)
    disk = b"".join(octets for name, octets in written.items() if name.endswith(".jsonl"))
    assert out.encode().count(b'"requestId"') >= len(statuses)
    assert disk.count(b'"requestId"') >= len(statuses)
    assert b"requestId" in written["fluentd"]
    sent = telemetry.heads + telemetry.bodies + spans.heads + spans.bodies
    written |= {f"telemetry {index}": octets for index, octets in enumerate(sent)}
    assert set(statuses) == {200, 400}
    assert reported(billing) == statuses.count(200)
    assert {".db", ".counter"} <= {name[name.rfind(".") :] for name in written}
    found = [
        (name, sentinel) for name, octets in written.items() for sentinel in sentinels() if sentinel in octets
    ]
    assert not found
    # The key is for the endpoint alone.
    assert all(KEY.encode() in octets for octets in billing.received)
    assert not [name for name, octets in written.items() if KEY.encode() in octets and "request" not in name]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file as it is now, those of the database's log too."""
    for path in folder.rglob("*"):
        if path.is_file():
            try:
                yield str(path.relative_to(folder)), path.read_bytes()
            except FileNotFoundError:
                continue  # the server has just removed it
