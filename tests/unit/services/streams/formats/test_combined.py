"""Lines of a web server's log.

The smallest example: the status 418 is a WARN, and 503 an ERROR.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.formats import NotAnEventError
from anomaly_container.services.streams.formats.combined import MILLISECONDS, parse_combined

COMMON = '::1 - bob [01/Jan/2026:23:59:59 +0000] "GET /x HTTP/2" 418 7'


def test_a_line() -> None:
    found = parse_combined(COMMON.encode(), 1.0)
    assert (found["host"], found["user"], found["time"]) == ("::1", "bob", "01/Jan/2026:23:59:59 +0000")
    assert (found["method"], found["path"], found["protocol"]) == ("GET", "/x", "HTTP/2")
    assert (found["status"], found["log_level"], found["size"], found["response_time"]) == (
        418,
        "WARN",
        7,
        None,
    )


@pytest.mark.parametrize(("unit", "milliseconds"), [("us", 2.5), ("ms", 2500.0), ("s", 2_500_000.0)])
def test_the_number_after_the_agent(unit: str, milliseconds: float) -> None:
    line = f'{COMMON} "-" "curl (\\"x\\")" 2500'.encode()
    found = parse_combined(line, MILLISECONDS[unit])
    assert found["response_time"] == pytest.approx(milliseconds)
    assert found["agent"] == 'curl (\\"x\\")'


@pytest.mark.parametrize(
    ("status", "level"), [(200, "INFO"), (399, "INFO"), (400, "WARN"), (499, "WARN"), (500, "ERROR")]
)
def test_levels(status: int, level: str) -> None:
    assert parse_combined(COMMON.replace("418", str(status)).encode(), 1.0)["log_level"] == level


def test_a_request_without_a_protocol_and_no_size() -> None:
    line = COMMON.replace(" HTTP/2", "").replace(" 7", " -").encode() + b"\r\n"
    found = parse_combined(line, 1.0)
    assert (found["path"], found["protocol"], found["size"]) == ("/x", None, None)


@pytest.mark.parametrize(
    "line",
    [
        "not a line",
        "",
        COMMON.replace("GET /x HTTP/2", "-"),
        COMMON.replace("GET /x HTTP/2", ""),
        COMMON.replace("GET /x HTTP/2", "\\x16\\x03"),
        COMMON.replace("GET", "4"),
        COMMON + " 5",
        COMMON + ' "-" "ua" x',
        COMMON.replace("418", "41"),
        COMMON.replace('"GET', "GET"),
    ],
)
def test_what_is_not_one(line: str) -> None:
    with pytest.raises(NotAnEventError) as caught:
        parse_combined(line.encode(), 1.0)
    assert caught.value.reason == "not-a-log-line"
