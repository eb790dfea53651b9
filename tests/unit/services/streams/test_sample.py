"""The made events, and what the default settings find of them.

The smallest example: the same seed makes the same 20,000 lines, and 468 of the last 4,000 are in an episode.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime

import numpy as np
import orjson
import pytest

from anomaly_container.services.streams import sample
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.training import train
from tests.support.stream_events import records, streams_settings

TRAINED = 16_000


def test_the_same_seed_makes_the_same_lines() -> None:
    one, other = (hashlib.sha256(b"\n".join(sample.lines(3))).digest() for _ in range(2))
    assert one == other
    assert next(sample.lines(1)) != next(sample.lines(2))


def test_two_weeks() -> None:
    lines = [orjson.loads(line) for line in sample.lines()]
    times = [datetime.fromisoformat(line["timestamp"]) for line in lines]
    assert len(lines) == sample.EVENTS
    assert times == sorted(times)
    assert times[0].date() == datetime(2026, 1, 1, tzinfo=UTC).date()
    assert times[-1].date() == datetime(2026, 1, 14, tzinfo=UTC).date()
    usual = [line for place, line in enumerate(lines) if sample.episode_of(place) is None]
    assert len(usual) == sample.EVENTS - 468
    levels = Counter(line["log_level"] for line in usual)
    assert levels["INFO"] / len(usual) == pytest.approx(0.965, abs=0.005)
    days = Counter(time.weekday() for time in times)
    assert max(days[5], days[6]) < min(days[day] for day in range(5)) / 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_found(seed: int) -> None:
    """The numbers of the specification, a few more or less where a draw decides."""
    lines = records(sample.lines(seed))
    settings = streams_settings()
    trained = train(lines[:TRAINED], settings)
    model = trained.model
    assert (model.training.fitted, model.training.held_out) == (12_800, 3_200)
    found = EventReader(settings, trained.formats).read(lines[TRAINED:]).events
    rows = model.encoder.scaled(model.encoder.rows(found)[0])
    scores, shares = model.scorer.attributed(rows)
    _, flags = model.threshold(settings).judge(scores)
    main = shares.sum(axis=2).argmax(axis=1)
    counts, reasons, is_usual = {}, {}, np.ones(len(flags), dtype=bool)
    for episode in sample.EPISODES:
        part = slice(episode.begin - TRAINED, episode.end - TRAINED)
        is_usual[part] = False
        counts[episode.name] = int(flags[part].sum())
        reasons[episode.name] = Counter(model.columns[column] for column in main[part])
    slower, failing, unseen, growing, out = (episode.name for episode in sample.EPISODES)
    assert [counts[name] for name in (slower, failing, unseen, out)] == [30, 25, 12, 1]
    assert 50 <= counts[growing] <= 65
    assert is_usual.sum() == 3_532
    assert 40 <= flags[is_usual].sum() <= 60
    assert reasons[slower]["response_time"] >= 29
    assert reasons[failing]["response_time"] + reasons[failing]["log_level"] >= 23
    assert reasons[unseen]["method"] + reasons[unseen]["path"] >= 11
    assert 0.57 <= reasons[growing]["response_time"] / 400 <= 0.75
    assert reasons[out]["response_time"] == 1
