"""The header Retry-After.

The smallest example: `120` is 120 seconds.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.sinks.retry_after import seconds_of


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 400, 999_999_999.0),
        ("Thu, 01 Jan 1970 00:00:30 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:05 GMT", 0.0),
        *((bad, None) for bad in (None, "", "soon", "-3", "1.5", "\u0663")),
    ],
)
def test_a_header_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header, 10.0) == seconds
