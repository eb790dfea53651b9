"""Bodies that a corpus begins with: `python -m tests.fuzz.seeds DIRECTORY` writes them."""

from __future__ import annotations

import hashlib
import sys
from codecs import BOM_UTF8
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bodies import body, pascal_body, points
from tests.fuzz.targets import QUESTIONS, encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

MIXED = [
    {"timestamp": stamp, "value": value}
    for stamp, value in (
        ("2020-01-01", 1),
        ("2020-01-02T00:00Z", "2"),
        ("2020/01/03 00:00:00", 3.5),
        ("20200104T000000Z", -4e3),
        ("2020-01-05T08:00:00+08:00", 1e100),
        ("2020-01-06 00:00:00.000000000", "1e-3"),
        ("2020-01-07T00:00:00 UTC", 0),
        ("2020-01-08T00:00:00 GMT", -0.0),
        ("2020-01-09t00:00:00z", 9),
        (" 2020-01-10 ", " 7 "),
        ("2020.1.11", 8),
        ("2020-01-12T00:00:00,5-00:00", 12345678901234567890),
    )
]
DATED = [{"timestamp": f"1/{day}/2020 12:00:00 AM", "value": day % 5} for day in range(1, 13)]
NAMED = [{"timestamp": f"{day} Jan 2020 00:00:00 GMT", "value": day % 5} for day in range(1, 13)]
HALF_DAYS = [
    {"Timestamp": f"Wed, January 1, 2020 {hour}:00:00.5 {half} +01:00", "value": hour}
    for half in ("AM", "PM")
    for hour in (12, 1, 2, 3, 4, 5)
]
COMPACT = [{"timestamp": f"202001{day:02}0000", "Value": str(day)} for day in range(1, 13)]
DAY_FIRST = [{"timestamp": f"{day}/1/2020", "value": day} for day in range(1, 13)]
NAMELESS = [{"value": value % 3} for value in range(12)]


def bodies() -> Iterator[bytes]:
    """Bodies of every field and layout, short so that a mutation meets what matters."""
    few = points(12)
    yield body(series=few)
    yield body(series=few, imputeMode="linear", sensitivity=95, maxAnomalyRatio=0.25, period=3)
    yield body(
        series=few, imputeMode="fixed", imputeFixedValue=7, customInterval=1, alpha=0.05, threshold=3.5
    )
    yield body(series=few, imputeStrategy={"imputeMode": "fixed", "imputeValue": -1.5}, boundaryVersion="V2")
    yield body(series=few, fillUpMode="fixed", fixedValue=2.5, boundaryVersion="V1")
    yield body(series=few, stableTrendWindow=5, threshold=0.5, period=0)
    yield body(series=MIXED)
    yield body(series=NAMELESS, granularity="none")
    yield body(series=NAMELESS, granularity=...)
    yield body(series=[*few[:6], *points(30)[20:]], imputeMode="notFill")
    yield body(series=few, granularity="hourly", customInterval=24)
    yield body(
        series=points(14, timedelta(milliseconds=1000)), granularity="microsecond", customInterval=1000
    )
    yield body(series=points(12, timedelta(days=31)), granularity="monthly")
    yield pascal_body(series=few, granularity="daily", sensitivity=10, imputeStrategy={"imputeMode": "zero"})
    yield body(series=few[:11])
    yield body(series=DATED)
    yield body(series=NAMED)
    yield body(series=HALF_DAYS, granularity="hourly")
    yield body(series=COMPACT, granularity=..., Granularity="daily", Sensitivity=50)
    yield body(series=DAY_FIRST)
    yield body(series=[*DATED[:11], few[11]])
    yield body(series=[*few[:11], {"timestamp": "31.1.2020", "value": 1}])
    yield body(series=[*few[:11], {"timestamp": "1/31/20", "value": 1}])
    yield body(series=..., Series=few, granularity="daily", ImputeStrategy={"imputeMode": "zero"})
    yield BOM_UTF8 + body(series=few)
    yield body(series=few).decode().encode("utf-16")
    yield body(series=None)
    yield body(series=..., granularity="daily")
    yield b'{"skipped": "\\ud800", ' + body(series=few, threshold=10**20)[1:]
    yield body(series=few, threshold=10**20)
    yield body(series=few, alpha=10**400)
    yield body(series=few, threshold=10**400, alpha=10**400)
    yield b""


def main() -> None:
    """Write every body for every operation and version, each under the hash of what it holds."""
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for written in bodies():
        for operation, version in QUESTIONS:
            data = encoded(operation, version, written)
            (directory / hashlib.sha1(data).hexdigest()).write_bytes(data)  # noqa: S324 # as libFuzzer names files


if __name__ == "__main__":
    main()
