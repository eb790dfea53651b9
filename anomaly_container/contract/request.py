"""A request: the bytes of a body to what the detection library takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from anomaly_container.contract.body import decode
from anomaly_container.contract.date_order import refuse_likely_day_first
from anomaly_container.contract.errors import REQUIRED_SERIES, ContractError
from anomaly_container.contract.grid import check_lengths, place_on_grid
from anomaly_container.contract.names import with_pascal_case_names
from anomaly_container.contract.points import read_points
from anomaly_container.contract.scalars import change_point_options, detect_options
from anomaly_container.contract.versions import FACTS, ApiVersion, Operation
from anomaly_container.detection import ChangePointOptions, Granularity, Options, Series

if TYPE_CHECKING:
    from anomaly_container.contract.fields import Fields
    from anomaly_container.contract.limits import Limits


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One valid question.

    Attributes
    ----------
    operation, version
        Where the body was sent.
    pascal_case
        Whether its names were in PascalCase, as those of the answer will be.
    series
        The points.
    options
        What the caller chose; `ChangePointOptions` for `Operation.CHANGE_POINT`, `Options` otherwise.
    """

    operation: Operation
    version: ApiVersion
    pascal_case: bool
    series: Series
    options: Options | ChangePointOptions


def parse(body: bytes, operation: Operation, version: ApiVersion, limits: Limits) -> Request:
    """Read and check a body.

    Parameters
    ----------
    body
        The JSON text as it came.
    operation, version
        Where it was sent.
    limits
        How many points it may carry, and how deep it may be.

    Raises
    ------
    ContractError
        For the first thing that is wrong, in the service's order: body, `series` missing, scalars, points.
        Names in its message are spelled as in the body.
    """
    fields, pascal_case = decode(body, limits.max_depth, limits.max_points)
    try:
        series, options = _checked(fields, operation, version, limits, pascal=pascal_case)
    except ContractError as error:
        if not pascal_case:
            raise
        raise ContractError(error.code, with_pascal_case_names(error.message), error.status) from None
    return Request(operation, version, pascal_case, series, options)


def _checked(
    fields: Fields, operation: Operation, version: ApiVersion, limits: Limits, *, pascal: bool
) -> tuple[Series, Options | ChangePointOptions]:
    if fields.series is msgspec.UNSET:
        raise REQUIRED_SERIES.error()
    options = (
        change_point_options(fields)
        if operation is Operation.CHANGE_POINT
        else detect_options(fields, FACTS[version], pascal=pascal)
    )
    timed = options.granularity is not Granularity.NONE
    values, times, stamps = read_points(fields.series, limits, timed=timed)
    if times is None:
        series = Series.without_gaps(values)
    else:
        series = place_on_grid(values, times, options.granularity, options.interval)
        refuse_likely_day_first(stamps, series, options.granularity, options.interval)
    check_lengths(series, options)
    return series, options
