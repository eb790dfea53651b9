"""Every setting is in docs/settings.md and in config/default.yaml, with the default it really has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path

import pytest
import yaml

from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.load import HOUSE, WITHOUT_EFFECT, load
from anomaly_container.settings.logging import LogLevel
from anomaly_container.settings.sources import CONFIG

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "settings.md").read_text()
FILE = (ROOT / "config" / "default.yaml").read_text()
NAMES = (CONFIG, *HOUSE)
DEFAULTS = {
    str(field.alias): None if field.is_required() else field.default
    for field in CommonSettings.model_fields.values()
}
ROW = re.compile(
    r"^\| `(?P<name>[^`]+)` \| (?:`(?P<default>[^`]+)` )?(?:\| )?(?P<meaning>\S.*) \|$", re.MULTILINE
)


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
    assert {"Eula", "Billing", "ApiKey", "Port", "Limits:MaxPoints"} <= set(NAMES)
    # It says where a file of settings is, so that no file can hold it.
    assert {"Config"} == {*NAMES} - {*DEFAULTS}


@pytest.mark.parametrize("name", [*NAMES, *WITHOUT_EFFECT])
def test_every_setting_has_one_row(name: str) -> None:
    assert [row["name"] for row in ROW.finditer(DOCS)].count(name) == 1


def test_every_row_is_a_setting() -> None:
    assert {row["name"] for row in ROW.finditer(DOCS)} == {*NAMES, *WITHOUT_EFFECT}


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_default_is_the_default(name: str) -> None:
    [row] = [row for row in ROW.finditer(DOCS) if row["name"] == name]
    default = DEFAULTS.get(name)
    assert row["default"] == (
        None if default is None else f"{default:g}" if isinstance(default, float) else str(default)
    )


def test_the_file_has_every_setting_with_its_default() -> None:
    assert dict(flat(yaml.safe_load(FILE))) == {
        name: str(default) if isinstance(default, Path) else default for name, default in DEFAULTS.items()
    }


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_file_has_a_comment_above_or_beside_every_setting(name: str) -> None:
    lines = FILE.splitlines()
    [line] = [line for key, line in lines_of_keys(yaml.compose(FILE)) if key == name]
    above = takewhile(str.strip, reversed(lines[: line + 1]))
    assert "# " in "".join(above)


def test_the_example_of_a_mounted_file_is_one(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.+?)```", DOCS, re.DOTALL)
    key = tmp_path / "key"
    key.write_text("key\n")
    file = tmp_path / "settings.yaml"
    file.write_text(example.replace("/run/secrets/key", str(key)))
    assert load([f"Config={file}"], {}, {}).max_points == 20000


def test_the_names_of_the_levels_are_documented() -> None:
    assert all(f"`{level}`" in DOCS for level in LogLevel)
