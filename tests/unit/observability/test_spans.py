"""Spans wait in a bounded queue, and the end waits for them no longer than it may."""

from __future__ import annotations

import socket
import time

import pytest

from anomaly_container.observability import tracing as switch
from anomaly_container.observability.spans import Telemetry
from anomaly_container.observability.tracing import LIBRARIES, SILENCED, telemetry_of, warnings_of
from anomaly_container.settings.load import load
from tests.support.forward_receiver import wait_until
from tests.system.collector import collector
from tests.system.ingestion import ingestion

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
WAITING = 2048
AT_ONCE = 512


@pytest.fixture(autouse=True)
def silenced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SILENCED:
        monkeypatch.setenv(name, "true")


def telemetry(*words: str) -> Telemetry:
    return Telemetry(load((*GATE, *words), {}, {}))


def ask(sender: Telemetry, status: int) -> None:
    sender.begin("GET", "/livez", "", None).end(status)


def test_without_a_receiver_there_is_none() -> None:
    assert telemetry_of(load(GATE, {}, {})) is None


def test_a_receiver_without_its_libraries_is_told_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is sent to all the same."""
    with collector() as there, ingestion() as insights:
        settings = load((*GATE, there.word, insights.word), {}, {})
        assert warnings_of(settings) == []
        monkeypatch.setitem(LIBRARIES, "ApplicationInsights", ("opentelemetry.sdk", "azure.nowhere.at.all"))
        [warning] = warnings_of(settings)
        assert warning.startswith(
            "ApplicationInsights needs libraries that are not here, and is sent nothing: "
        )
        sender = telemetry_of(settings)
        assert sender is not None
        ask(sender, 200)
        sender.stop(20.0)
        assert len(there.spans()) == 1
        assert insights.bodies == []
        monkeypatch.setattr(switch, "_is_installed", lambda _library: False)
        assert [line.partition(" ")[0] for line in warnings_of(settings)] == [
            "ApplicationInsights",
            "OpenTelemetry",
        ]
        assert telemetry_of(settings) is None


def test_the_end_waits_so_long_and_one_receiver_does_not_wait_for_the_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, ingestion() as insights:
        port = deaf.getsockname()[1]
        sender = telemetry(f"OpenTelemetry:Endpoint=http://127.0.0.1:{port}", insights.word)
        ask(sender, 200)
        began = time.monotonic()
        sender.stop(1.0)
        assert time.monotonic() - began < 3.0  # the deaf one has five seconds to answer
        assert len(insights.spans()) == 1


def test_a_full_queue_loses_the_oldest_and_nobody_waits() -> None:
    with collector() as there:
        there.is_open.clear()
        sender = telemetry(there.word)
        for status in range(AT_ONCE):
            ask(sender, status)
        wait_until(lambda: there.bodies)  # these are under way
        began = time.monotonic()
        for status in range(AT_ONCE, 4000):
            ask(sender, status)
        assert time.monotonic() - began < 3.0  # a collector has five to answer
        there.is_open.set()
        sender.stop(20.0)
        statuses = [int(span.attributes["http.response.status_code"]) for span in there.spans()]
    assert sorted(statuses) == [*range(AT_ONCE), *range(4000 - WAITING, 4000)]
