"""The invocations of streams beside the cases of a twin that others wrote.

The smallest example: a body `1,2` for a model with three columns is 400.

The cases live outside the project; without them these tests are skipped.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.conformance.cases import FOLDER
from tests.support.streams_app import model_with_forest, streams_app

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

FILE = FOLDER / "streams" / "http.json"

pytestmark = pytest.mark.skipif(
    not FILE.is_file(), reason="no conformance cases: set CONFORMANCE_DIR to their folder"
)


async def test_every_request_has_its_answer_on_both_paths(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    found: dict[str, Any] = json.loads(FILE.read_text())
    given = found["model"]
    model = model_with_forest(
        np.array(given["train"]), trees=given["trees"], sample=given["sample"], seed=given["seed"]
    )
    model.save(tmp_path / "model")
    client = await aiohttp_client(streams_app(tmp_path))
    async with asyncio.timeout(30):
        while (await client.get("/ping")).status != 200:  # noqa: ASYNC110  # the server has no event to wait for
            await asyncio.sleep(0.02)
    seen = 0
    for path in found["paths"]:
        for case in found["cases"]:
            headers = {"Content-Type": case["contentType"]}
            if case["accept"] is not None:
                headers["Accept"] = case["accept"]
            answer = await client.post(path, data=case["body"].encode(), headers=headers)
            assert answer.status == case["status"], case
            body = await answer.read()
            if case["scores"] is None:
                assert set(json.loads(body)) == {"code", "message"}
                continue
            if case["accept"] == "application/jsonlines":
                scores = [json.loads(line) for line in body.splitlines()]
            else:
                scores = json.loads(body)["scores"]
            assert [one["score"] for one in scores] == pytest.approx(
                [one["score"] for one in case["scores"]], abs=1e-9, rel=0
            )
            assert all(set(one) == {"score"} for one in scores)
            seen += 1
    assert seen == 2 * sum(case["status"] == 200 for case in found["cases"]) > 0
