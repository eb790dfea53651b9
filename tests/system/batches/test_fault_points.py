"""A process that dies after each step of a batch: the results are those of a calm run, to the byte.

The smallest example: the process dies when the state has the batch and `processed/` has not: its successor
publishes what was committed.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import requests

from anomaly_container.services.batches import keys
from anomaly_container.services.batches.steps import Step
from tests.system.batches.audit import Place, audit, objects, put, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.tables import encoded, tables
from tests.system.metering import receiver
from tests.system.server import ENTRYPOINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.system.batches.containers import Container

OF_THE_CLOCK = ("processed_at", "seconds", "source_etag", "batch_id", "scored_by_revision", "revision")
"""What a summary has from the time and from the number of commits; the audit compares it with the state."""
SECONDS = 60.0
TOPIC = "arn:aws:sns:us-east-1:123456789012:tables"


def dying(fates: Path) -> dict[str, str]:
    """Return the environment in which a process dies as a folder says."""
    folders = (Path(__file__).with_name("dying"), ENTRYPOINT.parent)
    return {"FATES": str(fates), "PYTHONPATH": os.pathsep.join(map(str, folders))}


def tell(one: Container, folder: Path, key: str, number: int) -> None:
    """Name an object in a message, as SNS does; the process may die before it answers."""
    record = {
        "eventVersion": "2.1",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": str(folder)}, "object": {"key": encoded(key)}},
    }
    message = {
        "Type": "Notification",
        "MessageId": f"0000-{number}",
        "TopicArn": TOPIC,
        "Message": orjson.dumps({"Records": [record]}).decode(),
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "SignatureVersion": "1",
        "Signature": "",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
    }
    try:
        answer = requests.post(f"{one.url}/notify", data=orjson.dumps(message), timeout=10)
    except requests.ConnectionError:
        return
    assert answer.status_code == 200, answer.text


def run(folder: Path, made: Mapping[str, bytes], steps: list[Step]) -> tuple[dict[str, bytes], Any]:
    """Let the tables arrive one after the other; at each the process dies after another step."""
    place, fates = Place(f"file://{folder / 'store'}"), folder / "fates"
    fates.mkdir(parents=True)
    words = [*place.words, "Batches:Intake=notify", "Batches:Sns:Verify=false", f"Batches:Topics={TOPIC}"]
    with (
        receiver(folder / "books") as books,
        container(folder / "volume", words, dying(fates), billing=books.url) as one,
    ):
        for number, (key, data) in enumerate(made.items()):
            if number < len(steps):
                (fates / f"may-die-at-{steps[number]:d}").touch()
            asyncio.run(put(place, {key: data}))
            tell(one, folder / "store", key, number)
            asyncio.run(wait_until_published(place, number + 1, SECONDS))
            if number < len(steps):
                _wait_for(fates / f"died-at-{steps[number]:d}")
                one.wait_for(200)
    found, _ = asyncio.run(audit(place, made))
    return asyncio.run(objects(place, keys.PROCESSED)), found


def test_the_results_are_those_of_a_run_without_a_fault(tmp_path: Path) -> None:
    made = tables(len(Step) + 1)
    calm, calm_state = run(tmp_path / "calm", made, [])
    shaken, shaken_state = run(tmp_path / "shaken", made, list(Step))
    assert _comparable(shaken) == _comparable(calm)
    assert shaken_state.model == calm_state.model
    assert (shaken_state.files, shaken_state.rows, shaken_state.anomalies) == (
        *(calm_state.files, calm_state.rows, calm_state.anomalies),
    )


@pytest.mark.parametrize("step", [Step.READ, Step.STAGED, Step.COMMITTED, Step.PUBLISHED])
def test_a_group_that_dies_is_a_group_of_batches_once(tmp_path: Path, step: Step) -> None:
    made = tables(12)
    place, fates = Place(f"file://{tmp_path / 'store'}"), tmp_path / "fates"
    fates.mkdir()
    (fates / f"may-die-at-{step:d}").touch()
    asyncio.run(put(place, made))
    words = [*place.words, "Batches:PollSeconds=1"]
    with (
        receiver(tmp_path / "books") as books,
        container(tmp_path / "volume", words, dying(fates), billing=books.url, ready=False),
    ):
        asyncio.run(wait_until_published(place, len(made), SECONDS))
        _wait_for(fates / f"died-at-{step:d}")
    asyncio.run(audit(place, made))


def _wait_for(file: Path) -> None:
    ends = time.monotonic() + SECONDS
    while not file.exists():
        assert time.monotonic() < ends, f"{file.name} does not happen"
        time.sleep(0.05)


def _comparable(published: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the tables to the byte, and the summaries without what they have from the clock."""
    compared: dict[str, Any] = {}
    for key, data in published.items():
        if key.endswith("_summary.json"):
            summary = orjson.loads(data)
            compared[key] = {name: value for name, value in summary.items() if name not in OF_THE_CLOCK}
        else:
            compared[key] = data
    return compared
