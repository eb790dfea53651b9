"""Events, encoders and numbers of streams against the cases of `conformance/streams/features_*`.

The smallest example: `{"timestamp":1767225600}` has nothing but a time, and is parked as `no-features`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.services.streams.encoders import Encoder
from anomaly_container.services.streams.event_reader import EventReader
from tests.conformance.cases import FOLDER
from tests.support.stream_events import records, streams_settings

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.services.streams.settings import StreamsSettings

CASES = sorted((FOLDER / "streams").glob("features_*.json"))

pytestmark = pytest.mark.skipif(not CASES, reason=f"there are no cases in {FOLDER / 'streams'}")


def settings_of(case: dict[str, Any]) -> StreamsSettings:
    words = {"Format": case["format"], "Time__Zone": case["zone"]}
    if case["header"]:
        words["Format__Columns"] = ",".join(case["header"])
    return streams_settings(**words, Format__ResponseTimeUnit=case["responseTimeUnit"])


def test_all_cases_are_there() -> None:
    assert len(CASES) == 6


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case(path: Path) -> None:
    case = json.loads(path.read_text())
    settings = settings_of(case)
    reader = EventReader(settings)
    train = reader.read(records(case["train"])).events
    assert len(train) == len(case["train"])
    encoder = Encoder.fit(train, settings.features, zone=settings.zone)
    check_encoder(encoder, case["encoder"])
    for row in case["rows"]:
        check_row(reader, encoder, row)
    # One batch gives what single records give.
    read = reader.read(records(row["line"] for row in case["rows"]))
    raw, _, _ = encoder.rows(read.events)
    wanted = [row["raw"] for row in case["rows"] if "raw" in row]
    np.testing.assert_allclose(raw, wanted, rtol=0, atol=1e-9)


def check_encoder(encoder: Encoder, wanted: dict[str, Any]) -> None:
    document = encoder.document()
    for name, median in wanted["median"].items():
        assert document["medians"][name] == pytest.approx(median, abs=1e-12)
    assert document["frequencies"].keys() == wanted["frequency"].keys()
    for name, shares in wanted["frequency"].items():
        assert document["frequencies"][name] == pytest.approx(shares, abs=1e-12)
    np.testing.assert_allclose(encoder.means, wanted["mean"], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(encoder.deviations, wanted["sd"], rtol=1e-9)


def check_row(reader: EventReader, encoder: Encoder, row: dict[str, Any]) -> None:
    read = reader.read(records([row["line"]]))
    if "parked" in row:
        assert [parked.reason for parked in read.parked] == [row["parked"]], row["line"]
        return
    [event] = read.events
    wanted = row["event"]
    assert event.time == pytest.approx(wanted["time"], abs=1e-9)
    assert event.response_time == pytest.approx(wanted["response_time"], abs=1e-9)
    assert (event.log_level, event.method, event.path) == (
        wanted["log_level"],
        wanted["method"],
        wanted["path"],
    )
    raw, filled, _ = encoder.rows(read.events)
    np.testing.assert_allclose(raw[0], row["raw"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(encoder.scaled(raw)[0], row["z"], rtol=0, atol=1e-9)
    assert filled[0].tolist()[:2] == [wanted["response_time"] is None, wanted["log_level"] is None]
