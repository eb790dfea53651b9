"""Files that no sensor wrote: each is scored, or becomes one dead letter with its reason.

The smallest example: a file of the one byte 0xFF is not a table of the columns a and b: `no_columns` in
default mode, which reads it as windows-1252, and `bad_encoding` in compat mode.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.services.batches.dead_letters import Reason
from anomaly_container.services.batches.keys import DEAD_LETTERS, is_table
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import batches_settings, running
from tests.support.faulty_store import FaultyStore, Objects
from tests.support.hostile_tables import hostile_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.scale import Scale

FILES = 250
"""The files of one store."""
LIMITS = {"max_bytes": 8 << 20, "max_rows": 1_000_000}


@pytest.mark.parametrize(("mode", "reason"), [("default", "no_columns"), ("compat", "bad_encoding")])
async def test_one_byte(mode: str, reason: str) -> None:
    objects = Objects()
    objects.write("raw/a.csv", b"\xff")
    async with running(FaultyStore(objects), batches_settings(mode=mode, columns="a,b")) as process:
        await process.work([Item(key="raw/a.csv")])
    [key] = objects.keys(DEAD_LETTERS)
    assert orjson.loads(objects.data(key))["reason"] == reason


@pytest.mark.parametrize("mode", ["default", "compat"])
@pytest.mark.timeout(3600)
async def test_each_file_is_scored_or_a_dead_letter_with_its_reason(
    mode: str, scale: Scale, record_property: Callable[[str, object], None]
) -> None:
    count = scale.of(500, 20_000)
    reasons: Counter[str] = Counter()
    for first in range(0, count, FILES):
        reasons += await worked(mode, range(first, first + FILES))
    assert reasons.total() > count * 0.9
    assert set(reasons) - {""} <= set(Reason) - {Reason.FAILED}
    assert len(reasons) > 6
    shown = ", ".join(f"{reason or 'scored'} {number}" for reason, number in sorted(reasons.items()))
    record_property("shown", f"hostile files | {mode:<8} | {shown}")


async def worked(mode: str, seeds: range) -> Counter[str]:
    """Work on some files in a store of their own, and return the reasons; blank for a file that is scored."""
    objects = Objects()
    items = []
    for seed in seeds:
        key, data = hostile_table(seed)
        objects.write(key, data)
        if is_table(key):
            items.append(Item(key=key))
    settings = batches_settings(mode=mode, columns="a,b", **LIMITS)
    async with running(FaultyStore(objects), settings) as process:
        await process.work(items)
        state = await process.parts.commits.current()
    reasons = Counter(entry.reason for entry in state.ledger.entries.values())
    assert reasons.total() == len(items)
    assert len(objects.keys(DEAD_LETTERS)) == len(items) - reasons[""]
    assert not state.ledger.unpublished()
    assert objects.keys("staging/") == []
    assert b"NaN" not in objects.data("state/batches.json")
    return reasons
