"""Who may ask: a key for queries, and for pages where that is wanted; refused before the body is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.contract.errors import RATE_LIMITED
from anomaly_container.contract.versions import TITLES, ApiVersion, Operation
from anomaly_container.web.answers import platform_answer
from anomaly_container.web.auth import Keys, given_key
from anomaly_container.web.rate import buckets
from anomaly_container.web.routes import canonical

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.settings import Settings
    from anomaly_container.web.rate import Buckets

QUERIES: Final = {
    f"/anomalydetector/{version}/timeseries/{operation}/detect": (operation, version)
    for version in ApiVersion
    for operation in Operation
}
# Reading a file for the home page is work as a query is, though it is not counted.
READING: Final = "/ui/series"
PROBES: Final = frozenset({"/livez", "/readyz"})
# Without it a browser would not know what is asked of it; a realm is all that the scheme wants.
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="anomalydetector"'}


def access(settings: Settings) -> list[Middleware]:
    """Return what stands before every handler: nothing when there is no file of keys."""
    if settings.access_keys is None:
        return []
    return [_keeper(Keys(settings.access_keys), settings.access_pages, buckets(settings))]


def _keeper(keys: Keys, pages: str, limit: Buckets | None) -> Middleware:
    @web.middleware
    async def require_key(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        if path not in QUERIES:
            path = canonical(path)
        if not _needs_key(path, pages):
            return await handler(request)
        key = await keys.find(given_key(request.headers))
        if key is None:
            return platform_answer(401, CHALLENGE)
        if limit is not None and request.method == "POST" and (path in QUERIES or path == READING):
            seconds = limit.take(key)
            if seconds:
                return _rate_limited(path, seconds)
        return await handler(request)

    return require_key


def _needs_key(path: str, pages: str) -> bool:
    if path.startswith("/anomalydetector") or path == READING:
        return True
    return pages == "all" or (pages == "key" and path not in PROBES)


def _rate_limited(path: str, seconds: int) -> web.Response:
    if path == READING:
        return platform_answer(429, {"Retry-After": str(seconds)})
    operation, version = QUERIES[path]
    wait = "1 second" if seconds == 1 else f"{seconds} seconds"
    message = RATE_LIMITED.format(operation=TITLES[operation], version=version, wait=wait)
    return platform_answer(429, {"Retry-After": str(seconds)}, message)
