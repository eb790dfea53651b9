"""Requests read from a body whose names are in both spellings.

`{"Series": [{"timestamp": "2020-01-01", "value": 1}], "period": 7}` has one point, at that time, of value 1.
"""

from __future__ import annotations

from typing import Any

import pytest

from anomaly_container.services.univariate.contract.client_request import ClientRequest


@pytest.mark.parametrize("series", ["series", "Series"])
@pytest.mark.parametrize("timestamp", ["timestamp", "Timestamp"])
@pytest.mark.parametrize("value", ["value", "Value"])
@pytest.mark.parametrize("period", ["period", "Period"])
def test_parts_in_either_spelling(series: str, timestamp: str, value: str, period: str) -> None:
    document: dict[str, Any] = {series: [{timestamp: "2020-01-01", value: 1}], period: 7}
    request = ClientRequest.of_document(document, b"")
    assert request is not None
    assert request.pascal_case == (series == "Series")
    assert request.stamps() == ["2020-01-01"]
    assert request.values() == [1.0]
    assert request.has("period")
    assert not request.has("sensitivity")
    # A field is spelled as the series is, and comes before the other spelling.
    assert request.with_fields({"period": 5}).fields["period" if series == "series" else "Period"] == 5


def test_a_point_without_a_time_has_none() -> None:
    request = ClientRequest.of_document(
        {"series": [{"Value": 1, "Timestamp": "2020-01-01"}, {"value": 2}, 3]}, b""
    )
    assert request is not None
    assert request.stamps() is None
