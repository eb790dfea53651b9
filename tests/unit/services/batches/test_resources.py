"""What the handlers use: the parts, and when they may work.

The smallest example: while metering refuses work, `/notify` notes objects and nothing is scored.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from anomaly_container.metering.policy import ApiStatus, Gate, Standing
from anomaly_container.metering.usage import Usage
from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import resources
from anomaly_container.services.batches.service import SERVICE
from anomaly_container.web import metering_gate, supervision
from tests.unit.services.batches.conftest import finished, is_status, no_note, notify, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from anomaly_container.metering.policy import PolicyByte
    from tests.support.faulty_store import FaultyStore
    from tests.support.sns_sender import Sender
    from tests.unit.services.batches.conftest import Start

TABLE = b"a\n1\n2\n3\n"


async def test_while_metering_refuses_objects_are_noted_and_none_is_scored(  # noqa: PLR0913, PLR0917  # the parts of metering
    start: Start,
    store: FaultyStore,
    sender: Sender,
    metering: Path,
    policy: PolicyByte,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metering_gate, "CHECK_SECONDS", 0.01)
    usage = Usage(metering, SERVICE.meters)
    client = await start(usage=usage)
    policy.write(Standing(ApiStatus.INVALID, Gate.NO_CREDIT), 600)
    store.shared.write("raw/a.csv", TABLE)
    assert (await notify(client, sender.notification("raw/a.csv")))[0] == 200
    await asyncio.sleep(0.2)
    [note] = store.shared.keys("state/inbox/")
    assert json.loads(store.shared.data(note))["objects"] == [
        {"key": "raw/a.csv", "etag": "", "version": None}
    ]
    assert store.shared.keys("processed/") == []
    for path in ("/health", "/livez", "/metrics"):
        assert (await client.get(path)).status == 200
    assert (await client.get("/readyz")).status == 503

    policy.write(Standing(ApiStatus.VALID), 600)
    await finished(client, 1)
    await until(lambda: no_note(store))
    usage.close()


async def test_the_inbox_is_worked_after_a_start(start: Start, store: FaultyStore, sender: Sender) -> None:
    store.shared.write("raw/a.csv", TABLE)
    note = {
        "message_id": "m",
        "seen": 1.0,
        "retry": False,
        "objects": [{"key": "raw/a.csv", "etag": "", "version": None}],
    }
    store.shared.write("state/inbox/m.json", json.dumps(note).encode())
    store.shared.write("state/inbox/strange.json", b"[1]")
    client = await start()
    await finished(client, 1)

    async def is_worked() -> bool:
        await asyncio.sleep(0)
        return store.shared.keys("state/inbox/") == ["state/inbox/strange.json"]

    await until(is_worked)
    assert (await notify(client, sender.notification()))[0] == 200


async def test_a_store_that_is_away_at_the_start_is_waited_for(
    start: Start, store: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(resources, "SECONDS_BETWEEN_CHECKS", 0.02)
    store.shared.write("raw/a.csv", TABLE)
    faults = [Unavailable(message="away")] * 5

    def away(call: str, _key: str) -> None:
        if call == "read" and faults:
            raise faults.pop()

    store.before = away
    client = await start()
    await finished(client, 1)
    assert faults == []
    assert await is_status(client, "/readyz", 200)
