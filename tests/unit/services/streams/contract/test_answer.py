"""The answers of `/invocations`.

The smallest example: a score of 1.5 is `{"scores":[{"score":1.5}]}`.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.contract.answer import accepted, explains, rendered
from anomaly_container.services.streams.errors import InvalidQuery, NotAcceptable
from anomaly_container.services.streams.invocation import RowResult
from anomaly_container.services.streams.results import Reason

JSON = "application/json"
LINES = "application/jsonlines"
REASON = Reason("path", 0.75, "low", "/a", "/b")


def test_scores_in_both_types() -> None:
    results = [RowResult(1.5, 1.0), RowResult(0.1, 1.0)]
    assert rendered(results[:1], JSON, explain=False, values=True) == b'{"scores":[{"score":1.5}]}'
    assert rendered(results, LINES, explain=False, values=True) == b'{"score":1.5}\n{"score":0.1}\n'


@pytest.mark.parametrize(
    ("has_values", "values", "shown"),
    [(True, True, b',"value":"/a","usual":"/b"'), (False, True, b""), (True, False, b"")],
)
def test_reasons_have_values_only_of_events_and_only_if_they_may(
    has_values: bool,
    values: bool,
    shown: bytes,
) -> None:
    found = rendered([RowResult(1.5, 1.0, (REASON,), has_values)], LINES, explain=True, values=values)
    reason = b'{"feature":"path","share":0.75,"direction":"low"' + shown + b"}"
    assert found == b'{"score":1.5,"result":"High Outlier","threshold":1.0,"reasons":[' + reason + b"]}\n"


def test_a_score_that_equals_the_threshold_is_normal() -> None:
    assert RowResult(1.0, 1.0).word == "Normal"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (LINES, LINES),
        (f"text/html, {LINES};q=0.9, */*;q=0.1", LINES),
        (f"{LINES};q=0.2, {JSON};q=0.3", JSON),
        (f"{JSON};q=0, {LINES}", LINES),
    ],
)
def test_the_type_that_a_client_likes_best(accept: str | None, wanted: str) -> None:
    assert accepted(accept) == wanted


@pytest.mark.parametrize("accept", ["image/png", f"{JSON};q=0", f"{JSON};q=x", "text/csv"])
def test_what_cannot_be_answered_is_406(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        accepted(accept)
    assert caught.value.status == 406


def test_explain_is_true_or_false() -> None:
    assert (explains(None), explains("false"), explains("true")) == (False, False, True)
    with pytest.raises(InvalidQuery):
        explains("1")
