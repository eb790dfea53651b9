"""Whether most of the last 1,000 records were parked.

The smallest example: 501 parked ones among 1,000 are more than half, 500 are not.
"""

from __future__ import annotations

import json

import pytest

from anomaly_container.services.streams.recent_share import RecentShare


def filled(parked: int, good: int) -> RecentShare:
    recent = RecentShare()
    for number in range(parked + good):
        recent.add(parked=number < parked)
    return recent


@pytest.mark.parametrize(
    ("parked", "good", "more"), [(501, 499, True), (500, 500, False), (999, 0, False), (1000, 500, False)]
)
def test_more_than_half_of_the_last_thousand(parked: int, good: int, *, more: bool) -> None:
    assert filled(parked, good).more_than_half is more


def test_old_records_leave_it() -> None:
    recent = filled(1000, 499)
    assert recent.more_than_half

    recent.add(parked=False)

    assert not recent.more_than_half


@pytest.mark.parametrize("recent", [RecentShare(), filled(3, 0), filled(0, 3), filled(700, 600)])
def test_it_comes_back_from_its_document(recent: RecentShare) -> None:
    again = RecentShare.from_document(json.loads(json.dumps(recent.document())))

    assert again.document() == recent.document()
    assert again.more_than_half == recent.more_than_half
