"""One record, one line: what is in it, and what never is."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from anomaly_container.observability.formatters import ConsoleFormatter, JsonFormatter, json_line, with_facts

SENTINEL = "31415.926535"
LAYOUT = "%(levelname)s %(name)s: %(message)s"


def record(
    message: str = "A %s.",
    *arguments: object,
    level: int = logging.WARNING,
    name: str = "anomaly_container.x",
    failed: bool = False,
) -> logging.LogRecord:
    exception = None
    if failed:
        try:
            float(f"{SENTINEL}x")
        except ValueError:
            exception = sys.exc_info()
    made = logging.LogRecord(name, level, __file__, 1, message, arguments or ("word",), exception)
    made.created = 1767323045.678901
    return made


def test_a_record_is_one_object_on_one_line() -> None:
    line = json_line(record("Two\nlines of %s \ud800 \N{GREEK SMALL LETTER PI}", "text"), 0)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    entry = json.loads(line)
    assert isinstance(entry.pop("process"), int)
    assert entry == {
        "timestamp": "2026-01-02T03:04:05.678901Z",
        "level": "Warning",
        "logger": "anomaly_container.x",
        "message": "Two\nlines of text \ud800 \N{GREEK SMALL LETTER PI}",
    }


@pytest.mark.parametrize(
    ("level", "name"),
    [(5, "Debug"), (10, "Debug"), (20, "Information"), (30, "Warning"), (40, "Error"), (50, "Critical")],
)
def test_levels_have_the_names_of_the_settings(level: int, name: str) -> None:
    assert json.loads(json_line(record(level=level), 0))["level"] == name


def test_the_lost_are_counted_when_there_are_any() -> None:
    assert "lost" not in json.loads(json_line(record(), 0))
    assert json.loads(json_line(record(), 3))["lost"] == 3


def test_an_exception_is_told_without_its_text() -> None:
    line = json_line(record(failed=True), 0)
    exception = json.loads(line)["exception"]
    assert exception["type"] == "ValueError"
    [frame] = exception["frames"]
    assert Path(__file__).name in frame
    assert frame.endswith(" record")
    assert SENTINEL not in line.decode()


def test_the_console_tells_an_exception_without_its_text() -> None:
    first, second, third = ConsoleFormatter(LAYOUT).format(record(failed=True)).splitlines()
    assert first == "WARNING anomaly_container.x: A word."
    assert second == "ValueError"
    assert third.endswith(" record")
    assert SENTINEL not in third


def test_what_asyncio_quotes_of_a_task_is_left_out() -> None:
    message = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{SENTINEL}')>"
    made = record(message, name="asyncio")
    made.args = ()
    assert json.loads(json_line(made, 0))["message"] == "Task exception was never retrieved"
    assert SENTINEL not in ConsoleFormatter(LAYOUT).format(made)


def test_what_the_console_leaves_out_stays_in_the_record() -> None:
    made = record(failed=True)
    ConsoleFormatter(LAYOUT).format(made)
    assert (made.msg, made.args, made.exc_text) == ("A %s.", ("word",), None)


@pytest.mark.parametrize("arguments", [("a", "b"), ({"a": 1},)])
def test_arguments_that_do_not_fit_fail_nothing(arguments: tuple[object, ...]) -> None:
    made = record("%d of %d", *arguments)
    assert json.loads(json_line(made, 0))["message"] == "%d of %d"
    assert ConsoleFormatter("%(message)s").format(made) == "%d of %d"


def test_facts_of_a_record_are_fields_of_its_entry() -> None:
    made = record()
    vars(made).update(with_facts({"requestId": "7", "status": 200}))
    entry = json.loads(json_line(made, 0))
    assert (entry["requestId"], entry["status"], entry["message"]) == ("7", 200, "A word.")
    assert ConsoleFormatter("%(message)s").format(made) == "A word."


def test_the_console_has_the_same_object_where_it_is_to_have_json() -> None:
    made = record("Two\nlines of %s", "text", failed=True)
    assert f"{JsonFormatter().format(made)}\n".encode() == json_line(made, 0)
    assert SENTINEL not in JsonFormatter().format(made)
