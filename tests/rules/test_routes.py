"""The table of routes of each port and the description of its first service say the same.

The smallest example: `GET /livez` is served on every port, and described in `openapi.yaml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from aiohttp.hdrs import METH_ANY

from anomaly_container.metering.usage import Usage
from anomaly_container.process.services import scheme, services_of
from anomaly_container.services import ALONE, PORTS
from anomaly_container.settings.load import resolve
from anomaly_container.web.app import create_app
from anomaly_container.web.shell import Shell
from tests.support.univariate_app import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
DESCRIBED = [port for port in PORTS if services_of(port)[0].openapi is not None]


def served(port: str) -> Iterator[tuple[str, str]]:
    """Every route of a port; GET stands for HEAD too."""
    services, nowhere = services_of(port), Path("/nowhere")
    gate = ["Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key"] if port not in ALONE else []
    settings = resolve(gate, {}, {}, scheme(port), port).settings
    meters = [meter for service in services for meter in service.meters]
    shell = Shell(state=nowhere, usage=Usage(nowhere, meters, None, counts=False) if meters else None)
    for route in create_app(settings, services, shell).router.routes():
        # A path that is not served has a route too, which answers 404.
        if route.method not in {"HEAD", METH_ANY} and route.resource is not None:
            yield route.method, route.resource.canonical


def described(port: str) -> Iterator[tuple[str, str]]:
    """Every route in the description of a port."""
    path = services_of(port)[0].openapi
    assert path is not None
    for written, item in yaml.safe_load(path.read_text(encoding="utf-8"))["paths"].items():
        for method in METHODS & set(item):
            yield from ((method.upper(), spelt) for spelt in spelt_out(written, item))


def spelt_out(path: str, item: dict[str, Any]) -> list[str]:
    """The paths that a row stands for: one for each word of a parameter that lists its words."""
    for parameter in item.get("get", {}).get("parameters", []):
        words = parameter.get("schema", {}).get("enum")
        if parameter.get("in") == "path" and words:
            return [path.replace(f"{{{parameter['name']}}}", word) for word in words]
    return [path]


def test_every_port_that_answers_queries_is_described() -> None:
    assert set(PORTS) - set(DESCRIBED) == ALONE
    assert set(served("anomalydetector")) == set(ROUTES)


@pytest.mark.parametrize("port", DESCRIBED)
def test_every_route_is_documented_and_every_documented_route_is_served(port: str) -> None:
    assert set(described(port)) == set(served(port))


@pytest.mark.parametrize("port", PORTS)
def test_no_route_is_in_the_table_twice(port: str) -> None:
    table = list(served(port))
    assert len(set(table)) == len(table)
