"""The list of features.

The smallest example: `time:hour_cyclic` makes two columns.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.feature_list import DEFAULT_FEATURES, parse_features


def test_the_seven() -> None:
    found = parse_features(DEFAULT_FEATURES)
    assert [column for feature in found for column in feature.columns] == [
        "response_time",
        "log_level",
        "method",
        "path",
        "hour",
        "day_of_week",
        "is_weekend",
    ]


@pytest.mark.parametrize(
    "text", [DEFAULT_FEATURES, "a:numeric:log1p,b:ordinal(s<m<l),c.d:frequency,time:hour_cyclic", "x:numeric"]
)
def test_a_feature_is_written_as_it_is_read(text: str) -> None:
    assert ",".join(feature.written for feature in parse_features(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "a",
        "a:b",
        "a:hour",
        "time:numeric",
        "time:year",
        "a:ordinal",
        "a:ordinal(x)",
        "a:ordinal(x<x)",
        "a:ordinal(x<)",
        "a:numeric,a:frequency",
        "hour:numeric,time:hour",
        ",".join(f"f{place}:numeric" for place in range(257)),
    ],
)
def test_what_is_not_a_list(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z]"):
        parse_features(text)
