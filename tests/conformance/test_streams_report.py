"""The hourly report of streams against the cases of `conformance/streams/report_*`.

The smallest example: one event of 76.74 ms has all its percentiles at 76.74.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.services.streams.events import Event
from anomaly_container.services.streams.features import LEVEL_NAMES
from anomaly_container.services.streams.hours import Hours
from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.results import Reason, Result
from tests.conformance.cases import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.services.streams.report import HourReport

CASES = sorted((FOLDER / "streams").glob("report_*.json"))
LATENESS = 14_400.0  # the rows come in no order, those of the hours around included


def result_of(row: dict[str, Any], place: int) -> Result:
    level = None if row["log_level"] is None else LEVEL_NAMES.index(row["log_level"])
    event = Event(
        row["id"],
        "logs-0",
        place,
        row["time"],
        row["response_time"],
        level,
        row["method"],
        row["path"],
        {},
    )
    reasons = tuple(Reason(one["feature"], one["share"], "high", None, None) for one in row["reasons"])
    return Result(
        id=row["id"],
        partition="logs-0",
        offset=place,
        time=row["time"],
        score=row["score"],
        threshold=1.5,
        anomalous=row["result"] == "High Outlier",
        reasons=reasons,
        filled=(),
        late=False,
        future=False,
        model_id="0" * 12,
        event=event,
    )


def reports(rows: list[dict[str, Any]] | None, hours: Hours) -> list[HourReport]:
    book = MinuteBook(LATENESS)
    book.add([result_of(row, place) for place, row in enumerate(rows or [])])
    for sums in book.changed():
        hours.put("logs-0", sums)
    return hours.end()


@pytest.mark.skipif(not CASES, reason="no conformance folder")
def test_there_are_three_cases() -> None:
    assert len(CASES) == 3


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_report_is_that_of_the_case(path: Path) -> None:
    case = json.loads(path.read_text())
    hours = Hours("logs", lateness=LATENESS)
    hour = case["hour"]
    # The neighbours' own neighbours are not known.
    for rows, start in ((case["rowsWeekBefore"], hour - 7 * 86_400), (case["rowsHourBefore"], hour - 3600)):
        reports([row for row in rows or [] if start <= row["time"] < start + 3600], hours)

    later = [row for row in case["rows"] if row["time"] >= hour]
    found = next(report for report in reports(later, hours) if report.hour == hour)

    expected = case["report"]
    assert (found.events, found.anomalies) == (expected["events"], expected["anomalies"])
    assert found.rate == pytest.approx(expected["rate"], abs=1e-12)
    for ours, theirs in ((found.score, expected["score"]), (found.response_time, expected["responseTime"])):
        assert ours["mean"] == pytest.approx(theirs["mean"], abs=1e-9)
        assert ours["max"] == theirs["max"]
        for name in ("p50", "p90", "p95", "p99"):
            assert ours[name] == pytest.approx(theirs[name], rel=0.01)
    assert [(row["feature"], row["anomalies"]) for row in found.features] == [
        (row["feature"], row["anomalies"]) for row in expected["topFeatures"]
    ]
    for mine, other in zip(found.features, expected["topFeatures"], strict=True):
        assert mine["meanShare"] == pytest.approx(other["meanShare"], abs=1e-9)
    assert found.levels == expected["byLevel"]
    assert found.methods == expected["byMethod"]
    assert found.paths == expected["byPath"]
    assert [row["id"] for row in found.worst] == expected["worst"]
    for compared, then in ((found.hour_before, case["hourBefore"]), (found.week_before, case["weekBefore"])):
        _is_compared(compared, then)


def _is_compared(found: dict[str, Any] | None, expected: dict[str, Any] | None) -> None:
    if expected is None or found is None:
        assert found == expected
        return
    for name, value in expected.items():
        tolerance = 0.02 if name == "p95" else 1e-9
        assert found[name]["then"] == pytest.approx(value["then"], rel=tolerance)
        if value["percent"] is None:
            assert found[name]["percent"] is None
        elif name == "p95":
            # 1 % of each: 2 % of the ratio.
            assert 1 + found[name]["percent"] / 100 == pytest.approx(1 + value["percent"] / 100, rel=0.02)
        else:
            assert found[name]["percent"] == pytest.approx(value["percent"], abs=1e-9)
