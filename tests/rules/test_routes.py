"""The table of routes and openapi.yaml say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.univariate_app import ROUTES

OPENAPI = Path(__file__).resolve().parents[2] / "openapi.yaml"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def spelt_out(path: str, item: dict[str, Any]) -> list[str]:
    """The paths that a row stands for: one for each word of a parameter that lists its words."""
    for parameter in item.get("get", {}).get("parameters", []):
        words = parameter["schema"].get("enum")
        if parameter["in"] == "path" and words:
            return [path.replace(f"{{{parameter['name']}}}", word) for word in words]
    return [path]


def test_every_route_is_documented_and_every_documented_route_is_served() -> None:
    paths = yaml.safe_load(OPENAPI.read_text())["paths"]
    documented = {
        (method.upper(), spelt)
        for path, item in paths.items()
        for method in item
        if method in METHODS
        for spelt in spelt_out(path, item)
    }
    assert documented == set(ROUTES)


def test_no_route_is_in_the_table_twice() -> None:
    assert len(set(ROUTES)) == len(ROUTES)
