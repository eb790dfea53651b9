"""What docs/operate.md promises and shows, with the processes themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import requests

from tests.support.payloads import daily_body
from tests.support.samples import Block, read
from tests.support.shell import environment, typed
from tests.support.usage_records import wire
from tests.system.metering import receiver
from tests.system.server import KEY, SECONDS_TO_START, free_port, running

if TYPE_CHECKING:
    from pathlib import Path

OLD_KEY = "key-of-last-year"
BOTH = f"{OLD_KEY},{KEY}"
PAGE = "docs/operate.md"
COMMANDS = {
    word: block
    for block in read(PAGE)
    if block.marker == "run by tests/system/univariate/test_operate.py"
    for word in ("check-config", "report", "backup")
    if word in block.text
}


def serve_one_call(output: Path, port: int, key: str) -> str:
    """Start a container, ask it once, stop it, and return what it thought of its key."""
    words = ("Eula=accept", f"Billing=http://127.0.0.1:{port}/", f"ApiKey={key}", f"Mounts:Output={output}")
    with running(words, ready=False) as server:
        word = settled_status(server.url)
        requests.post(
            f"{server.url}/anomalydetector/v1.1/timeseries/entire/detect", data=daily_body(48), timeout=30
        )
    return word


def settled_status(url: str) -> str:
    """The state of the key once the first record was answered."""
    deadline = time.monotonic() + SECONDS_TO_START
    while (word := requests.get(f"{url}/status", timeout=10).json()["apiStatus"]) == "Unknown":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return str(word)


def test_a_key_is_changed_in_three_steps_and_no_call_is_lost(tmp_path: Path) -> None:
    port, books, output = free_port(), tmp_path / "books", tmp_path / "output"
    output.mkdir()
    with receiver(books, OLD_KEY, port):
        assert serve_one_call(output, port, OLD_KEY) == "Valid"
    with receiver(books, BOTH, port):
        assert serve_one_call(output, port, OLD_KEY) == "Valid"
        assert serve_one_call(output, port, KEY) == "Valid"
    with receiver(books, KEY, port) as endpoint:
        assert serve_one_call(output, port, KEY) == "Valid"
        assert endpoint.totals()["EntireDetect"] == 4


def test_a_key_that_was_taken_away_is_refused(tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "output"
    output.mkdir()
    with receiver(tmp_path / "books", KEY, port) as endpoint:
        assert serve_one_call(output, port, OLD_KEY) == "Invalid"
        assert not endpoint.totals()


def shown_after(command: Block) -> str:
    """What the page shows that a command prints."""
    blocks = read(PAGE)
    shown = blocks[blocks.index(command) + 1]
    assert shown.follows
    return shown.text


def test_a_setting_that_the_new_version_does_not_know_is_told_before(tmp_path: Path) -> None:
    command = COMMANDS["check-config"]
    assert typed(command.text, tmp_path, environment()) == shown_after(command)


def test_the_report_is_read_and_its_copy_has_the_same(tmp_path: Path) -> None:
    command, port = COMMANDS["report"], free_port()
    text = command.text.replace("127.0.0.1:5001", f"127.0.0.1:{port}")
    books, copied = tmp_path / "books", tmp_path / "copied"
    with receiver(books, KEY, port) as endpoint:
        record = wire()
        headers = {"Ocp-Apim-Subscription-Key": KEY, "Idempotency-Key": record["id"]}
        sent = requests.post(f"{endpoint.url}/metering/v1/usage", json=record, headers=headers, timeout=10)
        assert sent.status_code == 201
        report = typed(text, tmp_path, environment(KEY=KEY))
        assert report.splitlines() == shown_after(command).splitlines()
        typed(COMMANDS["backup"].text, books, environment())
    copied.mkdir()
    (books / "copy.sqlite3").rename(copied / "usage.sqlite3")
    with receiver(copied, KEY, port):
        assert typed(text, tmp_path, environment(KEY=KEY)) == report
