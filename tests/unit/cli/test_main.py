from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli import main as cli
from anomaly_container.observability import tracing as telemetry
from anomaly_container.process import launch
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.payloads import daily_body

if TYPE_CHECKING:
    from pathlib import Path

GATE = ["Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=s3cret"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "request.json"
    path.write_bytes(daily_body(48))
    return str(path)


def test_detect_prints_what_the_server_would_send(capsys: pytest.CaptureFixture[str], file: str) -> None:
    assert cli.main(["detect", file]) == 0
    sent = engine.answer(daily_body(48), Operation.ENTIRE, ApiVersion.V1_1, Limits())
    assert capsys.readouterr().out.encode() == sent.body


def test_detect_takes_operation_and_version(capsys: pytest.CaptureFixture[str], file: str) -> None:
    assert cli.main(["detect", file, "--operation", "last", "--version", "v1.0"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["suggestedWindow"] == 29
    assert "severity" not in answer


def test_detect_prints_why_it_refuses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    short = tmp_path / "short.json"
    short.write_bytes(daily_body(3))
    assert cli.main(["detect", str(short)]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "InvalidSeries"


def test_detect_needs_a_file_that_is_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The code is 1: a 2 would say that anomalies were found."""
    absent = tmp_path / "absent.json"
    assert cli.main(["detect", str(absent)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{absent}: No such file or directory\n"


def test_check_config_prints_every_setting_and_masks_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-config", *GATE, "limits:maxpoints=99"]) == 0
    printed = capsys.readouterr().out
    assert "Limits:MaxPoints=99  # command line\n" in printed
    assert "Workers=  # default\n" in printed
    assert "ApiKey=**********  # command line\n" in printed
    assert "s3cret" not in printed


def test_check_config_says_where_values_came_from_and_what_has_no_effect(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"Port": 81, "RAI_Terms": "h"}')
    password = tmp_path / "password"
    password.write_text("user:s3cret")
    monkeypatch.setenv("MOUNTS__INPUT", str(tmp_path))
    monkeypatch.setenv("http_proxy_creds__file", str(password))
    assert cli.main(["check-config", *GATE]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"Port=81  # file {file}" in lines
    assert f"Mounts:Input={tmp_path}  # environment" in lines
    assert f"HTTP_PROXY_CREDS=**********  # environment, read from {password}" in lines
    assert lines[-1] == "# RAI_Terms is accepted and has no effect yet."
    assert not [line for line in lines if "s3cret" in line]


def test_check_config_looks_at_the_mount_of_log_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = [*GATE, "Logging:Disk:Format=json"]
    assert cli.main(["check-config", *arguments, f"Mounts:Output={tmp_path}"]) == 0
    assert cli.main(["check-config", *arguments, f"Mounts:Output={tmp_path / 'absent'}"]) == 1
    assert capsys.readouterr().err.startswith("Logging:Disk:Format=json needs an output mount ")


def test_check_config_says_what_telemetry_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "_is_installed", lambda _library: False)
    assert cli.main(["check-config", *GATE, "OpenTelemetry:Endpoint=http://127.0.0.1:4318"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "# OpenTelemetry needs libraries that are not here, and is sent nothing: "
        "pip install anomaly-container[telemetry]."
    )


@pytest.mark.parametrize("arguments", [["--Eula=accept"], ["/Eula", "accept"]])
def test_settings_may_look_like_options(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert cli.main(["check-config", *arguments, *GATE[1:]]) == 0
    assert "Eula=accept  # command line\n" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        cli.main(["check-config", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: anomaly-container check-config ")


def test_check_config_prints_every_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-config", "Eula=accept", "Port=x"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split()[1] for line in captured.err.splitlines()] == [
        "Billing=<endpoint",
        "ApiKey=<key>",
        "Port.",
    ]


@pytest.mark.parametrize(("command", "service"), [("serve", None), ("meter", "meter")])
def test_a_command_that_serves_hands_its_words_on(
    monkeypatch: pytest.MonkeyPatch, command: str, service: str | None
) -> None:
    taken: list[tuple[list[str], str | None]] = []

    def serve(arguments: list[str], service: str | None) -> int:
        taken.append((arguments, service))
        return 0

    monkeypatch.setattr(launch, "serve", serve)
    assert cli.main([command, *GATE]) == 0
    assert taken == [(GATE, service)]


def test_check_config_prints_the_full_names_of_another_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-config", "Service=meter", "Port=1", "Keys=s3cret"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Service=meter  # command line" in lines
    assert "Meter:Port=1  # command line" in lines
    assert "Meter:Keys=**********  # command line" in lines
    assert "Limits:BodySeconds=10.0  # default" in lines
    assert not [line for line in lines if line.startswith(("Eula=", "Port=", "Metering:"))]


@pytest.mark.parametrize("arguments", [[], ["unheard-of"], ["--", "check-config", "Port=x"], ["detect"]])
def test_unknown_arguments_end_with_1(arguments: list[str]) -> None:
    """The code is 1: a 2 would say that anomalies were found."""
    try:
        code: object = cli.main(arguments)
    except SystemExit as ended:
        code = ended.code
    assert code == 1
