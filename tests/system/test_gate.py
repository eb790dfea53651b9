"""The server does not start without its licence, its billing endpoint and its key."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.system.server import GATE, SECONDS_TO_START, free_port, is_open, spawn

if TYPE_CHECKING:
    from pathlib import Path

VALUES = {
    "Eula": {"right": "accept", "wrong": "no"},
    "Billing": {"right": "http://127.0.0.1:5001/", "wrong": "not-a-uri"},
    "ApiKey": {"right": "s3cret", "wrong": "s3cret with spaces"},
}
LINES = {
    ("Eula", "absent"): "Missing EULA=accept command line option. You must provide this to continue.",
    ("Eula", "wrong"): "Missing EULA=accept command line option. You must provide this to continue.",
    (
        "Billing",
        "absent",
    ): "Missing Billing=<endpoint URI> command line option. You must provide this to continue.",
    ("Billing", "wrong"): "Invalid Billing Endpoint URI.",
    ("ApiKey", "absent"): "Missing ApiKey=<key> command line option. You must provide this to continue.",
    ("ApiKey", "wrong"): "Invalid ApiKey. It must be printable ASCII characters without white space.",
}
COMBINATIONS = [
    states for states in product(("right", "absent", "wrong"), repeat=3) if set(states) != {"right"}
]


def refusal(words: list[str], environ: dict[str, str]) -> tuple[str, str]:
    """What a server that must not start writes to its two outputs."""
    port = free_port()
    process = spawn([*words, "Host=127.0.0.1", f"Port={port}", "Workers=1"], environ)
    out, err = process.communicate(timeout=SECONDS_TO_START)
    assert process.returncode == 1
    assert not is_open(port)
    return out, err


def by_words(given: dict[str, str], _: Path) -> tuple[list[str], dict[str, str]]:
    return [f"{name}={value}" for name, value in given.items()], {}


def by_environment(given: dict[str, str], _: Path) -> tuple[list[str], dict[str, str]]:
    return [], given


def by_mounted_file(given: dict[str, str], folder: Path) -> tuple[list[str], dict[str, str]]:
    (folder / "settings.yaml").write_text(yaml.safe_dump(given))
    return [f"Mounts:Input={folder}"], {}


def by_secret_files(given: dict[str, str], folder: Path) -> tuple[list[str], dict[str, str]]:
    for name, value in given.items():
        (folder / name).write_text(f"{value}\n")
    return [], {f"{name}__File": str(folder / name) for name in given}


SOURCES = {
    "argv": by_words,
    "env": by_environment,
    "mounted file": by_mounted_file,
    "secret files": by_secret_files,
}


@pytest.mark.parametrize("states", COMBINATIONS, ids="-".join)
@pytest.mark.parametrize("source", SOURCES)
def test_each_fault_is_one_line(source: str, states: tuple[str, ...], tmp_path: Path) -> None:
    named = dict(zip(VALUES, states, strict=True))
    given = {name: VALUES[name][state] for name, state in named.items() if state != "absent"}
    out, err = refusal(*SOURCES[source](given, tmp_path))
    assert out == ""
    assert err.splitlines() == [LINES[item] for item in named.items() if item in LINES]


def test_a_secret_that_cannot_be_read_is_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    words = ["Eula=accept", f"Billing:File={tmp_path / 'absent'}", f"ApiKey:File={tmp_path / 'empty'}"]
    out, err = refusal(words, {})
    assert out == ""
    lines = err.splitlines()
    assert len(lines) >= 2
    assert any("Billing" in line and "No such file" in line for line in lines)
    assert any("ApiKey" in line and "empty" in line for line in lines)


def test_every_source_can_give_what_is_missing_elsewhere(tmp_path: Path) -> None:
    """Of three values from three places none is reported; a wrong fourth is the only line."""
    (tmp_path / "settings.yaml").write_text("Eula: accept\n")
    (tmp_path / "key").write_text("s3cret\n")
    words = [f"Mounts:Input={tmp_path}", f"ApiKey:File={tmp_path / 'key'}", "Limits:MaxPoints=3"]
    _, err = refusal(words, {"Billing": "http://127.0.0.1:5001/"})
    [line] = err.splitlines()
    assert "Limits:MaxPoints" in line


def test_a_misspelt_word_is_one_line_more_and_its_value_is_not_shown() -> None:
    out, err = refusal([*GATE[:2], "ApiKye=s3cret"], {})
    assert out == ""
    assert err.splitlines() == [
        "Unknown setting ApiKye on the command line. Did you mean ApiKey?",
        LINES["ApiKey", "absent"],
    ]


def test_the_command_line_is_believed_before_the_environment() -> None:
    _, err = refusal([*GATE, "Billing=nowhere"], {"billing": "http://127.0.0.1:5001/"})
    assert err.splitlines() == [LINES["Billing", "wrong"]]
