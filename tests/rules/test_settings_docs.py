"""Every setting is in docs/settings.md and in config/default.yaml, with the defaults that it really has.

The smallest example: `Limits:BodySeconds` has the default `30; meter 10`, and is blank in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from anomaly_container.process.services import scheme
from anomaly_container.services import PORTS
from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.load import WITHOUT_EFFECT, resolve
from anomaly_container.settings.logging import LogLevel
from anomaly_container.settings.names import OPEN

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "settings.md").read_text()
FILE = (ROOT / "config" / "default.yaml").read_text()


def defaults_of(word: str) -> dict[str, object]:
    """The defaults of the settings that a service has, by name; None for none, and for an open name."""
    fields: dict[str, Any] = scheme(word).settings.model_fields
    return {
        str(field.alias): None if field.is_required() or field.default_factory else field.default
        for field in fields.values()
    }


COMMON_DEFAULTS = {
    str(field.alias): None if field.is_required() else field.default
    for field in CommonSettings.model_fields.values()
}
SERVICES = {word: defaults_of(word) for word in PORTS}
# By name: the common default, and those of the services that have another.
OVERRIDDEN = {
    name: {word: own[name] for word, own in SERVICES.items() if name in own and own[name] != default}
    for name, default in COMMON_DEFAULTS.items()
}
DEFAULTS = COMMON_DEFAULTS | {
    name: default for own in SERVICES.values() for name, default in own.items() if name not in COMMON_DEFAULTS
}
# Names with a part that the user chooses; a file of defaults cannot hold them.
OPEN_NAMES = {name for name in DEFAULTS if OPEN.search(name)}
# The variable of the original pipeline; without a section it would be unknown to the other services.
ELSEWHERE = {"BUCKET_NAME"}
NOT_IN_THE_FILE = OPEN_NAMES | ELSEWHERE
# It says where a file of settings is, so that no file can hold it.
NAMES = ["Config", *DEFAULTS]
ROW = re.compile(
    r"^\| `(?P<name>[^`]+)` \| (?:`(?P<default>[^`]+)` )?(?:\| )?(?P<meaning>\S.*) \|$", re.MULTILINE
)


def shown(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default)


def flat(mapping: Mapping[str, object], section: str = "") -> Iterator[tuple[str, object]]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{section}{key}:")
        else:
            yield f"{section}{key}", value


def lines_of_keys(node: yaml.Node | None, section: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield f"{section}{key.value}", key.start_mark.line
            yield from lines_of_keys(value, f"{section}{key.value}:")


def test_there_are_settings_to_look_for() -> None:
    assert {"Eula", "Billing", "ApiKey", "Port", "Limits:MaxPoints", "Meter:Port"} <= set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("word", PORTS)
def test_each_service_has_its_names_and_config(word: str) -> None:
    names = [OPEN.sub("one", name) for name in ("Config", *SERVICES[word])]
    assert all(scheme(word).names.find(name) == (name, False) for name in names)
    assert {"Config", *SERVICES[word]} <= set(NAMES)


def test_a_name_has_one_owner() -> None:
    own = [name for names in SERVICES.values() for name in names if name not in COMMON_DEFAULTS]
    assert len(own) == len(set(own))


@pytest.mark.parametrize("name", [*NAMES, *WITHOUT_EFFECT])
def test_every_setting_has_one_row(name: str) -> None:
    assert [row["name"] for row in ROW.finditer(DOCS)].count(name) == 1


def test_every_row_is_a_setting() -> None:
    assert {row["name"] for row in ROW.finditer(DOCS)} == {*NAMES, *WITHOUT_EFFECT}


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_default_is_the_default(name: str) -> None:
    [row] = [row for row in ROW.finditer(DOCS) if row["name"] == name]
    default = DEFAULTS.get(name)
    own = [f"{word} {shown(one)}" for word, one in OVERRIDDEN.get(name, {}).items()]
    assert row["default"] == ("; ".join([*([] if default is None else [shown(default)]), *own]) or None)


def test_the_file_has_every_setting_with_its_default() -> None:
    """One that a service overrides is blank, or the file would win over the class."""
    assert dict(flat(yaml.safe_load(FILE))) == {
        name: None if OVERRIDDEN.get(name) else str(default) if isinstance(default, Path) else default
        for name, default in DEFAULTS.items()
        if name not in NOT_IN_THE_FILE
    }


@pytest.mark.parametrize("name", sorted(OPEN_NAMES))
def test_an_open_name_is_in_the_comment_of_the_setting_that_it_overrides(name: str) -> None:
    assert name in comment(name.partition(":<")[0])


@pytest.mark.parametrize("name", [name for name, own in OVERRIDDEN.items() if own])
def test_the_comment_of_an_overridden_setting_has_its_defaults(name: str) -> None:
    text = comment(name)
    defaults = [DEFAULTS[name], *OVERRIDDEN[name].values()]
    assert all(re.search(rf"\b{shown(one)}\b", text) for one in defaults if one is not None)
    assert all(word in text for word in OVERRIDDEN[name])


@pytest.mark.parametrize("word", PORTS)
def test_with_the_file_a_service_has_the_defaults_of_its_class(word: str) -> None:
    gate = ["Eula=accept", "Billing=http://127.0.0.1/", "ApiKey=key"] if "Eula" in SERVICES[word] else []
    settings = resolve(gate, {}, yaml.safe_load(FILE), scheme(word), word).settings
    given = {"Service", "Eula", "Billing", "ApiKey"}
    values = settings.model_dump(by_alias=True)
    assert {name: values[name] for name in values if name not in given} == {
        name: {} if name in OPEN_NAMES else default
        for name, default in SERVICES[word].items()
        if name not in given
    }


def comment(name: str) -> str:
    """The lines above a setting of the file, from the last blank one to its own."""
    lines = FILE.splitlines()
    [line] = [line for key, line in lines_of_keys(yaml.compose(FILE)) if key == name]
    return "\n".join(takewhile(str.strip, reversed(lines[: line + 1])))


@pytest.mark.parametrize("name", sorted({*DEFAULTS} - NOT_IN_THE_FILE))
def test_the_file_has_a_comment_above_or_beside_every_setting(name: str) -> None:
    assert "# " in comment(name)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_what_the_file_cannot_have_is_named_in_it(name: str) -> None:
    assert name in FILE


def test_the_example_of_a_mounted_file_is_one(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.+?)```", DOCS, re.DOTALL)
    key = tmp_path / "key"
    key.write_text("key\n")
    file = tmp_path / "settings.yaml"
    file.write_text(example.replace("/run/secrets/key", str(key)))
    assert resolve([f"Config={file}"], {}, {}, scheme("anomalydetector")).settings.max_points == 20000


def test_the_names_of_the_levels_are_documented() -> None:
    assert all(f"`{level}`" in DOCS for level in LogLevel)
