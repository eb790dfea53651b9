"""What a running server tells Fluentd and Application Insights."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import requests

from tests.certificates import presenting, self_signed
from tests.forward_receiver import receiving, wait_until
from tests.payloads import ENTIRE_PATH, daily_body
from tests.system.ingestion import KEY, ingestion
from tests.system.metering import endpoint
from tests.system.server import GATE, free_port, running

if TYPE_CHECKING:
    from pathlib import Path


def test_each_request_is_told_with_the_route_as_documented() -> None:
    with endpoint() as billing, ingestion() as there:
        words = ["Eula=accept", f"Billing={billing.url}", "ApiKey=x", there.word]
        with running(words) as server:
            answers = [
                requests.post(f"{server.url}{ENTIRE_PATH}?secret=27182", data=daily_body(48), timeout=30),
                requests.post(f"{server.url}{ENTIRE_PATH.upper()}/", data=b"27182", timeout=30),
                requests.get(f"{server.url}/27182?secret=27182", timeout=30),
            ]
            out, err = server.stop(signal.SIGTERM)
    assert [answer.status_code for answer in answers] == [200, 400, 404]
    spans = [span for span in there.spans() if "/ready" not in span["name"]]
    assert [(span["name"], span["responseCode"], span["success"]) for span in spans] == [
        (f"POST {ENTIRE_PATH}", "200", True),
        (f"POST {ENTIRE_PATH}", "400", False),
        ("GET other", "404", False),
    ]
    assert [span["properties"].get("operation") for span in spans] == ["entire", "entire", None]
    assert all(span["duration"].startswith("0.00:00:") and span["duration"] > "0.00:00:00" for span in spans)
    assert b"27182" not in b"".join(there.heads + there.bodies)
    # Nothing but requests, and no other place to send to.
    assert {envelope["data"]["baseType"] for envelope in there.envelopes()} == {"RequestData"}
    assert {envelope["iKey"] for envelope in there.envelopes()} == {KEY}
    assert KEY not in out + err
    assert err == ""


def test_telemetry_that_is_refused_is_told_once_without_the_key() -> None:
    with endpoint() as billing, ingestion() as there:
        there.status = 400
        words = ["Eula=accept", f"Billing={billing.url}", "ApiKey=x", there.word]
        words.append("Logging:Console:LogLevel:Default=Debug")
        with running(words) as server:
            wait_until(lambda: there.bodies)
            requests.get(f"{server.url}/status", timeout=30)
            wait_until(lambda: len(there.bodies) > 1)
            out, err = server.stop(signal.SIGTERM)
    assert err == "Telemetry for ApplicationInsights cannot be sent.\n"
    assert KEY not in out


def test_without_the_libraries_the_server_says_which_to_install_and_serves(tmp_path: Path) -> None:
    """A command line written for the Azure container starts, wherever the program comes from."""
    (tmp_path / "azure").mkdir()
    (tmp_path / "azure" / "__init__.py").touch()  # stands before the folder in which the exporter is
    (tmp_path / "output").mkdir()
    words = [*GATE, f"Mounts:Output={tmp_path / 'output'}", f"ApplicationInsights:InstrumentationKey={KEY}"]
    with running(words, {"PYTHONPATH": str(tmp_path)}) as server:
        assert requests.post(f"{server.url}{ENTIRE_PATH}", data=daily_body(48), timeout=30).status_code == 200
        out, err = server.stop(signal.SIGTERM)
    assert err == ""
    [warning] = [line for line in out.splitlines() if "telemetry" in line]
    assert warning == (
        "ApplicationInsights needs libraries that are not here, and is sent nothing: "
        "pip install anomaly-container[telemetry]."
    )
    assert KEY not in out


def test_the_log_of_every_process_reaches_fluentd_encrypted(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with receiving(tls=presenting(certificate)) as there:
        words = [
            *(*GATE, f"Mounts:Output={tmp_path}", "Metering:IntervalSeconds=0.2"),
            *("Fluentd:Host=127.0.0.1", f"Fluentd:Port={there.port}", "Fluentd:UseTLS=true"),
            f"Fluentd:CaBundle={certificate}",
        ]
        words[1] = f"Billing=http://127.0.0.1:{free_port()}/"  # nobody there: a worker says so
        with running(words, ready=False) as server:
            pids = {server.process.pid, *server.worker_pids}
            wait_until(lambda: {entry["process"] for entry in there.entries} == pids)
            _, err = server.stop(signal.SIGTERM)
    assert "Application started. Press Ctrl+C to shut down." in there.texts()
    assert err == ""
