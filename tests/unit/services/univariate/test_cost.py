"""What a request is taken for: 12 points over 17,279 minutes, filled, cost as much as 17,279 points do."""

from __future__ import annotations

import pytest

from anomaly_container.services.univariate import cost
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.bench.shapes import Shape


def taken_for(shape: Shape) -> float:
    operation, version = shape.where()
    return cost.answering_milliseconds(parse(shape.body(), operation, version, Limits()))


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("place", range(1, len(cost.POINTS)))
def test_the_figures_are_those_of_their_points(
    operation: Operation, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "kernels_compiled", lambda: True)
    points = cost.POINTS[place]
    milliseconds = cost.WITH_KERNELS[operation][place]
    shape = Shape(points, points, operation=operation.value)
    if points > Limits().max_points:
        shape = Shape(12, points, operation=operation.value, impute="zero")
    if points <= Limits().max_points or operation is not Operation.CHANGE_POINT:
        assert taken_for(shape) == pytest.approx(milliseconds)
    if place > 1 and points <= Limits().max_points:
        middle = (cost.POINTS[place - 1] + points) // 2
        between = taken_for(Shape(middle, middle, operation=operation.value))
        assert cost.WITH_KERNELS[operation][place - 1] < between < milliseconds


@pytest.mark.parametrize(
    ("shape", "works_on"),
    [
        (Shape(12, 17_279, impute="linear"), 17_279),
        (Shape(12, 17_279, impute="zero", operation="last"), 17_279),
        (Shape(12, 17_281, impute="linear"), 12),  # more than are filled
        (Shape(12, 17_279, impute="notFill"), 12),
        (Shape(12, 17_279), 12),  # too few for a season, and nothing else is filled
        (Shape(100, 150), 150),
        (Shape(100, 150, period=0), 100),
        (Shape(100, 150, period=7), 150),
        (Shape(100, 150, operation="changepoint"), 100),
        (Shape(100, 150, granularity="none", impute="linear"), 100),
    ],
)
def test_what_counts_are_the_points_on_the_grid_after_filling(shape: Shape, works_on: int) -> None:
    alike = Shape(works_on, works_on, operation=shape.operation, impute="notFill")
    if works_on > Limits().max_points:
        assert taken_for(shape) > taken_for(Shape(8640, 8640, operation=shape.operation))
    else:
        assert taken_for(shape) == taken_for(alike)


def test_beyond_the_last_figure_the_cost_goes_on_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "kernels_compiled", lambda: True)
    many = parse(Shape(20_000, 20_000).body(), Operation.ENTIRE, ApiVersion.V1_1, Limits(max_points=20_000))
    assert cost.answering_milliseconds(many) > cost.WITH_KERNELS[Operation.ENTIRE][-1]


def test_reading_is_taken_for_dear_by_its_bytes() -> None:
    assert cost.reading_milliseconds(3000) < 2.0 < cost.reading_milliseconds(80_000)
    assert cost.reading_milliseconds(3_000_000) > 200.0
