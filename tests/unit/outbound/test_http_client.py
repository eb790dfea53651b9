"""HTTP to other hosts.

The smallest example: of a host that resolves to 127.0.0.1 nothing is fetched, and no connection is made.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound import http_client
from anomaly_container.outbound.allowed_hosts import ForbiddenUrlError
from anomaly_container.outbound.errors import TooLarge, Unavailable
from anomaly_container.outbound.http_client import HttpClient, UnexpectedStatus
from tests.support.authority import Authority, authority
from tests.unit.outbound.test_allowed_hosts import TRICKS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

HOST = "localhost"
# The certificates of tests are for localhost, which is a pattern of one label.
HOSTS = (HOST, "sns.*.amazonaws.com")
URL = f"https://{HOST}/a.pem"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trust(signer: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=signer.root)


class Trap:
    """A server that counts its connections, and gives the same answer to each request."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.connections = 0
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head)
        writer.write(self.answer)
        await writer.drain()
        writer.close()

    def resolver(self, *addresses: str) -> Resolver:
        return Resolver([(address, self.port) for address in addresses])


class Resolver:
    """Resolves every name to the same addresses."""

    def __init__(self, addresses: Sequence[tuple[str, int]]) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[tuple[str, int]]:
        self.asked.append(host)
        return self.addresses


@asynccontextmanager
async def trap(
    answer: bytes = b"HTTP/1.1 200 OK\r\n\r\nfound", context: ssl.SSLContext | None = None
) -> AsyncIterator[Trap]:
    caught = Trap(answer)
    server = await asyncio.start_server(caught.serve, "127.0.0.1", 0, ssl=context)
    caught.port = server.sockets[0].getsockname()[1]
    async with server:
        yield caught


@pytest.fixture
def tls(signer: Authority) -> ssl.SSLContext:
    pair = signer.pair("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


def on_loopback(address: str) -> bool:
    return address == "127.0.0.1"


async def test_it_fetches_from_the_address_with_the_name_of_the_host(
    trust: ssl.SSLContext, tls: ssl.SSLContext
) -> None:
    names: list[str | None] = []
    tls.sni_callback = lambda _, name, __: names.append(name)
    async with trap(context=tls) as server:
        resolver = server.resolver("127.0.0.1")
        client = HttpClient(resolver=resolver, permits=on_loopback, trust=trust)
        assert await client.fetch(f"{URL}?a=%2F+b", HOSTS) == b"found"
    assert resolver.asked == [HOST]
    assert names == [HOST]
    [request] = server.requests
    assert request.startswith(b"GET /a.pem?a=%2F+b HTTP/1.1\r\n")
    assert b"Host: localhost\r\n" in request


@pytest.mark.parametrize("url", TRICKS, ids=ascii)
async def test_a_trick_makes_no_connection(url: str, trust: ssl.SSLContext) -> None:
    async with trap() as server:
        resolver = server.resolver("127.0.0.1")
        client = HttpClient(resolver=resolver, permits=on_loopback, trust=trust)
        with pytest.raises(ForbiddenUrlError):
            await client.fetch(url, ["sns.*.amazonaws.com", "sns.*.amazonaws.com.cn"])
    assert resolver.asked == []
    assert server.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [
        *(
            ("127.0.0.1",),
            ("::1",),
            ("169.254.169.254",),
            ("10.0.0.1",),
            ("::ffff:127.0.0.1",),
            ("100.64.0.1",),
        ),
        *(
            ("0.0.0.1",),
            ("fe80::1%lo",),
            ("224.0.0.1",),
            (),
            ("8.8.8.8", "127.0.0.1"),
            ("fd00::1", "8.8.8.8"),
        ),  # not bound
    ],
)
async def test_a_name_that_leads_inside_makes_no_connection(
    addresses: tuple[str, ...], trust: ssl.SSLContext
) -> None:
    async with trap() as server:
        client = HttpClient(resolver=server.resolver(*addresses), trust=trust)
        with pytest.raises(ForbiddenUrlError):
            await client.fetch("https://sns.eu-west-1.amazonaws.com/x", HOSTS)
    assert server.connections == 0


async def test_a_name_is_resolved_once_and_proxies_are_not_used(
    trust: ssl.SSLContext, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second answer of the name server could be another than the one that was checked."""
    async with trap() as inside, trap(context=tls) as server:
        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")

        class Rebinding(Resolver):
            async def __call__(self, host: str) -> Sequence[tuple[str, int]]:
                await super().__call__(host)
                return self.addresses if len(self.asked) == 1 else [("127.0.0.1", inside.port)]

        resolver = Rebinding([("127.0.0.1", server.port)])
        client = HttpClient(resolver=resolver, permits=on_loopback, trust=trust)
        assert await client.fetch(URL, HOSTS) == b"found"
        assert resolver.asked == [HOST]
        assert inside.connections == 0


def test_no_socket_is_made_for_another_address() -> None:
    pins = http_client._Pins([("8.8.8.8", 443)])  # noqa: SLF001  # what makes the pinning sure
    for address in (("127.0.0.1", 443), ("8.8.8.8", 80)):
        with pytest.raises(PermissionError):
            pins.make_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", address))


@pytest.mark.parametrize("status", [b"301 X", b"302 X", b"307 X", b"204 X", b"403 X", b"500 X"])
async def test_only_200_is_an_answer(status: bytes, trust: ssl.SSLContext, tls: ssl.SSLContext) -> None:
    async with trap() as inside, trap(context=tls) as server:
        server.answer = b"HTTP/1.1 %b\r\nLocation: http://127.0.0.1:%d/\r\n\r\nsecret" % (status, inside.port)
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback, trust=trust)
        with pytest.raises(Unavailable) as caught:
            await client.fetch(URL, HOSTS)
    assert "secret" not in str(caught.value)
    assert (server.connections, inside.connections) == (1, 0)


@pytest.mark.parametrize("head", [b"", b"Content-Length: 70000\r\n"])
async def test_an_answer_has_a_bound(head: bytes, trust: ssl.SSLContext, tls: ssl.SSLContext) -> None:
    async with trap(b"HTTP/1.1 200 OK\r\n%b\r\n" % head + bytes(70_000), tls) as server:
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback, trust=trust)
        with pytest.raises(TooLarge):
            await client.fetch(URL, HOSTS)
        assert len(await client.fetch(URL, HOSTS, 70_000)) == 70_000


async def test_a_compressed_answer_is_not_expanded(trust: ssl.SSLContext, tls: ssl.SSLContext) -> None:
    async with trap(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nbomb", tls) as server:
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback, trust=trust)
        assert await client.fetch(URL, HOSTS) == b"bomb"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x01",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1",
    ],
)
async def test_what_is_not_http_is_unavailable(
    answer: bytes, trust: ssl.SSLContext, tls: ssl.SSLContext
) -> None:
    async with trap(answer, tls) as server:
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback, trust=trust)
        with pytest.raises(Unavailable):
            await client.fetch(URL, HOSTS)


@pytest.mark.parametrize("status", [204, 302, 404, 503])
async def test_another_status_is_named(status: int, trust: ssl.SSLContext, tls: ssl.SSLContext) -> None:
    answer = f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nLocation: https://127.0.0.1/\r\n\r\n".encode()
    async with trap(answer, tls) as server:
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback, trust=trust)
        with pytest.raises(UnexpectedStatus) as caught:
            await client.fetch(URL, HOSTS)
        assert caught.value.status == status
        assert server.connections == 1


async def test_an_unknown_authority_is_not_believed(tls: ssl.SSLContext) -> None:
    async with trap(context=tls) as server:
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback)
        with pytest.raises(Unavailable):
            await client.fetch(URL, HOSTS)
    assert server.requests == []


async def test_a_certificate_of_another_name_is_not_believed(
    trust: ssl.SSLContext, tls: ssl.SSLContext
) -> None:
    async with trap(context=tls) as server:
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback, trust=trust)
        with pytest.raises(Unavailable):
            await client.fetch("https://sns.eu-west-1.amazonaws.com/x", HOSTS)
    assert server.requests == []


async def test_a_silent_host_is_unavailable_in_time(
    trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "FETCH_SECONDS", 0.2)
    async with trap() as server:  # It waits for a request, and gets a handshake.
        client = HttpClient(resolver=server.resolver("127.0.0.1"), permits=on_loopback, trust=trust)
        with pytest.raises(Unavailable):
            await asyncio.wait_for(client.fetch(URL, HOSTS), 5)


class TestPost:
    """What the operator has set may be a private address."""

    async def test_a_body_is_sent(self, trust: ssl.SSLContext, tls: ssl.SSLContext) -> None:
        async with trap(b"HTTP/1.1 204 X\r\n\r\n", tls) as server:
            client = HttpClient(trust=trust)
            await client.post(f"https://localhost:{server.port}/hook", b"{}", {"Idempotency-Key": "batch"})
        [head] = server.requests
        assert head.startswith(b"POST /hook HTTP/1.1\r\n")
        assert b"Idempotency-Key: batch\r\n" in head

    async def test_http_is_for_loopback(self) -> None:
        async with trap(b"HTTP/1.1 200 X\r\n\r\n") as server:
            client = HttpClient()
            await client.post(f"http://127.0.0.1:{server.port}/hook", b"{}", {})
            for url in (
                f"http://host.example:{server.port}/",
                "ftp://127.0.0.1/",
                "127.0.0.1",
                "file:///etc",
            ):
                with pytest.raises(ForbiddenUrlError):
                    await client.post(url, b"{}", {})
            with pytest.raises(ForbiddenUrlError):
                await client.post("ftp://host.example/", b"{}", {}, allow_http=True)
        assert server.connections == 1

    @pytest.mark.parametrize("status", [b"301 X", b"400 X", b"500 X"])
    async def test_another_answer_is_an_error(self, status: bytes) -> None:
        async with trap() as inside, trap() as server:
            server.answer = b"HTTP/1.1 %b\r\nLocation: http://127.0.0.1:%d/\r\n\r\nsecret" % (
                status,
                inside.port,
            )
            with pytest.raises(Unavailable) as caught:
                await HttpClient().post(f"http://127.0.0.1:{server.port}/hook", b"{}", {})
        assert "secret" not in str(caught.value)
        assert inside.connections == 0

    async def test_the_wish_of_a_busy_host_comes_along(self) -> None:
        async with trap(b"HTTP/1.1 429 X\r\nRetry-After: 17\r\n\r\n") as server:
            with pytest.raises(UnexpectedStatus) as caught:
                await HttpClient().post(f"http://127.0.0.1:{server.port}/hook", b"{}", {})
        assert (caught.value.status, caught.value.retry_after) == (429, "17")

    async def test_a_host_has_the_time_that_the_caller_gives(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/hook"
            with pytest.raises(Unavailable):
                await asyncio.wait_for(HttpClient().post(url, b"{}", {}, seconds=0.2), 5)
