"""Authentication by access key, for queries and, if configured, for pages, and the rate limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.web.access_keys import AccessKeys, access_key_of
from anomaly_container.web.errors import RateLimitedError, ShellError
from anomaly_container.web.rate_limit import token_buckets
from anomaly_container.web.routing import MATCH, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.settings.access import AccessSettings
    from anomaly_container.web.rate_limit import TokenBuckets
    from anomaly_container.web.routing import Match

LIMITED_METHODS: Final = frozenset({"POST", "PUT", "DELETE"})


def authentication(
    settings: AccessSettings, workers: int, realm: str, admin_keys: Mapping[str, AccessKeys]
) -> list[Middleware]:
    """Return the middleware that checks access keys; none if there is no file of them.

    Parameters
    ----------
    settings
        The file of access keys, the pages that need one, and the rate limit.
    workers
        The number of processes among which the rate limit is divided.
    realm
        The realm of the `WWW-Authenticate` header.
    admin_keys
        The access keys for routes of the kind `admin`, by the name of the service.
    """
    if settings.access_keys is None:
        return []
    authenticator = _Authenticator(
        AccessKeys(settings.access_keys),
        admin_keys,
        settings.access_pages,
        token_buckets(settings, workers),
        realm,
    )

    @web.middleware
    async def require_key(request: web.Request, handler: Handler) -> web.StreamResponse:
        await authenticator.check(request, request[MATCH])
        return await handler(request)

    return [require_key]


class _Authenticator:
    def __init__(
        self,
        keys: AccessKeys,
        admin_keys: Mapping[str, AccessKeys],
        pages: str,
        limit: TokenBuckets | None,
        realm: str,
    ) -> None:
        self._keys = keys
        self._admin_keys = admin_keys
        self._pages = pages
        self._limit = limit
        # The header is required with 401.
        self._challenge = {"WWW-Authenticate": f'Bearer realm="{realm}"'}

    async def check(self, request: web.Request, match: Match) -> None:
        """Raise an exception if the request is not allowed.

        Raises
        ------
        ShellError
            If the request has no valid access key.
        RateLimitedError
            If the access key has used up its rate limit.
        """
        if not self._needs_key(match.kind):
            return
        keys = (
            self._admin_keys.get(match.service.name, self._keys) if match.kind is Kind.ADMIN else self._keys
        )
        key = await keys.find(access_key_of(request.headers))
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
    """Return whether a request counts towards the rate limit; one to an unknown path does not."""
    return match.path is not None and match.kind in {Kind.QUERY, Kind.ADMIN}
