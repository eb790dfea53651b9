"""The start: settings are resolved and checked, then the process becomes gunicorn.

The smallest example: without a word of its own the server listens on port 5000.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest
import yaml

from anomaly_container.process import launch
from anomaly_container.process.launch import _defaults as defaults
from anomaly_container.settings.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=s3cret")


class BecameError(Exception):
    """The process would be another one from here on."""


class Execution:
    """Takes the place of `os.execve` and keeps what it was given."""

    program: str
    words: list[str]
    environ: dict[str, str]

    def __call__(self, program: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
        self.program, self.words, self.environ = program, list(words), dict(environ)
        raise BecameError


@pytest.fixture
def execution(monkeypatch: pytest.MonkeyPatch) -> Execution:
    """In an environment without settings, from a folder that stays."""
    for name in os.environ:
        if name not in {"PATH", "HOME"}:
            monkeypatch.delenv(name)
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    replacement = Execution()
    monkeypatch.setattr(os, "execve", replacement)
    return replacement


@pytest.fixture
def place() -> tuple[str, str]:
    """An address on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "Host=127.0.0.1", f"Port={probe.getsockname()[1]}"


def test_settings_come_from_words_and_variables_and_the_file_of_defaults() -> None:
    settings = launch.load_settings(GATE, {"Limits__MaxPoints": "99"})
    assert (settings.port, settings.max_points, settings.max_depth) == (5000, 99, 64)


def test_the_defaults_are_read_as_the_plain_parser_of_yaml_reads_them() -> None:
    """The one in C is a second implementation of it."""
    with launch.SETTINGS_FILE.open(encoding="utf-8") as stream:
        assert defaults() == yaml.safe_load(stream)


def test_a_service_that_does_not_exist_is_refused_by_name() -> None:
    named = r"^Invalid Service\. It must be one of anomalydetector, batches, streams, meter\.$"
    with pytest.raises(SettingsError, match=named):
        launch.load_settings((*GATE, "Service=nothing"), {})


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            lambda absent: [f"Access:ApiKeys={absent}"],
            "The file of Access:ApiKeys, '{absent}', cannot be read: No such file or directory.",
        ),
        (
            lambda absent: [f"Tls:Certificate={absent}"],
            "Tls:Certificate or Tls:Key cannot be read: No such file or directory.",
        ),
        (
            lambda absent: ["Fluentd:Host=127.0.0.1", "Fluentd:UseTLS=true", f"Fluentd:CaBundle={absent}"],
            "The certificates that Fluentd:CaBundle names cannot be used: No such file or directory.",
        ),
        (
            lambda absent: ["Logging:Disk:Format=json", f"Mounts:Output={absent}"],
            (
                "Logging:Disk:Format=json needs an output mount that can be written: {absent}: "
                "No such file or directory."
            ),
        ),
    ],
)
def test_a_file_or_a_folder_that_a_setting_names_is_checked(
    tmp_path: Path, words: Callable[[Path], list[str]], problem: str
) -> None:
    absent = tmp_path / "absent"
    with pytest.raises(SettingsError) as refused:
        launch.resolve_settings([*GATE, *words(absent)], {})
    assert list(refused.value.problems) == [problem.format(absent=absent)]


def test_a_start_without_settings_is_refused_with_a_line_for_each(
    execution: Execution, capsys: pytest.CaptureFixture[str]
) -> None:
    assert launch.serve(["Port=none"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.partition(" command")[0] for line in err.splitlines()] == [
        "Missing EULA=accept",
        "Missing Billing=<endpoint URI>",
        "Missing ApiKey=<key>",
        "Invalid Port. Input should be a valid integer, unable to parse string as an integer.",
    ]
    assert not hasattr(execution, "program")


def test_a_port_in_use_is_refused_before_gunicorn_begins(
    execution: Execution, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert launch.serve([*GATE, "Host=127.0.0.1", f"Port={port}"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"Cannot listen on 127.0.0.1:{port}: the port is in use. End what uses it, or choose another one "
        "with Port=<number>.\n"
    )
    assert not hasattr(execution, "program")


def test_gunicorn_has_the_settings_in_its_environment_and_none_among_its_arguments(
    execution: Execution, monkeypatch: pytest.MonkeyPatch, place: tuple[str, str]
) -> None:
    """Every user of the machine can read arguments."""
    for name, value in {"apikey": "old", "limits__maxpoints": "77", "OMP_NUM_THREADS": "4"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BecameError):
        launch.serve([*GATE, *place, "Limits:MaxDepth=9"])
    assert execution.program == sys.executable
    assert execution.words == [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(launch.ROOT / "config" / "gunicorn.conf.py"),
    ]
    environ = execution.environ
    # Each setting by one name and with its value; what is not a setting stays.
    assert {name: value for name, value in environ.items() if name.casefold() == "apikey"} == {
        "ApiKey": "s3cret"
    }
    assert (environ["Limits__MaxPoints"], environ["Limits__MaxDepth"]) == ("77", "9")
    assert "limits__maxpoints" not in environ
    assert environ["PATH"] == os.environ["PATH"]
    assert (environ["OMP_NUM_THREADS"], environ["OPENBLAS_NUM_THREADS"]) == ("4", "1")
    # Gunicorn's process resolves the same settings from it.
    assert launch.load_settings((), environ) == launch.load_settings(
        [*GATE, *place, "Limits:MaxDepth=9"], {"Limits__MaxPoints": "77"}
    )


@pytest.mark.parametrize(
    ("format_words", "expected"),
    [
        ([], "The setting Mounts:License is accepted and has no effect yet.\n"),
        (
            ["Logging:Console:FormatterName=json"],
            '"message":"The setting Mounts:License is accepted and has no effect yet."',
        ),
    ],
)
def test_a_setting_without_effect_is_named_in_the_form_of_the_log(
    execution: Execution,
    capsys: pytest.CaptureFixture[str],
    place: tuple[str, str],
    format_words: list[str],
    expected: str,
) -> None:
    with pytest.raises(BecameError):
        launch.serve([*GATE, *place, *format_words, "Mounts:License=/licence"])
    out, err = capsys.readouterr()
    assert expected in out
    assert (out.count("\n"), err) == (1, "")
    assert execution.environ["ApiKey"] == "s3cret"
