"""A flagged event on its way through the internal topic.

The smallest example: its main feature is that of its first reason.
"""

from __future__ import annotations

import json

from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.results import Reason

EVENT = Flagged(
    id="logs-0-7",
    partition="logs-0",
    offset=7,
    time=1_767_866_400.5,
    score=2.5,
    reasons=(Reason("path", 0.6, "low", "/admin", "/"), Reason("method", 0.3, "low", "DELETE", "GET")),
    key=None,
)


def test_the_main_feature_is_the_first() -> None:
    assert EVENT.main == "path"
    assert Flagged("logs-0-8", "logs-0", 8, 0.0, 2.0).main is None


def test_it_comes_back_from_json() -> None:
    assert Flagged.from_document(json.loads(json.dumps(EVENT.document()))) == EVENT
