"""One line for each answer, with nothing in it that a client wrote but the ids of its trace."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from anomaly_container.metering.policy import ApiStatus, PolicyByte, Standing
from anomaly_container.observability.formatters import json_line
from anomaly_container.observability.logging import REQUESTS
from anomaly_container.services.univariate import engine
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.wire import served, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from anomaly_container.settings.base import CommonSettings

    Entry: TypeAlias = dict[str, object]
    Lines: TypeAlias = Callable[[], list[Entry]]

PAGE = (Path(__file__).parents[4] / "docs" / "logs.md").read_text()
# Behind it are the fields of other lines than those of requests.
COMMON = PAGE[: PAGE.index("\n## Requests\n")]
DOCUMENTED = set(re.findall(r"^\| `(\w+)` \| ", COMMON, re.MULTILINE))
pytestmark = pytest.mark.usefixtures("policy")
SENTINEL = b"27182"
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
KEY = "key-of-a-client"
KEY_LINE = f"Ocp-Apim-Subscription-Key: {KEY}"


@pytest.fixture
def limits() -> dict[str, object]:
    return {
        "Logging": {"Requests": "json"},
        "Limits": {"HeadSeconds": 0.3, "BodySeconds": 0.3, "MaxConnections": 2, "MaxBodyBytes": 5000},
    }


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """The lines of requests so far, as programs get them."""
    caplog.set_level(logging.INFO, logger=REQUESTS)
    return lambda: [json.loads(json_line(record, 0)) for record in caplog.records if record.name == REQUESTS]


@pytest.fixture
async def port(settings: CommonSettings, metering: Path) -> AsyncIterator[int]:
    async with served(settings, metering) as port:
        yield port


def query(body: bytes, *headers: str, path: str = ENTIRE_PATH) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


async def told(port: int, lines: Lines, octets: bytes) -> tuple[dict[str, str], Entry]:
    """The headers of an answer, and the one line that tells of it."""
    async with wire(port) as client:
        status, headers, _ = await client.ask(octets)
    await until(lambda: len(lines()) > 0)
    [entry] = lines()
    assert set(entry) <= DOCUMENTED
    assert entry["requestId"] == headers["apim-request-id"]
    assert entry["status"] == status
    assert entry.get("errorCode") == headers.get("x-ms-error-code")
    return headers, entry


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # a line of the log tells nobody that it is there
            await asyncio.sleep(0.01)


async def test_a_query_has_one_line_that_holds_what_is_known_of_it(port: int, lines: Lines) -> None:
    body = daily_body(24)
    _, entry = await told(port, lines, query(body, f"traceparent: 00-{TRACE}-{SPAN}-00"))
    assert 0 < float(str(entry.pop("durationMs"))) < 20000
    assert {name: entry[name] for name in entry.keys() - {"timestamp", "process", "requestId"}} == {
        "level": "Information",
        "logger": REQUESTS,
        "message": f"POST {ENTIRE_PATH} 200",
        "method": "POST",
        "route": ENTIRE_PATH,
        "operation": "entire",
        "apiVersion": ENTIRE_PATH.split("/")[2],
        "status": 200,
        "contentLength": len(body),
        "points": 24,
        "traceId": TRACE,
        "parentSpanId": SPAN,
    }


async def test_the_line_on_the_page_is_one(port: int, lines: Lines) -> None:
    [text] = re.findall(r"^```json\n(.+)\n```$", PAGE, re.MULTILINE)
    shown = json.loads(text)
    octets = query(daily_body(24), f"traceparent: 00-{TRACE}-{SPAN}-01", path=shown["route"])
    _, entry = await told(port, lines, octets)
    assert list(entry) == list(shown)
    varying = {"timestamp", "process", "requestId", "durationMs"}
    assert {name: entry[name] for name in entry.keys() - varying} == {
        name: shown[name] for name in shown.keys() - varying
    }
    others = {"errorCode", "disconnected", "spanId", "exception", "lost"}
    assert {*shown, *others} == DOCUMENTED


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (GET, ("/livez", 200, None)),
        (query(b"{}"), (ENTIRE_PATH, 400, "RequiredSeries")),
        (query(b"", path="/none"), ("unknown", 404, "404")),
        (GET.replace(b"GET", b"DELETE"), ("/livez", 405, "405")),
        (query(b"{}")[:-1], (ENTIRE_PATH, 408, "408")),
        (query(b"x" * 5001), (ENTIRE_PATH, 413, "413")),
        (GET.replace(b"/livez", b"/" + b"x" * 9000), ("unknown", 414, "414")),
        (GET.replace(b"Host", b"Expect: x\r\nHost"), ("unknown", 417, "417")),
        (query(b"{}", "Expect: x"), ("unknown", 417, "417")),
        (GET.replace(b"Host", b"X: " + b"x" * 20000 + b"\r\nHost"), ("unknown", 431, "431")),
        (b"no http\r\n\r\n", ("unknown", 400, "400")),
    ],
)
async def test_every_answer_has_a_line_with_its_number(
    port: int, lines: Lines, octets: bytes, expected: tuple[str, int, str | None]
) -> None:
    _, entry = await told(port, lines, octets)
    assert (entry["route"], entry["status"], entry.get("errorCode")) == expected
    assert "traceId" not in entry
    assert "points" not in entry


async def test_a_failure_has_a_line_with_the_number_and_the_trace_of_its_record(
    port: int, lines: Lines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine, "respond", lambda *_: 1 / 0)
    headers, entry = await told(port, lines, query(daily_body(24), f"traceparent: 00-{TRACE}-{SPAN}-01"))
    assert entry["status"] == 500
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    failure = json.loads(json_line(record, 0))
    assert failure["requestId"] == headers["apim-request-id"]
    assert (failure["traceId"], failure["parentSpanId"]) == (TRACE, SPAN)
    assert f"of trace {TRACE} failed" in failure["message"]


@pytest.mark.parametrize(
    ("status", "code"), [(ApiStatus.INVALID, "NoCredit"), (ApiStatus.COULD_NOT_CONNECT, "CouldNotConnect")]
)
async def test_a_query_refused_for_want_of_metering_has_a_line_with_its_number(
    port: int, lines: Lines, policy: PolicyByte, status: ApiStatus, code: str
) -> None:
    policy.write(Standing(status, 10), 600)
    _, entry = await told(port, lines, query(daily_body(24)))
    assert entry["errorCode"] == code


async def test_a_query_without_a_key_or_with_too_many_has_a_line_with_its_number(
    settings: CommonSettings, metering: Path, lines: Lines, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{KEY}\n")
    guarded = settings.model_copy(
        update={"access_keys": keys, "rate_per_second": 0.001, "rate_burst": 1, "workers": 1}
    )
    statuses = []
    async with served(guarded, metering) as port:
        for headers in ([], [KEY_LINE], [KEY_LINE]):
            _, entry = await told(port, lines, query(daily_body(24), *headers))
            statuses.append(entry["status"])
            assert KEY not in json.dumps(entry)
            caplog.clear()
    assert statuses == [401, 200, 429]


class FailingTelemetry:
    """Telemetry that a fault of its own keeps from ending a span."""

    caller = None
    trace_id = TRACE
    span_id = SPAN

    def begin(self, *_: object) -> FailingTelemetry:
        return self

    def end(self, _: int) -> None:
        raise ZeroDivisionError


async def test_a_failure_outside_of_all_handlers_keeps_the_number_of_the_request(
    settings: CommonSettings,
    metering: Path,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(engine, "respond", lambda *_: 1 / 0)
    async with served(settings, metering, FailingTelemetry()) as port:  # type: ignore[arg-type] # all that is asked of it
        headers, entry = await told(port, lines, query(daily_body(24)))
    assert (entry["status"], entry["traceId"], entry["spanId"]) == (500, TRACE, SPAN)
    failures = [json.loads(json_line(one, 0)) for one in caplog.records if one.levelno == logging.ERROR]
    assert len(failures) == 2
    assert {failure["requestId"] for failure in failures} == {headers["apim-request-id"]}
    assert {failure["traceId"] for failure in failures} == {TRACE}


async def test_an_answer_before_a_request_is_whole_has_a_line_too(port: int, lines: Lines) -> None:
    _, entry = await told(port, lines, b"GET /livez HTTP/1.1\r\n")
    assert (entry["status"], entry["errorCode"], entry["message"]) == (408, "408", "no request 408")


async def test_one_who_is_turned_away_has_a_line(port: int, lines: Lines) -> None:
    async with wire(port), wire(port):
        _, entry = await told(port, lines, b"")
    assert (entry["status"], entry["errorCode"], entry["message"]) == (503, "503", "no request 503")


async def test_a_client_that_leaves_amid_its_body_has_a_line(port: int, lines: Lines) -> None:
    async with wire(port) as client:
        client.writer.write(query(daily_body(24))[:-1])
        await client.writer.drain()
        await asyncio.sleep(0.05)
    await until(lambda: len(lines()) > 0)
    [entry] = lines()
    assert entry["disconnected"] is True
    assert entry["route"] == ENTIRE_PATH


async def test_nothing_that_a_client_writes_is_in_a_line(port: int, lines: Lines) -> None:
    said = SENTINEL.decode()
    headers = [
        *(f"Ocp-Apim-Subscription-Key: {said}", f"User-Agent: {said}", f"x-ms-client-request-id: {said}"),
        *(f"traceparent: 00-{said}", f"tracestate: a={said}", f"Cookie: {said}"),
    ]
    asked = [
        query(daily_body(24).replace(b"1", SENTINEL), *headers, path=f"{ENTIRE_PATH}?a={said}"),
        query(SENTINEL, *headers, path=f"/{said}"),
        b"PURGE /" + SENTINEL + b" HTTP/1.1\r\n\r\n",
        SENTINEL + b"\r\n\r\n",
    ]
    for number, octets in enumerate(asked, start=1):
        async with wire(port) as client:
            await client.ask(octets)
        await until(lambda number=number: len(lines()) == number)  # type: ignore[misc]  # its default is what it is asked
    for entry in lines():
        assert said not in json.dumps(
            {name: entry[name] for name in entry.keys() - {"timestamp", "requestId"}}
        )
    assert {entry["method"] for entry in lines()} == {"POST", "other"}


async def test_lines_keep_to_the_level_of_the_log(
    port: int, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger=REQUESTS)
    async with wire(port) as client:
        assert (await client.ask(GET))[0] == 200
        assert (await client.ask(GET))[0] == 200  # so that the first is over
    assert lines() == []


async def test_without_the_setting_there_are_none(
    settings: CommonSettings, metering: Path, lines: Lines
) -> None:
    quiet = settings.model_copy(update={"request_log": None})
    async with served(quiet, metering) as port, wire(port) as client:
        for octets in (GET, query(daily_body(24)), GET):
            assert (await client.ask(octets))[0] == 200
        client.writer.write(GET[:9])
        assert (await client.answer())[0] == 408
    assert lines() == []
