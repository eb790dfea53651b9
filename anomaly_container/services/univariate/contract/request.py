"""A request: the bytes of its body as arguments of the detection library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from anomaly_container.detection.univariate import ChangePointOptions, Granularity, Options, Series
from anomaly_container.services.univariate.contract.date_order import refuse_likely_day_first
from anomaly_container.services.univariate.contract.decode import decode
from anomaly_container.services.univariate.contract.errors import REQUIRED_SERIES, ContractError
from anomaly_container.services.univariate.contract.grid import check_lengths, place_on_grid
from anomaly_container.services.univariate.contract.names import with_pascal_case_names
from anomaly_container.services.univariate.contract.options import change_point_options, detect_options
from anomaly_container.services.univariate.contract.points import read_points
from anomaly_container.services.univariate.contract.versions import FACTS, ApiVersion, Operation

if TYPE_CHECKING:
    from anomaly_container.services.univariate.contract.fields import Fields
    from anomaly_container.services.univariate.contract.limits import Limits


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A valid request.

    Attributes
    ----------
    operation, version
        The operation and the version of the path.
    pascal_case
        Whether the names of the body are in PascalCase, and so those of the response.
    series
        The points.
    options
        The options: `ChangePointOptions` for `Operation.CHANGE_POINT`, otherwise `Options`.
    """

    operation: Operation
    version: ApiVersion
    pascal_case: bool
    series: Series
    options: Options | ChangePointOptions


def parse(body: bytes, operation: Operation, version: ApiVersion, limits: Limits) -> Request:
    """Decode and check a body.

    Parameters
    ----------
    body
        The bytes of the JSON.
    operation, version
        The operation and the version of the path.
    limits
        The limits of its points and its depth.

    Raises
    ------
    ContractError
        For the first error in the order of the service: body, `series` missing, scalar fields, points. Names
        in the message are spelled as in the body.
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
