"""The trace of a caller goes on in spans, in the log and in the answer."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from typing import TYPE_CHECKING

import requests

from tests.certificates import presenting, self_signed
from tests.forward_receiver import wait_until
from tests.payloads import ENTIRE_PATH, daily_body
from tests.system.collector import Collected, Collector, collector
from tests.system.ingestion import ingestion
from tests.system.metering import endpoint
from tests.system.server import GATE, running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
SERVER_KIND = 2
ERROR_STATUS = 2
SECRET = "s3cret-of-the-collector"  # noqa: S105  # of a test


def asked(there: Collector) -> list[Collected]:
    """The spans of what a test asked for; those of the wait for readiness left out."""
    return [span for span in there.spans() if not span.name.endswith("/ready")]


def post(url: str, headers: Mapping[str, str]) -> requests.Response:
    return requests.post(f"{url}{ENTIRE_PATH}?secret=27182", data=daily_body(48), headers=headers, timeout=30)


def requests_told(out: str) -> list[dict[str, object]]:
    entries = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return [entry for entry in entries if "requestId" in entry and not str(entry["route"]).endswith("ready")]


def test_a_trace_goes_on_in_span_log_and_answer() -> None:
    with endpoint() as billing, collector() as there, ingestion() as insights:
        words = ["Eula=accept", f"Billing={billing.url}", "ApiKey=x", there.word, insights.word]
        with running([*words, "Logging:Requests=json"]) as server:
            known = post(server.url, {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": STATE})
            aside = post(server.url, {"traceparent": f"00-{TRACE}-{SPAN}-00"})
            wrong = post(server.url, {"traceparent": f"00-{TRACE.upper()}-{SPAN}-01", "tracestate": STATE})
            unknown = requests.get(f"{server.url}/27182", timeout=30)
            out, err = server.stop(signal.SIGTERM)
    spans = asked(there)
    assert [(span.name, span.kind) for span in spans] == [
        *[(f"POST {ENTIRE_PATH}", SERVER_KIND)] * 3,
        ("GET other", SERVER_KIND),
    ]
    assert [(span.trace_id, span.parent_id, span.state) for span in spans[:2]] == [
        (TRACE, SPAN, STATE),
        (TRACE, SPAN, ""),  # not sampled by its caller, and told all the same
    ]
    assert [(span.parent_id, span.state) for span in spans[2:]] == [("", "")] * 2
    assert len({span.trace_id for span in spans}) == 3
    assert len({span.span_id for span in spans}) == 4
    assert [span.attributes for span in spans] == [
        *[query_attributes(200)] * 3,
        {"http.request.method": "GET", "http.route": "other", "http.response.status_code": 404},
    ]
    assert all(0 < span.seconds < 30 for span in spans)
    # The client is told which span its request was, and so is the log.
    answers = [known, aside, wrong, unknown]
    assert [answer.headers["traceresponse"] for answer in answers] == [
        f"00-{span.trace_id}-{span.span_id}-01" for span in spans
    ]
    lines = requests_told(out)
    assert [line["requestId"] for line in lines] == [answer.headers["apim-request-id"] for answer in answers]
    assert [(line["traceId"], line["spanId"], line.get("parentSpanId", "")) for line in lines] == [
        (span.trace_id, span.span_id, span.parent_id) for span in spans
    ]
    # Both of those who collect are told the same.
    told = [envelope for envelope in insights.envelopes() if "/ready" not in json.dumps(envelope)]
    assert [
        (envelope["tags"]["ai.operation.id"], envelope["data"]["baseData"]["id"]) for envelope in told
    ] == [(span.trace_id, span.span_id) for span in spans]
    assert [envelope["tags"]["ai.operation.parentId"] for envelope in told[:2]] == [SPAN] * 2
    everything = b"".join([*there.heads, *there.bodies, *insights.heads, *insights.bodies])
    assert b"27182" not in everything
    assert "27182" not in re.sub(r'"(timestamp|requestId|traceId|spanId)":"[^"]*"', "", out)
    assert err == ""


def query_attributes(status: int) -> dict[str, str | int]:
    return {
        "http.request.method": "POST",
        "http.route": ENTIRE_PATH,
        "operation": "entire",
        "http.response.status_code": status,
    }


def test_a_collector_gets_its_headers_and_nothing_of_the_environment(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with collector(presenting(certificate)) as there:
        words = [
            *(*GATE, f"{there.word}/below/", f"OpenTelemetry:CaBundle={certificate}"),
            f"OpenTelemetry:Headers=X-Key={SECRET},Authorization=Basic%20a%2Cb",
        ]
        environ = {
            "OTEL_EXPORTER_OTLP_HEADERS": "X-Other=from-the-environment",
            "OTEL_RESOURCE_ATTRIBUTES": "where=from-the-environment",
            "OTEL_SDK_DISABLED": "true",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }
        with running([*words, "Logging:Console:LogLevel:Default=Debug"], environ, ready=False) as server:
            wait_until(there.spans)
            out, err = server.stop(signal.SIGTERM)
    assert set(there.paths) == {"/below/v1/traces"}
    head = there.heads[0].decode().lower()
    assert f"x-key: {SECRET}" in head
    assert "authorization: basic a,b" in head
    assert "from-the-environment" not in head
    [resource] = {json.dumps(resource, sort_keys=True) for resource in there.resources()}
    assert set(json.loads(resource)) == {"service.name", "service.version", "service.instance.id"}
    assert SECRET not in out + err
    assert "Basic a,b" not in out + err


def test_a_failure_of_the_server_is_an_error_in_its_span() -> None:
    with collector() as there, running([*GATE, there.word], ready=False) as server:
        server.process.send_signal(signal.SIGTERM)  # it stops, and says so before it closes
        wait_until(lambda: requests.get(f"{server.url}/readyz", timeout=30).status_code == 503)
        server.stop(signal.SIGTERM)
    [span] = [span for span in there.spans() if span.attributes["http.response.status_code"] == 503][:1]
    assert (span.status, span.attributes["error.type"]) == (ERROR_STATUS, "503")


def test_a_collector_that_refuses_is_told_of_once_without_its_key() -> None:
    with collector() as there:
        there.status = 401
        words = [*GATE, there.word, f"OpenTelemetry:Headers=X-Key={SECRET}"]
        with running([*words, "Logging:Console:LogLevel:Default=Debug"], ready=False) as server:
            wait_until(lambda: there.bodies)
            requests.get(f"{server.url}/status", timeout=30)
            wait_until(lambda: len(there.bodies) > 1)
            out, err = server.stop(signal.SIGTERM)
    assert err == "Telemetry for OpenTelemetry cannot be sent.\n"
    assert SECRET not in out


def test_a_deaf_collector_holds_up_neither_requests_nor_the_other_nor_the_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, ingestion() as insights, endpoint() as billing:
        words = ["Eula=accept", f"Billing={billing.url}", "ApiKey=x", insights.word]
        words.append(f"OpenTelemetry:Endpoint=http://127.0.0.1:{deaf.getsockname()[1]}")
        with running(words) as server:
            for _ in range(20):
                assert requests.get(f"{server.url}/livez", timeout=5).status_code == 200
            began = time.monotonic()
            server.stop(signal.SIGTERM)
            assert time.monotonic() - began < 8
    names = [span["name"] for span in insights.spans()]
    assert names.count("GET /livez") == 20


def test_without_the_libraries_the_server_says_which_to_install_and_serves(tmp_path: Path) -> None:
    folder = tmp_path / "opentelemetry"
    folder.mkdir()
    (folder / "__init__.py").touch()  # stands before the folder in which the exporter is
    words = [*GATE, "OpenTelemetry:Endpoint=http://127.0.0.1:4318"]
    with running(words, {"PYTHONPATH": str(tmp_path)}) as server:
        answer = requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(48), timeout=30)
        assert answer.status_code == 200
        assert "traceresponse" not in answer.headers
        out, err = server.stop(signal.SIGTERM)
    assert err == ""
    assert (
        "OpenTelemetry needs libraries that are not here, and is sent nothing: "
        "pip install anomaly-container[telemetry].\n"
    ) in out
