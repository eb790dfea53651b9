"""What the shell does for a service that knows nothing of detection.

The smallest example: `POST /toy/v1/count` with the body "a b" answers `{"words":2}`.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient

from anomaly_container.settings.load import load
from anomaly_container.web import supervision
from anomaly_container.web.app import create_app
from anomaly_container.web.routing import Kind, Route, RouteConflictError
from anomaly_container.web.shell import Shell
from tests.support.toy import TOY, open_words, plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings.base import CommonSettings
    from anomaly_container.web.service import Service

Client = TestClient[web.Request, web.Application]
Serve = "Callable[..., Awaitable[Client]]"
WORDS = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
COUNT, UPPER = "/toy/v1/count", "/toy/v1/upper"


def settings_with(*words: str) -> CommonSettings:
    return load([*WORDS, *words], {}, {})


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(state=tmp_path)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, shell: Shell) -> Client:
    return await aiohttp_client(create_app(settings_with(), (TOY,), shell))


async def test_a_query_reads_its_body_and_answers(client: Client) -> None:
    response = await client.post(COUNT, data=b"a b")
    assert (response.status, await response.text()) == (200, '{"words":2}')
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert len(response.headers["apim-request-id"]) == 36


async def test_a_body_over_the_limit_of_the_route_is_refused_in_the_plain_shape(client: Client) -> None:
    response = await client.post(COUNT, data=b"a" * 65)
    assert response.status == 413
    assert await response.json() == {"error": {"code": "413", "message": "The request body is too large."}}
    assert "x-ms-error-code" not in response.headers


async def test_an_error_of_the_service_has_its_own_answer(client: Client) -> None:
    response = await client.post(COUNT, data=b"")
    assert (response.status, response.content_type) == (422, "text/plain")
    assert await response.text() == "nothing to count"


async def test_a_body_without_bound_is_answered_piece_by_piece(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        for number in range(40):
            yield b"%d lines of text\n" % number * 1000

    response = await client.post(UPPER, data=body())
    text = await response.text()
    assert response.status == 200
    assert text.startswith("0 LINES OF TEXT\n")
    assert text.count("\n") == 40_000
    assert len(response.headers["apim-request-id"]) == 36


async def test_a_stream_refused_before_its_first_piece_has_its_own_answer(client: Client) -> None:
    response = await client.post(UPPER, data=b"no!")
    assert response.status == 422


async def test_a_stream_that_fails_later_is_cut(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"good"
        await asyncio.sleep(0.2)
        yield b"bad!"

    with pytest.raises(ClientPayloadError):
        await (await client.post(UPPER, data=body())).read()


@pytest.mark.parametrize(
    ("path", "pages", "needs_key"),
    [
        (COUNT, "open", True),
        ("/toy/v9", "open", True),
        ("/toy/admin/words", "open", True),
        ("/elsewhere", "open", False),
        ("/metrics", "open", False),
        ("/metrics", "key", True),
        ("/ping", "key", False),
        ("/ping", "all", True),
        ("/notify", "all", False),
    ],
)
async def test_the_kind_of_a_route_decides_who_needs_a_key(
    aiohttp_client: AiohttpClient, tmp_path: Path, path: str, pages: str, needs_key: bool
) -> None:
    keys = tmp_path / "keys"
    keys.write_text("good\n")
    settings = settings_with(f"Access:ApiKeys={keys}", f"Access:Pages={pages}")
    client: Client = await aiohttp_client(create_app(settings, (TOY,), Shell(state=tmp_path)))
    for method in ("GET", "POST", "DELETE"):
        refused = (await client.request(method, path)).status == 401
        assert refused is needs_key, method
        given = {"Ocp-Apim-Subscription-Key": "good"}
        assert (await client.request(method, path, headers=given)).status != 401


async def test_routes_for_administration_may_have_keys_of_their_own(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text("user\n")
    (tmp_path / "admin").write_text("admin\n")
    service = replace(TOY, admin_keys=lambda _settings: tmp_path / "admin")
    settings = settings_with(f"Access:ApiKeys={tmp_path / 'keys'}")
    client: Client = await aiohttp_client(create_app(settings, (service,), Shell(state=tmp_path)))
    statuses = [
        (await client.delete("/toy/admin/words", headers={"Ocp-Apim-Subscription-Key": key})).status
        for key in ("user", "admin")
    ]
    assert statuses == [401, 200]


async def test_the_path_with_most_fixed_text_is_taken(client: Client) -> None:
    assert (await client.get("/toy/v1/items/7:check")).status == 200
    assert (await client.get("/toy/v1/items/7")).status == 200
    page = await (await client.get("/metrics")).text()
    assert 'anomaly_requests_total{method="GET",route="/toy/v1/items/{id}:check",status="200"} 1.0' in page


async def test_a_path_has_one_spelling_unless_the_service_allows_more(client: Client) -> None:
    assert (await client.get("/TOY")).status == 404
    assert (await client.get("/toy/")).status == 404


async def test_a_method_that_a_path_does_not_take_is_named(client: Client) -> None:
    response = await client.put(COUNT)
    assert (response.status, response.headers["Allow"]) == (405, "POST")


async def test_a_service_without_meters_has_no_status_page(client: Client) -> None:
    assert (await client.get("/status")).status == 404
    assert (await client.get("/ready")).status == 200


async def test_a_task_that_fails_begins_again_and_makes_the_service_unready_meanwhile(
    aiohttp_client: AiohttpClient, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.2)
    attempts: list[int] = []
    done = asyncio.Event()

    async def listen() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError
        done.set()

    service = replace(TOY, open=_opening(listen))
    client: Client = await aiohttp_client(create_app(settings_with(), (service,), shell))
    await asyncio.sleep(0.05)
    response = await client.get("/readyz")
    assert (response.status, await response.text()) == (
        503,
        "not ready: The task listen has failed and begins again soon.",
    )
    async with asyncio.timeout(5):
        await done.wait()
    assert (await client.get("/readyz")).status == 200
    assert len(attempts) == 2
    page = await (await client.get("/metrics")).text()
    assert 'anomaly_background_failures_total{task="listen"} 1.0' in page


def _opening(
    task: Callable[[], Awaitable[None]],
) -> Callable[[Any, Shell], AbstractAsyncContextManager[list[bytes]]]:
    def open_with_task(settings: object, shell: Shell) -> AbstractAsyncContextManager[list[bytes]]:
        shell.supervise("listen", task)
        return open_words(settings, shell)

    return open_with_task


async def test_a_task_that_runs_is_cancelled_at_the_end(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    app = create_app(settings_with(), (replace(TOY, open=_opening(wait)),), Shell(state=tmp_path))
    runner = web.AppRunner(app)
    await runner.setup()
    await asyncio.sleep(0)
    await runner.cleanup()
    assert ended.is_set()


async def test_the_service_says_why_it_is_not_ready(aiohttp_client: AiohttpClient, shell: Shell) -> None:
    service = replace(TOY, ready=lambda words: None if words else "There are no words yet.")
    client: Client = await aiohttp_client(create_app(settings_with(), (service,), shell))
    assert (await (await client.get("/ready")).json())["message"] == "There are no words yet."
    await client.post(COUNT, data=b"word")
    assert (await client.get("/ready")).status == 200


async def test_a_stop_comes_before_other_reasons(aiohttp_client: AiohttpClient, shell: Shell) -> None:
    service = replace(TOY, ready=lambda _words: "There are no words yet.")
    client: Client = await aiohttp_client(create_app(settings_with(), (service,), shell))
    shell.draining.set()
    assert (await (await client.get("/ready")).json())["message"] == "The container is stopping."


def test_a_service_ends_the_container_by_the_signal_to_stop(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda _process, number: sent.append(number))
    shell.stop()
    assert sent == [signal.SIGTERM]


def other(*routes: Route[list[bytes]]) -> Service[Any, list[bytes]]:
    return replace(TOY, name="other", routes=lambda _settings: list(routes))


async def test_two_services_share_a_port(aiohttp_client: AiohttpClient, shell: Shell, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(name)
        (tmp_path / name / "Part.js").write_text(f"// {name}")
    first = replace(TOY, ui=tmp_path / "first")
    second = replace(other(Route("GET", "/other/v1/x", plain, Kind.QUERY)), ui=tmp_path / "second")
    client: Client = await aiohttp_client(create_app(settings_with(), (first, second), shell))
    pages = {
        path: await (await client.get(path)).text()
        for path in ("/", "/other", "/ui/part.js", "/other/ui/part.js", "/other/v1/x")
    }
    assert pages == {
        "/": "first",
        "/other": "second",
        "/ui/part.js": "// first",
        "/other/ui/part.js": "// second",
        "/other/v1/x": "plain",
    }


def test_two_services_may_not_claim_the_same_path(shell: Shell) -> None:
    with pytest.raises(RouteConflictError, match="POST /toy/v1/count"):
        create_app(settings_with(), (TOY, other(Route("POST", COUNT, plain, Kind.QUERY))), shell)
