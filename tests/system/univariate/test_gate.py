"""The server does not start without its licence, its billing endpoint and its key."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.system.server import GATE, SECONDS_TO_START, free_port, is_open, spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

AT_ONCE = 2
"""Processes that start at the same time."""

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
OF_FILES = {
    "gone": "The file that {}:File names cannot be read: No such file or directory.",
    "empty": "The file that {}:File names is empty.",
    "unreadable": "The file that {}:File names cannot be read: Is a directory.",
}
"""What a file for a secret may be instead of one with the value; a folder cannot be read even by root."""


@dataclass
class Start:
    """What a server is started with."""

    words: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


def refused(start: Start) -> tuple[int, str, list[str], bool]:
    """Start a server to its end: exit code, standard output, lines of standard error, whether it listens."""
    port = free_port()
    process = spawn([*start.words, "Host=127.0.0.1", f"Port={port}", "Workers=1"], start.environ)
    try:
        out, err = process.communicate(timeout=SECONDS_TO_START)
    finally:
        process.kill()
    return process.returncode, out, err.splitlines(), is_open(port)


def refusal(start: Start) -> list[str]:
    """The lines that a server which must not start writes to its standard error."""
    code, out, lines, listens = refused(start)
    assert (code, out, listens) == (1, "", False)
    return lines


def combinations(*states: str) -> list[dict[str, str]]:
    """Every state of each of the three settings, but for the one in which all are right."""
    found = (dict(zip(VALUES, chosen, strict=True)) for chosen in product(states, repeat=len(VALUES)))
    return [one for one in found if set(one.values()) != {"right"}]


def alone_and_in_pairs(*faults: str) -> list[dict[str, str]]:
    """Each fault alone, and with each of another setting, in as few as have all pairs: a Latin square."""
    alone = [dict.fromkeys(VALUES, "right") | {name: fault} for name, fault in product(VALUES, faults)]
    numbers = range(len(faults))
    square = ((one, two, (one + two) % len(faults)) for one, two in product(numbers, numbers))
    return alone + [dict(zip(VALUES, (faults[number] for number in row), strict=True)) for row in square]


def given(combination: Mapping[str, str]) -> dict[str, str]:
    return {name: VALUES[name][state] for name, state in combination.items() if state in VALUES[name]}


def on_the_command_line(combination: Mapping[str, str], _folder: Path) -> Start:
    return Start([f"{name}={value}" for name, value in given(combination).items()])


def in_the_environment(combination: Mapping[str, str], _folder: Path) -> Start:
    return Start(environ=given(combination))


def in_a_mounted_file(combination: Mapping[str, str], folder: Path) -> Start:
    file = folder / f"{'-'.join(combination.values())}.yaml"
    file.write_text("".join(f"{name}: {value}\n" for name, value in given(combination).items()))
    return Start([f"Config={file}"])


def paths_of_secrets(combination: Mapping[str, str], folder: Path) -> dict[str, str]:
    """A file for each setting, there or not; those of one content are shared."""
    paths = {}
    for name, state in combination.items():
        path = folder / f"{name}-{state}"
        if state in VALUES[name]:
            path.write_text(f"{VALUES[name][state]}\n")
        elif state == "empty":
            path.touch()
        elif state == "unreadable":
            path.mkdir(exist_ok=True)
        paths[name] = str(path)
    return paths


def in_secret_files(combination: Mapping[str, str], folder: Path) -> Start:
    """By turns as words and as variables: `Billing:File=...`, `ApiKey__File=...`."""
    paths = paths_of_secrets(combination, folder)
    return Start(
        [f"{name}:File={path}" for name, path in paths.items() if name == "Billing"],
        {f"{name}__File": path for name, path in paths.items() if name != "Billing"},
    )


def expected(combination: Mapping[str, str]) -> list[str]:
    return [
        OF_FILES[state].format(name) if state in OF_FILES else LINES[name, state]
        for name, state in combination.items()
        if state != "right"
    ]


def assert_each_fault_is_one_line(chosen: Sequence[dict[str, str]], starts: Sequence[Start]) -> None:
    """The order of the lines is that of the sources first, and says nothing."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(refused, starts))
    for combination, (code, out, lines, listens) in zip(chosen, outcomes, strict=True):
        assert (code, out, listens) == (1, "", False), combination
        assert sorted(lines) == sorted(expected(combination)), combination


def test_all_faults_are_one_line_each(tmp_path: Path) -> None:
    chosen = combinations("right", "absent", "wrong")
    assert len(chosen) == 26
    starts = [on_the_command_line(combination, tmp_path) for combination in chosen]
    assert_each_fault_is_one_line(chosen, starts)


@pytest.mark.parametrize("source", [in_the_environment, in_a_mounted_file])
def test_each_fault_is_one_line(tmp_path: Path, source: Callable[[Mapping[str, str], Path], Start]) -> None:
    chosen = alone_and_in_pairs("absent", "wrong")
    assert len(chosen) == 10
    assert_each_fault_is_one_line(chosen, [source(combination, tmp_path) for combination in chosen])


def test_each_fault_of_a_secret_file_is_one_line(tmp_path: Path) -> None:
    chosen = [*alone_and_in_pairs(*OF_FILES), dict.fromkeys(VALUES, "wrong")]
    assert len(chosen) == 19
    assert_each_fault_is_one_line(chosen, [in_secret_files(combination, tmp_path) for combination in chosen])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads files whatever their mode")
def test_a_secret_file_that_others_own_is_one_line(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("s3cret")
    secret.chmod(0)
    assert refusal(Start([*GATE[:2], f"ApiKey:File={secret}"])) == [
        "The file that ApiKey:File names cannot be read: Permission denied."
    ]


def test_each_fault_of_a_mounted_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text("{")
    starts = [
        Start([*GATE, f"Config={tmp_path / 'gone.yaml'}"]),
        Start([*GATE, f"Config={tmp_path}"]),
        Start([*GATE], {"Config": str(file)}),
    ]
    assert [refusal(start) for start in starts] == [
        [f"The settings file {tmp_path / 'gone.yaml'} cannot be read: No such file or directory."],
        [f"The settings file {tmp_path} cannot be read: Is a directory."],
        [f"The settings file {file} cannot be understood, line 1, column 2."],
    ]


def test_a_misspelt_word_is_one_line_more_and_its_value_is_not_shown() -> None:
    assert refusal(Start([*GATE[:2], "ApiKye=s3cret"])) == [
        "Unknown setting ApiKye on the command line. Did you mean ApiKey?",
        LINES["ApiKey", "absent"],
    ]


def test_the_command_line_is_believed_before_the_environment() -> None:
    start = Start([*GATE, "Billing=nowhere"], {"billing": "http://127.0.0.1:5001/"})
    assert refusal(start) == [LINES["Billing", "wrong"]]
