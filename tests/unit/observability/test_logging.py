"""Which record reaches which place at which level."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from anomaly_container.observability.logging import logging_config
from anomaly_container.settings import LogLevel, load

ROOT = Path(__file__).resolve().parents[3]
Record = tuple[str, int]
GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
SPEAKING = """
import logging, logging.config, sys
from anomaly_container.observability.logging import logging_config
from anomaly_container.settings import load

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
