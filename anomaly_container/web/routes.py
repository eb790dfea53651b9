"""The one table of what is served, and how a path may be spelt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.web import figures, files, health, usage_logs
from anomaly_container.web.handlers import univariate
from anomaly_container.web.series_file import series

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


@dataclass(frozen=True, slots=True)
class Route:
    """One row: a method (GET stands for HEAD too), the path as documented, and who answers."""

    method: str
    path: str
    handler: Handler


def _detection(operation: Operation, version: ApiVersion) -> str:
    return f"/anomalydetector/{version}/timeseries/{operation}/detect"


ROUTES: Final = (
    *(Route("GET", path, files.file(path)) for path in files.PATHS),
    Route("POST", "/ui/series", series),
    Route("GET", "/swagger", files.to_swagger),
    Route("GET", "/docs", files.to_swagger),
    Route("GET", "/status", health.status),
    Route("GET", "/ready", health.ready),
    Route("GET", "/livez", health.livez),
    Route("GET", "/readyz", health.readyz),
    Route("GET", "/metrics", figures.page),
    Route("GET", "/records/usage-logs/", usage_logs.total),
    Route("GET", "/records/usage-logs/{MONTH}/{YEAR}", usage_logs.of_month),
    *(
        Route(method, _detection(operation, version), handler)
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


_OPERATIONS: Final = {
    _detection(operation, version): operation.value for version in ApiVersion for operation in Operation
}
_HANDLERS: Final[dict[str, dict[str, Handler]]] = {}
for _route in ROUTES:
    _by_method = _HANDLERS.setdefault(canonical(_route.path), {})
    _by_method[_route.method] = _route.handler
    if _route.method == "GET":
        _by_method["HEAD"] = _route.handler


def documented_path(request: web.Request) -> str | None:
    """Return the path of the table that a request asked for in whatever spelling; None when it has none."""
    resource = request.match_info.route.resource
    if resource is not None:
        return resource.canonical
    path = canonical(request.path)
    return path if path in _HANDLERS else None


def operation_of(path: str) -> str:
    """Return the operation that a path of the table stands for, or nothing when it is a page."""
    return _OPERATIONS.get(path, "")


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
