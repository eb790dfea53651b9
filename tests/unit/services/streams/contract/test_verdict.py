"""A verdict as a result tells it.

The smallest example: its names are those of the answer of POST last/detect.
"""

from __future__ import annotations

from anomaly_container.services.streams.contract.verdict import verdict_document
from anomaly_container.services.streams.keys import Verdict


def test_a_verdict_has_the_names_of_the_wire() -> None:
    verdict = Verdict(
        10.0, 2.0, 3.0, 0.5, 7, 29, is_anomaly=True, is_positive_anomaly=True, is_negative_anomaly=False
    )

    assert verdict_document(verdict) == {
        "expectedValue": 10.0,
        "upperMargin": 2.0,
        "lowerMargin": 3.0,
        "severity": 0.5,
        "period": 7,
    }
