"""The one table of what is served, and how a path may be spelt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.web import health, usage_logs
from anomaly_container.web.handlers import univariate

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


@dataclass(frozen=True, slots=True)
class Route:
    """One row: a method (GET stands for HEAD too), the path as documented, and who answers."""

    method: str
    path: str
    handler: Handler


ROUTES: Final = (
    Route("GET", "/", health.home),
    Route("GET", "/status", health.status),
    Route("GET", "/ready", health.ready),
    Route("GET", "/livez", health.livez),
    Route("GET", "/readyz", health.readyz),
    Route("GET", "/records/usage-logs/", usage_logs.total),
    Route("GET", "/records/usage-logs/{MONTH}/{YEAR}", usage_logs.of_month),
    *(
        Route(method, f"/anomalydetector/{version}/timeseries/{operation}/detect", handler)
        for version in ApiVersion
        for operation in Operation
        for method, handler in (("GET", health.probe), ("POST", univariate(operation, version)))
    ),
)

# One published specification spells its own version with a dash.
SYNONYMS: Final = {"v1.1-preview-1": "v1.1-preview.1"}


def canonical(path: str) -> str:
    """Return the path as the table spells it: lower case, single slashes, none at the end."""
    segments = [segment for segment in path.lower().split("/") if segment]
    return "/" + "/".join(SYNONYMS.get(segment, segment) for segment in segments)


_HANDLERS: Final[dict[str, dict[str, Handler]]] = {}
for _route in ROUTES:
    _by_method = _HANDLERS.setdefault(canonical(_route.path), {})
    _by_method[_route.method] = _route.handler
    if _route.method == "GET":
        _by_method["HEAD"] = _route.handler


def find(method: str, path: str) -> Handler:
    """Return the handler of a path in any spelling.

    Raises
    ------
    aiohttp.web.HTTPNotFound
        When nothing is served there.
    aiohttp.web.HTTPMethodNotAllowed
        When something is, by other methods; they are in its `Allow` header.
    """
    by_method = _HANDLERS.get(canonical(path))
    if by_method is None:
        raise web.HTTPNotFound
    if method not in by_method:
        raise web.HTTPMethodNotAllowed(method, sorted(by_method))
    return by_method[method]
