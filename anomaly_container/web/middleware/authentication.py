"""Who may ask: an access key for queries, and for pages if the settings say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.web.access_keys import Keys, given_key
from anomaly_container.web.errors import RateLimitedError, ShellError
from anomaly_container.web.rate_limit import buckets
from anomaly_container.web.routing import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.settings.access import AccessSettings
    from anomaly_container.web.rate_limit import Buckets
    from anomaly_container.web.routing import Match, Table

LIMITED_METHODS: Final = frozenset({"POST", "PUT", "DELETE"})


def authentication(
    settings: AccessSettings, table: Table, workers: int, realm: str, admin_keys: Mapping[str, Keys]
) -> list[Middleware]:
    """Return what stands before every handler: nothing if there is no file of access keys.

    Parameters
    ----------
    settings
        Where the access keys are, which pages need one, and how many requests a key may send.
    table
        The kind of every route.
    workers
        Among how many processes the rate of a key is divided.
    realm
        What a client is told that the key is for.
    admin_keys
        By the name of a service the access keys for its routes of the kind `admin`.
    """
    if settings.access_keys is None:
        return []
    keeper = _Keeper(
        Keys(settings.access_keys), admin_keys, settings.access_pages, buckets(settings, workers), realm
    )

    @web.middleware
    async def require_key(request: web.Request, handler: Handler) -> web.StreamResponse:
        await keeper.check(request, table.match(request))
        return await handler(request)

    return [require_key]


class _Keeper:
    def __init__(
        self, keys: Keys, admin_keys: Mapping[str, Keys], pages: str, limit: Buckets | None, realm: str
    ) -> None:
        self._keys = keys
        self._admin_keys = admin_keys
        self._pages = pages
        self._limit = limit
        # Without it a browser would not know what is asked of it; a realm is all that the scheme wants.
        self._challenge = {"WWW-Authenticate": f'Bearer realm="{realm}"'}

    async def check(self, request: web.Request, match: Match) -> None:
        """Return if the request may go on.

        Raises
        ------
        ShellError
            If it has no valid access key.
        RateLimitedError
            If the key has sent more requests than it may.
        """
        if not self._needs_key(match.kind):
            return
        keys = (
            self._admin_keys.get(match.service.name, self._keys) if match.kind is Kind.ADMIN else self._keys
        )
        key = await keys.find(given_key(request.headers))
        if key is None:
            raise ShellError(401, headers=self._challenge)
        if self._limit is not None and request.method in LIMITED_METHODS and _is_limited(match):
            seconds = self._limit.take(key)
            if seconds:
                raise RateLimitedError(match.facts, seconds)

    def _needs_key(self, kind: Kind) -> bool:
        if kind is Kind.PAGE:
            return self._pages != "open"
        if kind is Kind.PROBE:
            return self._pages == "all"
        return kind is not Kind.CALLBACK


def _is_limited(match: Match) -> bool:
    """Tell whether a request counts towards the rate: one to a path that is not served does not."""
    return match.path is not None and match.kind in {Kind.QUERY, Kind.ADMIN}
