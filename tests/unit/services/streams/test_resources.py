"""The parts of a stream, from the begin to the end.

The smallest example: a model file that is replaced is at work a second later, and one that is broken is not.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.services.streams.model_file import Model
from anomaly_container.services.streams.models.sarima import Sarima
from tests.support.streams_app import lines_of_rows, model_of_numbers, streams_app
from tests.unit.services.streams.test_handlers import Client, ready, scored, state_when, when

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

ROWS = np.random.default_rng(4).normal(size=(200, 3))


async def test_a_newer_model_is_taken_over_between_two_batches(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    first, second = model_of_numbers(), model_of_numbers("Forest:Seed=7")
    assert first.id != second.id
    first.save(tmp_path / "model")
    client: Client = await aiohttp_client(streams_app(tmp_path, lines=lines_of_rows(ROWS[:100])))
    await scored(client, 100)
    second.save(tmp_path / "model")
    await state_when(client, lambda state: state["model"]["id"] == second.id)
    with (tmp_path / "web.log").open("ab") as log:
        log.write(b"".join(line + b"\n" for line in lines_of_rows(ROWS)[100:]))
    await scored(client, 200)
    metrics = await (await client.get("/metrics")).text()
    assert f'anomaly_streams_model_info{{id="{first.id}"}} 0.0' in metrics
    assert f'anomaly_streams_model_info{{id="{second.id}"}} 1.0' in metrics
    answer = await client.post("/invocations", data=b"1,1,1", headers={"Content-Type": "text/csv"})
    assert (await answer.json())["scores"] == [{"score": second.scores(np.ones((1, 3)))[0]}]


async def test_a_model_that_does_not_load_leaves_the_old_one_at_work(
    aiohttp_client: AiohttpClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = model_of_numbers()
    model.save(tmp_path / "model")
    client: Client = await aiohttp_client(streams_app(tmp_path, lines=lines_of_rows(ROWS)))
    await scored(client, 200)
    (tmp_path / "model").write_bytes(b"not a model")
    state = await state_when(client, lambda state: state["model"]["notLoaded"] is not None)
    assert state["model"]["id"] == model.id
    assert (await client.get("/readyz")).status == 200
    assert any(record.getMessage().startswith("The model is not loaded: ") for record in caplog.records)
    metrics = await (await client.get("/metrics")).text()
    assert 'anomaly_background_failures_total{task="streams-model"}' in metrics


async def test_reloading_can_be_turned_off(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    first, second = model_of_numbers(), model_of_numbers("Forest:Seed=7")
    first.save(tmp_path / "model")
    client: Client = await aiohttp_client(
        streams_app(tmp_path, "Model:Reload=false", lines=lines_of_rows(ROWS))
    )
    await scored(client, 200)
    second.save(tmp_path / "model")
    await asyncio.sleep(2.5)
    assert (await (await client.get("/streams/v1/state")).json())["model"]["id"] == first.id


async def test_a_model_that_scores_no_rows_is_refused_in_one_sentence(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    values = np.random.default_rng(5).normal(size=200)
    Model(
        "sarima",
        model_of_numbers().encoder,
        Sarima.fit(values, order=(1, 0, 1), season=(0, 0, 0, 0)),
        {
            "metric": "response_time:mean",
            "every": 60,
            "order": [1, 0, 1],
            "season": [0, 0, 0, 0],
            "lastSlot": 0,
        },
        model_of_numbers().training,
        model_of_numbers().calibration,
        "1970-01-01T00:00:00Z",
        "0.2.0",
    ).save(tmp_path / "model")
    client: Client = await aiohttp_client(streams_app(tmp_path))
    state = await state_when(client, lambda state: state["reason"] != "The model is being loaded.")
    assert state["reason"] == "A model of the kind sarima can be replayed and compared, and not be run."
    assert (await client.get("/ping")).status == 503


async def test_what_was_read_is_committed_at_the_end(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    model_of_numbers().save(tmp_path / "model")
    results = tmp_path / "results.jsonl"
    words = ("Sinks:results:Type=file", f"Sinks:results:Path={results}", "StateSeconds=600")
    client: Client = await aiohttp_client(streams_app(tmp_path, *words, lines=lines_of_rows(ROWS)))
    await ready(client)
    await scored(client, 200)
    await client.close()
    assert len(results.read_bytes().splitlines()) == 200
    again: Client = await aiohttp_client(streams_app(tmp_path, *words, lines=lines_of_rows(ROWS)))
    await ready(again)
    [partition] = (await (await again.get("/streams/v1/state")).json())["partitions"]
    assert partition["offset"] == len(b"".join(line + b"\n" for line in lines_of_rows(ROWS)))
    await again.close()
    assert len(results.read_bytes().splitlines()) == 200


@pytest.mark.parametrize("word", ["Source={}/missing.log", "StateDirectory={}/web.log/state"])
async def test_a_path_that_cannot_be_used_is_named_and_the_server_stays(
    aiohttp_client: AiohttpClient, tmp_path: Path, word: str
) -> None:
    model_of_numbers().save(tmp_path / "model")
    path = word.format(tmp_path)
    client: Client = await aiohttp_client(streams_app(tmp_path, path))
    body = await when(client, "/readyz", lambda _, body: b"cannot be used" in body)
    named = path.partition("=")[2]
    assert body.decode().startswith(f"not ready: {named} cannot be used: ")
    assert (await client.get("/livez")).status == 200
