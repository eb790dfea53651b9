"""Which record reaches which place at which level."""

from __future__ import annotations

import importlib
import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from anomaly_container.observability.logging import line_before_logging, logging_config
from anomaly_container.settings.load import load
from anomaly_container.settings.logging import LogLevel

ROOT = Path(__file__).resolve().parents[3]
Record = tuple[str, int]
GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
SPEAKING = """
import logging, logging.config, sys
from anomaly_container.settings.load import load
from anomaly_container.observability.logging import logging_config

logging.config.dictConfig(logging_config(load(sys.argv[1:], {}, {})))
for name in ("anomaly_container.start", "anomaly_container.web", "gunicorn.error", "library"):
    for level in (10, 20, 30, 40, 50):
        logging.getLogger(name).log(level, "%s at %d", name, level)
"""


RECORD = re.compile(r"(anomaly_container\.start|anomaly_container\.web|gunicorn\.error|library) at (\d+)")


def spoken(tmp_path: Path, *words: str) -> tuple[list[Record], list[Record]]:
    """The records that reach the console and the disk."""
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", SPEAKING, *GATE, f"Mounts:Output={tmp_path}", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    disk = "".join(file.read_text() for file in tmp_path.rglob("*.jsonl"))
    return records(done.stdout), records(disk)


def records(text: str) -> list[Record]:
    return [(name, int(level)) for name, level in RECORD.findall(text)]


def expected(ours: int, others: int) -> list[Record]:
    least = {"anomaly_container.start": ours, "anomaly_container.web": ours}
    return [
        (name, level)
        for name in ("anomaly_container.start", "anomaly_container.web", "gunicorn.error", "library")
        for level in (10, 20, 30, 40, 50)
        if level >= least.get(name, others)
    ]


EXPECTED = {
    LogLevel.TRACE: expected(10, 10),
    LogLevel.DEBUG: expected(10, 10),
    LogLevel.INFORMATION: expected(20, 30),
    LogLevel.WARNING: expected(30, 30),
    LogLevel.ERROR: expected(40, 40),
    LogLevel.CRITICAL: expected(50, 50),
    LogLevel.NONE: [],
}


@pytest.mark.parametrize(
    ("console", "disk"),
    [
        (LogLevel.INFORMATION, LogLevel.TRACE),
        (LogLevel.DEBUG, LogLevel.INFORMATION),
        (LogLevel.NONE, LogLevel.WARNING),
        (LogLevel.ERROR, LogLevel.CRITICAL),
        (LogLevel.CRITICAL, LogLevel.NONE),
    ],
)
def test_each_place_has_its_own_level(tmp_path: Path, console: LogLevel, disk: LogLevel) -> None:
    words = (f"Logging:Console:LogLevel={console}", f"Logging:Disk:LogLevel={disk}")
    assert spoken(tmp_path, *words, "Logging:Disk:Format=json") == (EXPECTED[console], EXPECTED[disk])


def test_without_a_format_there_are_no_files(tmp_path: Path) -> None:
    assert spoken(tmp_path) == (EXPECTED[LogLevel.INFORMATION], [])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("megabytes", "max_bytes"), [(1, 1048576), (20, 20971520), (-1, -1)])
def test_the_size_of_a_file_is_in_megabytes(megabytes: int, max_bytes: int) -> None:
    words = (*GATE, "Logging:Disk:Format=json", f"Logging:Disk:MaxFileSize={megabytes}")
    assert logging_config(load(words, {}, {}))["handlers"]["disk"]["max_bytes"] == max_bytes


ASKING = """
import logging, logging.config, sys
from anomaly_container.settings.load import load
from anomaly_container.observability.formatters import with_facts
from anomaly_container.observability.logging import REQUESTS, logging_config

logging.config.dictConfig(logging_config(load(sys.argv[1:], {}, {})))
ours = ("anomaly_container.start", "anomaly_container.web", REQUESTS)
for name in (*ours, "azure", "opentelemetry.exporter.x"):
    logging.getLogger(name).error("of %s", name, extra=with_facts({"status": 7}))
"""


def lines_of_the_console(*words: str) -> list[str]:
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", ASKING, *GATE, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_console_has_text_and_json_for_requests_alone() -> None:
    start, web, request = lines_of_the_console()
    assert start == "of anomaly_container.start"
    assert web.endswith(" ERROR anomaly_container.web: of anomaly_container.web")
    assert json.loads(request)["status"] == 7


def test_the_usual_errors_of_a_rebalance_are_not_logged_and_others_of_the_library_are() -> None:
    loggers = logging_config(load(GATE, {}, {}))["loggers"]
    name = "aiokafka.consumer.group_coordinator"
    assert importlib.import_module(name).log.name == name
    assert loggers[name]["level"] > logging.CRITICAL
    assert not loggers[name]["propagate"]
    assert not {"aiokafka", "aiokafka.conn", "aiokafka.client"} & set(loggers)


@pytest.mark.parametrize("word", ["json", "Json", "JSON"])
def test_the_console_has_json_alone_where_it_is_asked_for(word: str) -> None:
    entries = [json.loads(line) for line in lines_of_the_console(f"Logging:Console:FormatterName={word}")]
    assert [entry["message"] for entry in entries] == [
        "of anomaly_container.start",
        "of anomaly_container.web",
        "of anomaly_container.requests",
    ]
    assert {entry["level"] for entry in entries} == {"Error"}
    assert {entry["status"] for entry in entries} == {7}


def test_a_line_before_there_is_a_log_has_the_same_form() -> None:
    assert line_before_logging(load(GATE, {}, {}), "early") == "early\n"
    line = line_before_logging(load((*GATE, "Logging:Console:FormatterName=json"), {}, {}), "early")
    assert line.endswith("}\n")
    assert json.loads(line)["message"] == "early"
