"""What a message tells of the anomalies behind an alarm.

The smallest example: of six anomalies the five highest, and the feature that was most often the main reason.
"""

from __future__ import annotations

import json

from anomaly_container.services.streams.evidence import Evidence
from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.results import Reason


def event(number: int, feature: str = "path", *, time: float = 0.0) -> Flagged:
    reasons = (Reason(feature, 0.6, "high", 9.0, 1.0),)
    return Flagged(f"logs-0-{number}", "logs-0", number, time, 2.0 + number, reasons)


def ids(evidence: Evidence) -> list[str]:
    return [one["id"] for one in evidence.document_of_message()["anomalies"]]


def test_the_five_highest_and_the_main_feature() -> None:
    evidence = Evidence(900)
    for number, feature in enumerate(("path", "method", "path", "path", "method", "path")):
        evidence.add(event(number, feature))

    message = evidence.document_of_message()

    assert ids(evidence) == ["logs-0-5", "logs-0-4", "logs-0-3", "logs-0-2", "logs-0-1"]
    assert (message["feature"], message["share"]) == ("path", 4 / 6)
    assert message["anomalies"][0]["reasons"] == [
        {"feature": "path", "share": 0.6, "direction": "high", "value": 9.0, "usual": 1.0}
    ]


def test_values_may_be_left_out() -> None:
    evidence = Evidence(900, values=False)
    evidence.add(event(1))

    (told,) = evidence.document_of_message()["anomalies"]
    assert told["reasons"] == [{"feature": "path", "share": 0.6, "direction": "high"}]


def test_without_any_anomaly_there_is_no_feature() -> None:
    assert Evidence(900).document_of_message() == {"anomalies": [], "feature": None, "share": None}


def test_what_left_the_windows_is_forgotten() -> None:
    evidence = Evidence(900)
    evidence.add(event(9, time=0.0))
    evidence.add(event(1, time=1800.0))

    evidence.forget(1800.0)

    assert ids(evidence) == ["logs-0-1"]


def test_an_alarm_keeps_its_highest_until_its_end_is_told() -> None:
    evidence = Evidence(900)
    evidence.add(event(9, time=0.0))
    evidence.begin()
    evidence.add(event(1, "method", time=1800.0))
    evidence.forget(3600.0)
    assert ids(evidence) == ["logs-0-9", "logs-0-1"]
    assert evidence.document_of_message()["share"] == 0.5

    evidence.end()

    assert ids(evidence) == []


def test_it_comes_back_from_its_document() -> None:
    evidence = Evidence(900)
    evidence.add(event(9, time=0.0))
    evidence.begin()
    evidence.add(event(1, time=400.0))

    again = Evidence(900)
    again.restore(json.loads(json.dumps(evidence.document())))

    assert again.document() == evidence.document()
    assert again.document_of_message() == evidence.document_of_message()
