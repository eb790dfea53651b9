"""Whatever the body, the server answers it: 200 with numbers, or 400 in the documented shape. Never a 500."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.metering.directory import _claims as claims
from anomaly_container.metering.directory import prepare
from anomaly_container.services.univariate.contract.errors import ErrorCode
from anomaly_container.settings import load as configuration
from tests.fuzz.mutations import mutate
from tests.support.univariate_app import ROUTES, univariate_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings.base import CommonSettings

PARTS = 8
BAD_BODIES_OF_A_PART = 2500 * int(os.environ.get("FUZZ_FACTOR", "1"))
PATHS = [route.path for route in ROUTES if route.method == "POST" and route.path.endswith("/detect")]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[CommonSettings]:
    """Settings whose directory of counts is claimed for the time of a test."""
    words = ["Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key", f"Metering:Directory={tmp_path}"]
    chosen = configuration.load(words, {}, {})
    directory = prepare(chosen)
    yield chosen
    os.close(claims.pop(directory))


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_body_makes_the_server_fail(
    part: int,
    aiohttp_client: AiohttpClient,
    record_property: Callable[[str, object], None],
    settings: CommonSettings,
    tmp_path: Path,
) -> None:
    client = await aiohttp_client(univariate_app(settings, tmp_path))
    random = Random(part)  # noqa: S311  # seeded on purpose: a failure comes again
    refused: dict[str, int] = {}
    accepted = 0
    while sum(refused.values()) < BAD_BODIES_OF_A_PART:
        body, path = mutate(random), random.choice(PATHS)
        async with client.post(path, data=body) as response:
            answer = orjson.loads(await response.read())
            shown = f"{path} {body[:2000]!r} answered {response.status} {str(answer)[:300]}"
            assert response.status in {200, 400}, shown
        if response.status == 200:
            accepted += 1
            continue
        assert answer.keys() == {"code", "message"}, shown
        assert response.headers["x-ms-error-code"] == ErrorCode(answer["code"]), shown
        refused[answer["code"]] = refused.get(answer["code"], 0) + 1
    codes = ", ".join(f"{code} {count}" for code, count in sorted(refused.items()))
    record_property(
        "shown",
        f"mutated bodies, part {part + 1} | {sum(refused.values())} refused, {accepted} answered | {codes}",
    )
    assert len(refused) >= 9
