"""Words, variables, the mounted file and files of secrets, and which of them is believed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.files import MAX_FILE_BYTES
from anomaly_container.settings.load import COMMON, Resolved, load, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
DEFAULTS = {"Port": 5000, "Mounts": {"Input": "/input"}}


def resolved(*words: str, environ: dict[str, str] | None = None) -> Resolved[CommonSettings]:
    return resolve((*GATE, *words), environ or {}, DEFAULTS, COMMON)


def problems(*words: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        resolved(*words, environ=environ)
    return refusal.value.problems


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    file = tmp_path / "mounted.yaml"
    file.write_text("PORT: 1\nLimits:\n  maxpoints: 99\nLimits:MaxWaiting: 7\nWorkers:\nHost: null\n")
    return file


@pytest.mark.parametrize(
    ("words", "environ", "port", "origin"),
    [
        ((), {}, 1, "file"),
        ((), {"PORT": "2"}, 2, "environment"),
        (("port=3",), {"PORT": "2"}, 3, "command line"),
        (("port=",), {"PORT": " "}, 1, "file"),
    ],
)
def test_the_mounted_file_stands_between_environment_and_defaults(
    mounted: Path, words: tuple[str, ...], environ: dict[str, str], port: int, origin: str
) -> None:
    found = resolved(f"config={mounted}", *words, environ=environ)
    assert found.settings.port == port
    assert found.origins["Port"] == (f"file {mounted}" if origin == "file" else origin)
    assert (found.settings.max_points, found.settings.max_waiting, found.settings.workers) == (99, 7, None)


def test_a_variable_names_the_mounted_file_and_a_word_another(mounted: Path, tmp_path: Path) -> None:
    assert resolved(environ={"CONFIG": str(mounted)}).settings.port == 1
    other = tmp_path / "other.yml"
    other.write_text("Port: 4")
    assert resolved(f"Config={other}", environ={"CONFIG": str(mounted)}).settings.port == 4
    assert resolved("Config=/dev/null", environ={"CONFIG": str(mounted)}).settings.port == 5000


@pytest.mark.parametrize("name", ["settings.yaml", "settings.json"])
@pytest.mark.parametrize("environ", [True, False])
def test_a_file_in_the_input_folder_is_found(tmp_path: Path, name: str, environ: bool) -> None:
    (tmp_path / name).write_text('{"Port": 1}')
    found = (
        resolved(environ={"Mounts__Input": str(tmp_path)})
        if environ
        else resolved(f"Mounts:Input={tmp_path}")
    )
    assert found.settings.port == 1
    assert found.origins["Port"] == f"file {tmp_path / name}"
    assert found.settings.mounts_input == tmp_path


def test_of_two_files_in_the_input_folder_the_yaml_counts(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("Port: 1")
    (tmp_path / "settings.json").write_text('{"Port": 2}')
    assert resolved(f"Mounts:Input={tmp_path}").settings.port == 1


def test_an_input_folder_without_a_file_is_nothing_to_speak_of(tmp_path: Path) -> None:
    assert resolved(f"Mounts:Input={tmp_path}").settings.port == 5000
    assert resolved(f"Mounts:Input={tmp_path / 'absent'}").settings.port == 5000


def test_text_in_yaml_is_taken_as_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("Eula: accept\nBilling: http://h/\nApiKey: 0123\nPort: '80'\nHost: 1e3\n")
    found = load([f"Config={file}"], {}, {})
    assert found.api_key.get_secret_value() == "0123"
    assert (found.port, found.host) == (80, "1e3")


def test_json_is_taken_in_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "settings.JSON"
    values = {"Limits": {"MaxPoints": 99}, "Limits:BodySeconds": 1.5, "ApiKey": 123, "Workers": None}
    file.write_text("\ufeff" + json.dumps(values, indent="\t"))
    found = load([*GATE[:2], f"Config={file}"], {}, {})
    assert (found.max_points, found.body_seconds, found.workers) == (99, 1.5, None)
    assert found.api_key.get_secret_value() == "123"


def test_an_unknown_name_in_the_mounted_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("Limits: {MaxPoint: s3cret}\nLogging: {Disk: {Fromat: json}}\nPort: {Number: 1}\n")
    assert problems(f"Config={file}") == (
        f"Unknown setting Limits:MaxPoint in the settings file {file}. Did you mean Limits:MaxPoints?",
        f"Unknown setting Logging:Disk:Fromat in the settings file {file}. Did you mean Logging:Disk:Format?",
        f"Unknown setting Port:Number in the settings file {file}. Did you mean Port?",
    )


def test_a_setting_without_effect_in_the_mounted_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("Mounts:\n  License: x\n")
    assert resolved(f"Config={file}").without_effect == ("Mounts:License",)


@pytest.mark.parametrize("name", ["Config", "Mounts:Input"])
def test_where_the_file_is_cannot_be_said_in_it(tmp_path: Path, name: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(f"{name}: x")
    [problem] = problems(f"Config={file}")
    assert problem.startswith(f"{name} has no effect in the settings file {file}. ")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.yaml", "- s3cret", "must hold settings as `Name: value`."),
        ("x.yaml", "s3cret", "must hold settings as `Name: value`."),
        ("x.json", "[]", "must hold settings as `Name: value`."),
        ("x.yaml", "ApiKey: *s3cret", "cannot be understood, line 1, column 9."),
        ("x.yaml", "ApiKey: x\n\t: s3cret", "cannot be understood, line 2, column 1."),
        ("x.yaml", "a: &a {b: *a}", "cannot be understood."),
        ("x.yaml", "? [1]\n: s3cret", "cannot be understood, line 1, column 3."),
        ("x.yaml", "s3cret: \x01", "cannot be understood."),
        (
            "x.yaml",
            "Port: 1\n# s3cret\u2028ApiKey: x\n",
            "cannot be understood, line 2: it has a line separator other than LF, CRLF and CR.",
        ),
        (
            "x.yaml",
            "Port: 1\r\n\n# for s3cret\x85Access: {Pages: open}\n",
            "cannot be understood, line 3: it has a line separator other than LF, CRLF and CR.",
        ),
        ("x.json", '{"ApiKey": s3cret}', "cannot be understood, line 1, column 12."),
        ("x.json", '{"a":' * 100_000, "cannot be understood."),
        ("x.yaml", "# " + "x" * MAX_FILE_BYTES, "cannot be understood."),
    ],
)
def test_a_file_that_makes_no_sense_is_not_quoted(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    assert problems(f"Config={file}") == (f"The settings file {file} {reason}",)


def test_a_file_that_is_no_text_makes_no_sense(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    assert problems(f"Config={file}") == (f"The settings file {file} cannot be understood.",)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    absent = tmp_path / "absent.yaml"
    assert problems(f"Config={absent}") == (
        f"The settings file {absent} cannot be read: No such file or directory.",
    )
    assert problems(environ={"Config": str(tmp_path)}) == (
        f"The settings file {tmp_path} cannot be read: Is a directory.",
    )


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_bytes(b"s3cret\r\n")
    return file


@pytest.mark.parametrize("name", ["ApiKey:File", "ApiKey__File", "APIKEY:FILE"])
def test_a_file_holds_the_secret(secret: Path, tmp_path: Path, name: str) -> None:
    mounted = tmp_path / "settings.yaml"
    mounted.write_text(f"{name}: {secret}")
    nested = tmp_path / "nested.yaml"
    nested.write_text(f"ApiKey:\n  File: {secret}")
    for words, environ, origin in (
        ([f"{name}={secret}"], {}, "command line"),
        ([], {name: str(secret)}, "environment"),
        ([f"Config={mounted}"], {}, f"file {mounted}"),
        ([f"Config={nested}"], {}, f"file {nested}"),
    ):
        found = resolve([*GATE[:2], *words], environ, {}, COMMON)
        assert found.settings.api_key.get_secret_value() == "s3cret"
        assert found.origins["ApiKey"] == f"{origin}, read from {secret}"
        assert "s3cret" not in repr(found)


def test_any_setting_may_be_in_a_file(tmp_path: Path) -> None:
    for name, value in (("port", "81\n"), ("creds", "user:pass word\n"), ("points", " 99\n")):
        (tmp_path / name).write_text(value)
    found = resolved(
        f"Port:File={tmp_path / 'port'}",
        f"limits:maxpoints:file={tmp_path / 'points'}",
        environ={"HTTP_PROXY_CREDS__FILE": str(tmp_path / "creds")},
    ).settings
    assert (found.port, found.max_points) == (81, 99)
    assert found.http_proxy_creds is not None
    assert found.http_proxy_creds.get_secret_value() == "user:pass word"


def test_the_nearest_source_wins_whichever_way_it_gives_the_value(secret: Path, tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    words = [*GATE[:2], f"ApiKey:File={secret}"]
    assert load(words, {"ApiKey": "far"}, {}).api_key.get_secret_value() == "s3cret"
    assert resolved(environ={"ApiKey__File": absent}).settings.api_key.get_secret_value() == "key"
    mounted = tmp_path / "settings.yaml"
    mounted.write_text(f"ApiKey: {{File: {absent}}}")
    assert resolved(f"Config={mounted}").settings.api_key.get_secret_value() == "key"


def test_one_place_gives_a_setting_one_way(secret: Path) -> None:
    assert problems(f"ApiKey:File={secret}") == (
        "ApiKey and ApiKey:File are both given on the command line.",
    )
    assert problems(environ={"HOST": "h", "Host__File": str(secret)}) == (
        "Host and Host:File are both given in the environment.",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"", "is empty."),
        (b"\n \n", "is empty."),
        (b"\xff", "is not a short text in UTF-8."),
        (b"x" * (MAX_FILE_BYTES + 1), "is not a short text in UTF-8."),
    ],
)
def test_a_file_that_gives_no_value_is_told_without_its_name(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "s3cret"
    if content is not None:
        file.write_bytes(content)
    assert problems(f"HTTP_PROXY_CREDS:File={file}") == (
        f"The file that HTTP_PROXY_CREDS:File names {reason}",
    )


def test_a_required_setting_whose_file_gives_nothing_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        resolve([*GATE[:2], f"ApiKey:File={tmp_path / 'gone'}"], {}, DEFAULTS, COMMON)
    assert refusal.value.problems == (
        "The file that ApiKey:File names cannot be read: No such file or directory.",
    )


def test_a_variable_of_a_file_belongs_to_the_settings(secret: Path) -> None:
    """So that the server's processes are handed the value and not where it was."""
    assert COMMON.names.find("apikey__file") == ("ApiKey", True)
    assert COMMON.names.find("CONFIG") == ("Config", False)
    assert COMMON.names.find("FILE")[0] is None
    made = load(GATE[:2], {"ApiKey__File": str(secret)}, {})
    secret.unlink()
    assert load((), made.environment(), {}) == made


def test_the_processes_of_the_server_read_no_mounted_file_again(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("Port: 1")
    made = resolved(f"Mounts:Input={tmp_path}").settings
    file.write_text("Port: 2\nWorkers: 3\n")
    assert load((), made.environment(), DEFAULTS) == made
