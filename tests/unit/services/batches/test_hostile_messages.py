"""Hostile bodies at `/notify`: each is answered, none with 5xx, and nothing of them is said anywhere else.

The smallest example: `[` is answered 400 `InvalidMessage`.
"""

from __future__ import annotations

import json
import logging
import random
from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest

from anomaly_container.metering.usage import Usage
from anomaly_container.observability.formatters import json_line
from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.batches.service import SERVICE
from tests.support.hostile_messages import SENTINEL, hostile_body
from tests.support.sns_sender import SnsHost, s3_event
from tests.unit.services.batches.conftest import finished, no_note, notify, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.faulty_store import FaultyStore
    from tests.support.scale import Scale
    from tests.unit.services.batches.conftest import Client, Start

SEED = 20_260_301
ANSWERS = {200, 400, 403, 413}
# A confirmation that is allowed leads to the trap, whose address is not permitted.
NOT_CONFIRMED = 502
CODES = {"InvalidMessage", "BadSignature", "TopicNotAllowed", "SubscribeFailed", "413"}
KINDS: tuple[dict[str, str], ...] = (
    *({}, {}, {}, {"x-amz-sns-message-type": "Notification"}, {"x-amz-sns-message-type": SENTINEL}),
    *({"Content-Type": "application/json"}, {"Content-Type": "text/plain; charset=UTF-8"}),
)


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log of the service has."""
    ours = [record for record in caplog.records if record.name.startswith("anomaly")]
    return [json_line(record, 0).decode() for record in ours]


async def post(client: Client, body: bytes, headers: dict[str, str]) -> int:
    """Post a body, and return the status of the answer, which must say nothing of the body."""
    answer = await client.post("/notify", data=body, headers=headers)
    text = await answer.text()
    assert SENTINEL not in text
    content = json.loads(text)
    if answer.status == 200:
        assert content in ({"status": "ok"}, {"status": "confirmed"})
    else:
        assert content["error"]["code"] in CODES
    return answer.status


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("verifies", ["true", "false"])
@pytest.mark.timeout(900)
async def test_no_body_is_answered_5xx_or_said_elsewhere(  # noqa: PLR0913, PLR0917  # what a body could reach
    start: Start,
    store: FaultyStore,
    sns: SnsHost,
    caplog: pytest.LogCaptureFixture,
    scale: Scale,
    record_property: Callable[[str, object], None],
    verifies: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = await start("Host=127.0.0.1", f"Batches:Sns:Verify={verifies}", "Logging:Requests=json")
    generator = random.Random(SEED)  # noqa: S311  # it makes bodies
    count = scale.of(250, 2500)
    statuses: dict[int, int] = {}
    for _ in range(count):
        status = await post(client, hostile_body(generator), generator.choice(KINDS))
        statuses[status] = statuses.get(status, 0) + 1
    allowed = ANSWERS if verifies == "true" else {*ANSWERS, NOT_CONFIRMED}
    assert set(statuses) <= allowed, statuses
    await until(lambda: no_note(store), 60.0)
    assert sns.trap.connections == 0
    # The host of SNS itself is asked for certificates only, and for none that it has not.
    assert not [path for path in sns.requests if SENTINEL in path]
    lines = lines_of(caplog)
    assert not [line for line in lines if SENTINEL in line]
    assert SENTINEL not in generate_latest(REGISTRY).decode()
    record_property(
        "shown",
        f"hostile bodies at /notify, signatures verified: {verifies}: {count}, by status"
        f" {dict(sorted(statuses.items()))}, 0 requests elsewhere",
    )


@pytest.mark.parametrize("shows_keys", [False, True])
@pytest.mark.usefixtures("policy")
async def test_nothing_of_a_file_is_said_elsewhere(  # noqa: PLR0913, PLR0917  # where it could be said
    start: Start,
    store: FaultyStore,
    sns: SnsHost,
    metering: Path,
    caplog: pytest.LogCaptureFixture,
    shows_keys: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    usage = Usage(metering, SERVICE.meters)
    client = await start(f"Batches:LogKeys={str(shows_keys).lower()}", "Logging:Requests=json", usage=usage)
    rows = "".join(f"2026-03-01T00:00:{row:02},{row % 7}.27182,{SENTINEL}\n" for row in range(60))
    tables = {
        "good": f"timestamp,value,{SENTINEL}c\n{rows}2026-03-01T00:02:00,27182.5,x\n",
        "text": f"value\n{SENTINEL}\n{SENTINEL}\n",
        "ragged": f"value\n1\n1,{SENTINEL}\n",
        "empty": "",
    }
    for name, table in tables.items():
        store.shared.write(f"raw/{SENTINEL}-{name}.csv", table.encode())
    message = sns.sender.notification(*(f"raw/{SENTINEL}-{name}.csv" for name in tables))
    assert (await notify(client, message))[0] == 200
    await finished(client, 1)
    await until(lambda: no_note(store))
    for path in (
        f"/batches/{SENTINEL}",
        f"/batches/{SENTINEL}/rows?channel={SENTINEL}",
        f"/batches?limit={SENTINEL}",
    ):
        answer = await client.get(path)
        assert answer.status in {404, 422}
        assert SENTINEL not in await answer.text()
    letters = (await (await client.get("/deadletters")).json())["deadletters"]
    assert {letter["reason"] for letter in letters} >= {"empty", "ragged"}

    lines = lines_of(caplog)
    said = [line for line in lines if SENTINEL in line]
    assert any("Scored a batch." in line for line in lines)
    assert bool(said) is shows_keys
    assert all(f'"key":"raw/{SENTINEL}-' in line.replace(": ", ":") for line in said)
    assert not [line for line in lines if "27182.5" in line or f"{SENTINEL}c" in line or "sensors" in line]
    metrics = generate_latest(REGISTRY).decode()
    assert SENTINEL not in metrics
    assert "sensors" not in metrics
    usage.close()
    counted = b"".join(file.read_bytes() for file in files_below(metering))
    assert counted
    assert SENTINEL.encode() not in counted
    for key in store.shared.keys("deadletter/"):
        assert "27182.5" not in store.shared.data(key).decode()


async def test_a_bracket(start: Start) -> None:
    status, content = await notify(await start(), b"[")
    assert (status, content["error"]["code"]) == (400, "InvalidMessage")


async def test_every_key_that_cannot_be_used_becomes_a_dead_letter(
    start: Start, store: FaultyStore, sns: SnsHost
) -> None:
    client = await start()
    keys = (
        *("raw/../x.csv", "raw/a%00.csv", "raw/a%0A.csv", "raw//x.csv", "raw/" + "x" * 1021 + ".csv"),
        *("raw/" + "x/" * 2000 + "x.csv.gz", "raw/%C2%80.csv", "raw/%FF.csv"),
    )
    assert (await notify(client, sns.sender.notification(*keys)))[0] == 200
    await until(lambda: no_note(store))
    letters = (await (await client.get("/deadletters")).json())["deadletters"]
    assert [letter["reason"] for letter in letters] == ["bad_key"] * len(keys)
    assert len(s3_event(*keys)) > len("".join(letter["key"] for letter in letters))
