"""Every setting is in docs/settings.md and in config/default.yaml, with the default it really has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from anomaly_container.settings import NAMES, WITHOUT_EFFECT, Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "settings.md").read_text()
FILE = (ROOT / "config" / "default.yaml").read_text()
DEFAULTS = {
    str(field.alias): None if field.is_required() else field.default
    for field in Settings.model_fields.values()
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


def test_there_are_settings_to_look_for() -> None:
    assert {"Eula", "Billing", "ApiKey", "Port", "Limits:MaxPoints"} <= set(NAMES)


@pytest.mark.parametrize("name", [*NAMES, *WITHOUT_EFFECT])
def test_every_setting_has_one_row(name: str) -> None:
    assert [row["name"] for row in ROW.finditer(DOCS)].count(name) == 1


def test_every_row_is_a_setting() -> None:
    assert {row["name"] for row in ROW.finditer(DOCS)} == {*NAMES, *WITHOUT_EFFECT}


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_default_is_the_default(name: str) -> None:
    [row] = [row for row in ROW.finditer(DOCS) if row["name"] == name]
    default = DEFAULTS[name]
    assert row["default"] == (
        None if default is None else f"{default:g}" if isinstance(default, float) else str(default)
    )


def test_the_file_has_every_setting_with_its_default() -> None:
    assert dict(flat(yaml.safe_load(FILE))) == DEFAULTS


@pytest.mark.parametrize("name", NAMES)
def test_the_file_has_a_comment_above_or_beside_every_setting(name: str) -> None:
    key = name.rpartition(":")[2]
    paragraphs = [part for part in FILE.split("\n\n") if re.search(rf"^ *{key}:", part, re.MULTILINE)]
    assert len(paragraphs) == 1
    assert "# " in paragraphs[0]
