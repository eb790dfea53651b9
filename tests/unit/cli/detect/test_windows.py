"""Long series: how they are cut, sent and joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.cli.detect.client import Reply
from anomaly_container.cli.detect.windowed import detect_series
from anomaly_container.cli.detect.windows import describe, windows
from anomaly_container.detection.univariate import ChangePointResult, EntireResult
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.client_request import ClientRequest
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.signals import hourly, random_walk, seasonal, spikes, steps, timestamps, white

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.cli.detect.windowed import Detection
    from tests.support.signals import FloatArray

WINDOW = 600
POINTS = 1700
WHOLE = 10**6


class Recorder:
    """Detects in this process, without a bound, and records the requests."""

    def __init__(self) -> None:
        self.points: list[int] = []
        self.progress: list[tuple[int, int]] = []

    def __call__(self, body: bytes, operation: Operation, version: ApiVersion) -> Reply:
        answer = engine.answer(body, operation, version, Limits(max_points=WHOLE))
        self.points.append(answer.points)
        return Reply(answer.body, int(answer.headers["model-id"]))

    def advance(self, done: int, total: int) -> None:
        self.progress.append((done, total))


def request(values: FloatArray, stamps: Sequence[str], **fields: object) -> ClientRequest:
    return ClientRequest.of_pairs(stamps, values.tolist(), range(values.size)).with_fields(fields)


def detected(
    about: ClientRequest,
    longest: int,
    operation: Operation = Operation.ENTIRE,
    client: Recorder | None = None,
) -> Detection:
    client = client or Recorder()
    return detect_series(about, operation, ApiVersion.V1_1, client, longest=longest, advance=client.advance)


def test_a_series_that_fits_is_one_window() -> None:
    [window] = windows(8640, 8640)
    assert (window.start, window.stop, window.kept_from, window.kept_to) == (0, 8640, 0, 8640)


def test_the_rule_of_the_seams() -> None:
    cut = windows(21_600, 8640)
    assert [(window.start, window.stop) for window in cut] == [
        (0, 8640),
        (4320, 12_960),
        (8640, 17_280),
        (12_960, 21_600),
    ]
    assert [window.kept_to for window in cut] == [6480, 10_800, 15_120, 21_600]
    assert describe(21_600, cut) == (
        "21,600 points in 4 windows of 8,640, each overlapping the one before by 4,320: "
        "the seams lie in the middle of the overlaps"
    )


def test_the_last_window_ends_with_the_series() -> None:
    cut = windows(9000, 8640)
    assert [(window.start, window.stop, window.kept_from) for window in cut] == [
        (0, 8640, 0),
        (360, 9000, 4500),
    ]
    assert "overlapping the one before by 8,280:" in describe(9000, cut)
    assert "before by 4,320 (the last by 8,280):" in describe(13_320, windows(13_320, 8640))


def agreement(values: FloatArray, stamps: Sequence[str], granularity: str) -> tuple[float, Detection]:
    """Return the share of points on which windows of the service's length and no windows agree."""
    about = request(values, stamps, granularity=granularity)
    whole, detection = detected(about, WHOLE), detected(about, Limits().max_points)
    assert isinstance(whole.result, EntireResult)
    assert isinstance(detection.result, EntireResult)
    return float(np.mean(whole.result.is_anomaly == detection.result.is_anomaly)), detection


@pytest.mark.parametrize(
    ("values", "granularity", "floor"),
    [
        (seasonal(21_600, 24, 1), "hourly", 0.999),
        (seasonal(17_280, 24, 2) + seasonal(17_280, 168, 5, level=0.0, amplitude=5.0), "hourly", 0.998),
        (seasonal(21_600, 24, 1) + random_walk(21_600, 10, step=0.05), "hourly", 0.995),
        (white(21_600, 1, level=50.0, noise=0.2), "minutely", 0.997),
        # Seven days of minutes are longer than a window: the whole series has this season, the windows a day.
        (seasonal(21_600, 1440, 1), "minutely", 0.96),
    ],
    ids=["day", "day and week", "day on a walk", "noise", "day of minutes"],
)
def test_windows_agree_with_the_whole_series(values: FloatArray, granularity: str, floor: float) -> None:
    """The floors lie just below what docs/adr/0010-windows.md records."""
    spiked, planted = spikes(values, 51, count=40, size=60.0)
    share, detection = agreement(spiked, timestamps(range(values.size), granularity), granularity)
    assert share >= floor
    assert isinstance(detection.result, EntireResult)
    assert detection.result.is_anomaly[planted].all()


def test_windows_find_the_change_points_of_the_whole_series() -> None:
    about = request(steps(POINTS, 4, count=3), hourly(POINTS), granularity="hourly", period=0)
    whole = detected(about, WHOLE, Operation.CHANGE_POINT).result
    cut = detected(about, WINDOW, Operation.CHANGE_POINT).result
    assert isinstance(whole, ChangePointResult)
    assert isinstance(cut, ChangePointResult)
    there, here = np.flatnonzero(whole.is_change_point), np.flatnonzero(cut.is_change_point)
    assert there.size >= 3
    assert np.abs(there[:, None] - here).min(axis=1).max() <= 2


def test_windows_are_sent_in_order_and_counted() -> None:
    client = Recorder()
    result = detected(request(white(POINTS, 5), hourly(POINTS), granularity="hourly"), WINDOW, client=client)
    assert client.points == [WINDOW] * 5
    assert client.progress == [(done, 5) for done in range(1, 6)]
    assert result.notes == (describe(POINTS, windows(POINTS, WINDOW)),)


def test_the_last_point_needs_only_the_last_window() -> None:
    values = white(POINTS, 6)
    client = Recorder()
    about = request(values, hourly(POINTS), granularity="hourly")
    detection = detected(about, WINDOW, Operation.LAST, client)
    alone = detected(
        request(values[-WINDOW:], hourly(POINTS)[-WINDOW:], granularity="hourly"), WINDOW, Operation.LAST
    )
    assert detection.body == alone.body
    assert client.points == [WINDOW]
    assert detection.notes == ("1,700 points: the last is judged by the last 600",)


def test_a_window_of_many_gaps_is_detected_with_its_own_period() -> None:
    """The period of the first window needs half of the grid to be there."""
    slots = [*range(700), *range(700, 4000, 3)]
    values = seasonal(4000, 24, 7)[slots]
    detection = detected(request(values, timestamps(slots, "hourly"), granularity="hourly"), WINDOW)
    assert detection.result.period > 1
    cut = windows(len(slots), WINDOW)
    [_, note] = detection.notes
    assert note == (
        f"refused with period {detection.result.period} of the first window, so judged with its own: "
        + ", ".join(f"{number} (no period)" for number in range(3, len(cut) + 1))
    )


def test_a_given_period_is_kept() -> None:
    slots = [*range(700), *range(700, 4000, 3)]
    about = request(
        seasonal(4000, 24, 7)[slots], timestamps(slots, "hourly"), granularity="hourly", period=24
    )
    with pytest.raises(ContractError):
        detected(about, WINDOW)
