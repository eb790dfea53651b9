"""The baseline of the original pipeline: taken over at the first start, and written in its shape.

The smallest example: `state/baseline.json` has 1000 temperatures of mean 22 and deviation 1.5; in the first
table 40 degrees are flagged, although the table alone has fewer rows than a column needs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from anomaly_container.cli.batches.sensor_files import COLUMNS
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.services.batches import keys
from anomaly_container.services.batches.modes import mode_of
from tests.system.batches.audit import Place, audit, objects, put, settings, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.tables import tables
from tests.system.metering import receiver

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60.0
LEVELS = {
    "temperature": (22.0, 1.5),
    "humidity": (55.0, 5.0),
    "pressure": (1013.0, 3.0),
    "wind_speed": (10.0, 2.0),
}
COUNT = 1000
HOT = b"timestamp,temperature,humidity,pressure,wind_speed\n2026-03-01T00:00:00,40,55,1013,10\n" + (
    b"2026-03-01T00:01:00,22,55,1013,10\n" * 4
)


def of_the_original() -> dict[str, Any]:
    """Return a baseline as the original pipeline writes it."""
    columns = {
        name: {"count": COUNT, "mean": mean, "M2": std**2 * COUNT, "std": std}
        for name, (mean, std) in LEVELS.items()
    }
    return {**columns, "last_updated": "2026-02-28T12:00:00.000000"}


def test_scoring_begins_with_it_and_the_view_has_its_shape(tmp_path: Path) -> None:
    place, more = Place(f"file://{tmp_path / 'store'}"), tables(5, first=10)
    made = {"raw/a.csv": HOT, **more}
    view = orjson.dumps(of_the_original(), option=orjson.OPT_INDENT_2)
    asyncio.run(put(place, {keys.VIEW: view}))
    with (
        receiver(tmp_path / "books") as books,
        container(tmp_path / "c", [*place.words, "Batches:PollSeconds=1"], billing=books.url),
    ):
        asyncio.run(put(place, {"raw/a.csv": HOT}))
        asyncio.run(wait_until_published(place, 1, SECONDS))
        asyncio.run(put(place, more))
        asyncio.run(wait_until_published(place, len(made), SECONDS))
    found, result = asyncio.run(audit(place, made, taken_over()))
    lines = result.outputs["raw/a.csv"].decode().splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["anomaly", "True", *4 * ["False"]]
    shown = orjson.loads(asyncio.run(objects(place, "state/"))[keys.VIEW])
    assert shown.pop("last_updated") == found.last_updated
    rows = result.rows
    assert list(shown) == list(COLUMNS)
    for one in shown.values():
        assert list(one) == ["count", "mean", "M2", "std"]
        assert one["count"] == COUNT + rows
        assert one["std"] == (one["M2"] / one["count"]) ** 0.5


def taken_over() -> Any:  # noqa: ANN401  # the baseline of a mode
    content = of_the_original()
    parts = (np.array([content[name][part] for name in COLUMNS], float) for part in ("count", "mean", "M2"))
    return mode_of(settings()).taken_over(COLUMNS, Moments(*parts))
