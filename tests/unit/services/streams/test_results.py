"""Results and their reasons.

The smallest example: of shares of 0.5, 1.5 and 0.1 the second feature has 0.71 of the score.
"""

from __future__ import annotations

import numpy as np
import orjson

from anomaly_container.services.streams.events import Event
from anomaly_container.services.streams.results import Column, Reason, Result, iso, largest_shares, reasons_of
from tests.support.stream_samples import stream_settings

EVENT = Event("a-0-7", "a-0", 7, 1_767_225_600.25, 80.0, 4, "GET", "/a", {"timestamp": 1, "more": "x"})


def result(**more: object) -> Result:
    given = {
        "id": "a-0-7",
        "partition": "a-0",
        "offset": 7,
        "time": 1_767_225_600.25,
        "score": 2.5,
        "threshold": 1.5,
        "anomalous": True,
        "reasons": (Reason("path", 0.75, "low", "/a", "/b"),),
        "filled": ("log_level",),
        "late": False,
        "future": False,
        "model_id": "0123456789ab",
        "event": EVENT,
    }
    return Result(**(given | more))  # type: ignore[arg-type]  # the fields of a result


def test_a_result_has_the_fields_of_the_contract_in_their_order() -> None:
    assert orjson.loads(result().line(stream_settings())) == {
        "id": "a-0-7",
        "stream": "stream",
        "time": "2026-01-01T00:00:00.250000Z",
        "score": 2.5,
        "threshold": 1.5,
        "result": "High Outlier",
        "reasons": [{"feature": "path", "share": 0.75, "direction": "low", "value": "/a", "usual": "/b"}],
        "filled": ["log_level"],
        "late": False,
        "key": None,
        "modelId": "0123456789ab",
    }


def test_values_are_left_out_if_the_settings_say_so() -> None:
    document = result().document(stream_settings(Output_Values="false"))
    assert document["reasons"] == [{"feature": "path", "share": 0.75, "direction": "low"}]


def test_the_event_goes_along_if_the_settings_say_so() -> None:
    fields = result().document(stream_settings(Output_Event="fields"))["event"]
    assert fields["responseTime"] == 80.0
    assert fields["logLevel"] == 4


def test_what_is_ahead_of_the_clock_says_so() -> None:
    assert result(future=True).document(stream_settings())["future"] is True
    assert "future" not in result().document(stream_settings())


def test_an_output_tells_the_sinks_what_filters_ask_for() -> None:
    output = result().output(stream_settings())
    assert (output.id, output.partition, output.offset, output.state) == ("a-0-7", "a-0", 7, "High Outlier")
    assert (output.anomalous, output.score, output.reason) == (True, 2.5, "path")
    assert result(anomalous=False, reasons=()).output(stream_settings()).reason is None


def test_reasons_are_the_three_largest_shares_of_a_tenth_or_more() -> None:
    shares = np.array([[[0.0, 0.5], [1.5, 0.0], [0.05, 0.05], [0.2, 0.2], [0.3, 0.0]]])
    order, ratios = largest_shares(shares)
    columns = [Column(name, [name], None) for name in "abcde"]
    found = reasons_of(0, order[0].tolist(), ratios[0].tolist(), [True, False, True, True, False], columns)
    assert [(reason.feature, round(reason.share, 3), reason.direction) for reason in found] == [
        ("b", 0.536, "low"),
        ("a", 0.179, "high"),
        ("d", 0.143, "high"),
    ]


def test_a_score_of_nothing_has_no_reasons() -> None:
    order, ratios = largest_shares(np.zeros((1, 2, 2)))
    assert reasons_of(0, order[0].tolist(), ratios[0].tolist(), [True, True], []) == ()


def test_a_time_without_a_fraction_has_none() -> None:
    assert iso(0.0) == "1970-01-01T00:00:00Z"


def test_a_reason_goes_through_a_document() -> None:
    reason = Reason("path", 0.75, "low", "/a", "/b")
    assert Reason.from_document(reason.document()) == reason
    assert Reason.from_document(reason.document(values=False)) == Reason("path", 0.75, "low", None, None)
