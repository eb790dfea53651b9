"""The server does not start without its licence, its billing endpoint and its key."""

from __future__ import annotations

from itertools import product

import pytest

from tests.system.server import GATE, SECONDS_TO_START, free_port, is_open, spawn

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


@pytest.mark.parametrize("states", COMBINATIONS, ids="-".join)
@pytest.mark.parametrize("source", ["argv", "env"])
def test_each_fault_is_one_line(source: str, states: tuple[str, ...]) -> None:
    named = dict(zip(VALUES, states, strict=True))
    given = {name: VALUES[name][state] for name, state in named.items() if state != "absent"}
    words = [f"{name}={value}" for name, value in given.items()] if source == "argv" else []
    out, err = refusal(words, given if source == "env" else {})
    assert out == ""
    assert err.splitlines() == [LINES[item] for item in named.items() if item in LINES]


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
