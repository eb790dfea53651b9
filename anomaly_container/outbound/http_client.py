"""HTTP to other hosts, with a bound on everything.

`fetch` is for a URL that came in a message. Its host must be allowed, is resolved once, and every address
found must be public; connections are made to these addresses and to no other, with TLS for the name. `post`
is for a URL that the operator has set, and may lead to a private address. Neither follows redirects, uses
proxies or shows a body.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from anomaly_container.outbound.allowed_hosts import ForbiddenUrlError, allowed_url
from anomaly_container.outbound.errors import TooLarge, Unavailable
from anomaly_container.outbound.loopback import is_loopback
from anomaly_container.outbound.public_address import is_public_unicast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiohappyeyeballs import AddrInfoType

FETCH_SECONDS: Final = 5.0
FETCH_BYTES: Final = 64 * 1024
POST_SECONDS: Final = 10.0
MAX_ADDRESSES: Final = 16
HTTPS_PORT: Final = 443
HEAD_BYTES: Final = 8190


class UnexpectedStatus(Unavailable):  # as the errors of a store
    """The host answered with another status than that of success.

    Attributes
    ----------
    status, retry_after
        The status, and the header `Retry-After` as it came, None without one.
    """

    def __init__(self, status: int, retry_after: str | None = None) -> None:
        super().__init__(message=f"The host answered {status}.")
        self.status = status
        self.retry_after = retry_after


async def resolve(host: str) -> list[tuple[str, int]]:
    """Return the addresses of a name, each with the port of https, as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    return [(str(address[0]), int(address[1])) for *_, address in found]


def trusted_authorities() -> ssl.SSLContext:
    """Return the authorities of the system and of certifi, with names and certificates verified."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class HttpClient:
    """Fetches what messages name, and posts to what the operator has set.

    The arguments are for tests, which have neither public addresses nor certificates for them. No setting
    sets them.

    Parameters
    ----------
    resolver
        Returns the addresses of a name, each with a port.
    permits
        Says whether `fetch` may connect to an address.
    trust
        The authorities that are believed; those of the system by default.
    """

    def __init__(
        self,
        *,
        resolver: Callable[[str], Awaitable[Sequence[tuple[str, int]]]] = resolve,
        permits: Callable[[str], bool] = is_public_unicast,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._resolver = resolver
        self._permits = permits
        self._trust = trust

    async def fetch(self, url: str, hosts: Sequence[str], limit: int = FETCH_BYTES) -> bytes:
        """Return what a URL that came in a message answers with 200.

        Parameters
        ----------
        url
            A URL of https.
        hosts
            Patterns of the hosts that are allowed, such as `sns.*.amazonaws.com`.
        limit
            The most bytes that the answer may have.

        Raises
        ------
        ForbiddenUrlError
            If the URL, its host or one of its addresses is not allowed. No connection was made.
        TooLarge
            If the answer is longer than `limit`.
        Unavailable
            If there was no answer within 5 s, or another one than 200: then it is an `UnexpectedStatus`.
        """
        target = allowed_url(url, hosts)
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                addresses = await self._permitted(target.host)
                return await self._get(target.text, addresses, limit)
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise Unavailable(message="The host did not answer in time, or not over verified TLS.") from None

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        allow_http: bool = False,
        seconds: float = POST_SECONDS,
    ) -> None:
        """Send a body once to a URL that the operator has set; an answer of 2xx is success.

        Parameters
        ----------
        url
            A URL of https; of http on loopback, or with `allow_http`.
        body, headers
            What is sent.
        allow_http
            Allow http to another machine.
        seconds
            How long the host may take for its answer.

        Raises
        ------
        ForbiddenUrlError
            If the URL is http and must not be. Nothing was sent.
        Unavailable
            If there was no answer in time, or another one than 2xx: then it is an `UnexpectedStatus`.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and not (
            parts.scheme == "http" and (allow_http or is_loopback(parts.hostname or ""))
        ):
            raise ForbiddenUrlError(message="The URL is neither https nor on loopback.")
        try:
            connector = aiohttp.TCPConnector(ssl=self._context(), force_close=True)
            async with (
                asyncio.timeout(seconds),
                _session(connector) as session,
                session.post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                status, wish = response.status, response.headers.get("Retry-After")
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            raise Unavailable(message="The host did not answer in time.") from None
        if not 200 <= status < 300:
            raise UnexpectedStatus(status, wish)

    async def _permitted(self, host: str) -> list[tuple[str, int]]:
        addresses = list(await self._resolver(host))[:MAX_ADDRESSES]
        if not addresses or not all(self._permits(address) for address, _ in addresses):
            raise ForbiddenUrlError(message="The host of the URL has an address that is not public.")
        return addresses

    async def _get(self, url: str, addresses: Sequence[tuple[str, int]], limit: int) -> bytes:
        pins = _Pins(addresses)
        connector = aiohttp.TCPConnector(
            resolver=pins,
            socket_factory=pins.make_socket,
            use_dns_cache=False,
            ssl=self._context(),
            force_close=True,
        )
        async with (
            _session(connector) as session,
            session.get(URL(url, encoded=True), allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise UnexpectedStatus(response.status)
            body = bytearray()
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > limit:
                    raise TooLarge(message=f"The answer is longer than {limit} bytes.")
            return bytes(body)

    def _context(self) -> ssl.SSLContext:
        if self._trust is None:
            self._trust = trusted_authorities()
        return self._trust


class _Pins(AbstractResolver):
    """The addresses that were permitted: nothing else is resolved, and no other socket is made."""

    def __init__(self, addresses: Sequence[tuple[str, int]]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del port, family
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=number,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address, number in self._addresses
        ]

    def make_socket(self, found: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = found
        if address[:2] not in self._addresses:
            raise PermissionError
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    async def close(self) -> None:
        return


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        max_line_size=HEAD_BYTES,
        max_field_size=HEAD_BYTES,
        timeout=aiohttp.ClientTimeout(total=None),
    )
