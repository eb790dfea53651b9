"""The settings of the metering endpoint.

The smallest example: `PORT=1` on its command line is `Meter:Port`, and `Meter__Port=1` is in the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anomaly_container.process.launch import resolve_settings
from anomaly_container.settings.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

Values = tuple[str, int, tuple[str, ...], Path | None, str]
DEFAULT: Values = ("127.0.0.1", 5001, (), None, "/metering/v1/usage")


def load(arguments: Sequence[str], environ: dict[str, str]) -> Values:
    settings = resolve_settings(arguments, environ, "meter").settings
    dumped = settings.model_dump()
    return settings.host, settings.port, settings.sender_keys, dumped["directory"], dumped["path"]  # type: ignore[attr-defined]  # the class of the service


def problems(*arguments: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refused:
        load(arguments, environ or {})
    return refused.value.problems


def test_everything_has_a_default() -> None:
    assert load([], {}) == DEFAULT


def test_every_word_counts_in_any_case() -> None:
    arguments = ["host=::1", "PORT=1", "Keys=a, b,", "Meter:Directory=/data", "meter:path=/usage"]
    assert load(arguments, {}) == ("::1", 1, ("a", "b"), Path("/data"), "/usage")


def test_the_command_line_wins_over_the_environment() -> None:
    environ = {
        "Meter__Port": "2",
        "METER__KEYS": "from-environment",
        "Port": "3",
        "Host": "x",
        "meter__path": " ",
    }
    assert load(["Port=1"], environ) == ("127.0.0.1", 1, ("from-environment",), None, "/metering/v1/usage")


def test_a_blank_value_is_not_given() -> None:
    assert load(["Port=", "Keys= ", "Keys=,"], {"Meter__Directory": ""}) == DEFAULT


def test_a_folder_stays_as_it_is_written() -> None:
    assert load(["Directory=.metering"], {})[3] == Path(".metering")


def test_it_needs_no_licence_and_has_limits_of_its_own() -> None:
    settings = resolve_settings([], {}, "meter").settings
    assert (settings.body_limit, settings.body_seconds) == (64 * 1024, 10.0)
    assert not hasattr(settings, "eula")


def test_the_command_wins_over_the_service_of_the_sources(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("Service: anomalydetector\nEula: accept\nPort: 81\nMeter:\n  Port: 82\n")
    settings = resolve_settings([f"Config={file}"], {"Service": "unheard-of"}, "meter").settings
    assert (settings.service, settings.port) == ("meter", 82)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "1.5", "port", "\u0661", "100000"])
def test_a_port_must_be_one(port: str) -> None:
    assert problems(f"Port={port}") == ("Invalid Meter:Port. It must be an integer from 1 to 65535.",)


@pytest.mark.parametrize("host", ["a\nb", "a b", "host:1", "http://host", "\x1b[2J"])
def test_a_host_must_be_one(host: str) -> None:
    assert problems(f"Host={host}") == ("Invalid Meter:Host. It must be the name or the address of a host.",)


def test_a_directory_has_no_control_characters() -> None:
    assert problems("Directory=/a\nb") == (
        "Invalid Meter:Directory. It must be a path without control characters.",
    )


@pytest.mark.parametrize("keys", ["good,two words", "schl\u00fcssel", "a\tb"])
def test_keys_must_fit_in_a_header(keys: str) -> None:
    assert problems(f"Keys={keys}") == (
        "Invalid Meter:Keys. Each must be printable ASCII characters without white space.",
    )


@pytest.mark.parametrize("path", ["usage", "/{usage}", "/a?b", "/a b"])
def test_a_path_must_be_plain(path: str) -> None:
    assert problems(f"Path={path}") == (
        "Invalid Meter:Path. It must begin with / and have letters, digits and - . _ ~ / only.",
    )


def test_a_folder_must_be_printable() -> None:
    assert problems("Directory=/a\nb") == (
        "Invalid Meter:Directory. It must be a path without control characters.",
    )


def test_each_problem_is_one_line_and_quotes_no_value() -> None:
    assert problems("Prot=5", "s3cret", "=s3cret", "Port=s3cret", "Keys=s3 cret") == (
        "Unknown setting Prot on the command line. Did you mean Meter:Port?",
        "Word 2 of the command line is not of the form Key=Value.",
        "Word 3 of the command line is not of the form Key=Value.",
        "Invalid Meter:Port. It must be an integer from 1 to 65535.",
        "Invalid Meter:Keys. Each must be printable ASCII characters without white space.",
    )


def test_a_name_of_the_container_is_unknown_on_the_command_line() -> None:
    [problem] = problems("Eula=accept")
    assert problem.startswith("Unknown setting Eula on the command line.")
