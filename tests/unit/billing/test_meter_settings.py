"""The words of the command `meter`, and what it refuses before it listens."""

from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest

from anomaly_container.billing.meter import MeterSettings, load, run_meter
from anomaly_container.settings import SettingsError

DEFAULT = MeterSettings("127.0.0.1", 5001, (), None, "/metering/v1/usage")


def problems(*words: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(words, environ or {})
    return refused.value.problems


def test_everything_has_a_default() -> None:
    assert load([], {}) == DEFAULT


def test_every_word_counts_in_any_case() -> None:
    words = ["host=::1", "PORT=1", "Keys=a, b,", "Meter:Directory=/data", "meter:path=/usage"]
    assert load(words, {}) == MeterSettings("::1", 1, ("a", "b"), Path("/data"), "/usage")


def test_the_command_line_is_believed_before_the_environment() -> None:
    environ = {
        "Meter__Port": "2",
        "METER__KEYS": "from-environment",
        "Port": "3",
        "Meter:Host": "x",
        "meter__path": " ",
    }
    assert load(["Port=1"], environ) == MeterSettings(
        "127.0.0.1", 1, ("from-environment",), None, "/metering/v1/usage"
    )


def test_a_blank_value_is_not_given() -> None:
    assert load(["Port=", "Keys= ", "Keys=,"], {"Meter__Directory": ""}) == DEFAULT


@pytest.mark.parametrize("port", ["0", "65536", "-1", "1.5", "port", "\u0661", "100000"])
def test_a_port_must_be_one(port: str) -> None:
    assert problems(f"Port={port}") == ("Invalid Port. It must be an integer from 1 to 65535.",)


@pytest.mark.parametrize("host", ["a\nb", "a b", "host:1", "http://host", "\x1b[2J"])
def test_a_host_must_be_one(host: str) -> None:
    assert problems(f"Host={host}") == ("Invalid Host. It must be the name or the address of a host.",)


def test_a_directory_has_no_control_characters() -> None:
    assert problems("Directory=/a\nb") == (
        "Invalid Directory. It must be a path without control characters.",
    )


@pytest.mark.parametrize("keys", ["good,two words", "schl\u00fcssel", "a\tb"])
def test_keys_must_fit_in_a_header(keys: str) -> None:
    assert problems(f"Keys={keys}") == (
        "Invalid Keys. Each must be printable ASCII characters without white space.",
    )


@pytest.mark.parametrize("path", ["usage", "/{usage}", "/a?b", "/a b"])
def test_a_path_must_be_plain(path: str) -> None:
    assert problems(f"Path={path}") == (
        "Invalid Path. It must begin with / and have letters, digits and - . _ ~ / only.",
    )


def test_each_problem_is_one_line_and_quotes_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_meter(["Prot=5", "s3cret", "=s3cret", "Port=s3cret", "Keys=s3 cret"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Unknown setting Prot on the command line. Did you mean Port?",
        "Word 2 of the command line is not of the form Key=Value.",
        "Word 3 of the command line is not of the form Key=Value.",
        "Invalid Port. It must be an integer from 1 to 65535.",
        "Invalid Keys. Each must be printable ASCII characters without white space.",
    ]


def test_a_directory_that_cannot_be_made_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert run_meter([f"Directory={file}/metering"]) == 1
    assert (
        capsys.readouterr().err
        == f"The usage records in '{file}/metering' cannot be used: Not a directory.\n"
    )


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "usage.sqlite3").write_bytes(b"no database" * 100)
    assert run_meter([f"Directory={tmp_path}"]) == 1
    assert capsys.readouterr().err == (
        f"The usage records in '{tmp_path}' cannot be used: file is not a database.\n"
    )


def test_the_records_of_another_version_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = sqlite3.connect(tmp_path / "usage.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert run_meter([f"Directory={tmp_path}"]) == 1
    assert capsys.readouterr().err == (
        f"The usage records in '{tmp_path}' cannot be used: another version of this program wrote them.\n"
    )


def test_a_port_in_use_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        assert run_meter([f"Directory={tmp_path}", f"Port={port}", "Keys=key"]) == 1
    out, err = capsys.readouterr()
    assert out == f"Using '{tmp_path}' for usage records.\n"
    assert err.startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert err.endswith("choose another one with Port=<number>.\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "reason"),
    [("192.0.2.1", "this machine has no such address."), ("name.invalid", "the name cannot")],
)
def test_an_address_of_others_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str, reason: str
) -> None:
    assert run_meter([f"Directory={tmp_path}", f"Host={host}", "Keys=key"]) == 1
    assert capsys.readouterr().err.startswith(f"Cannot listen on {host}:5001: {reason}")
