"""Each outage on the way to the metering endpoint is what its name says."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from tests.chaos.way import Outage, Way, way_to
from tests.support.usage_records import body, record_id, wire
from tests.system.metering import receiver
from tests.system.server import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.metering import Receiver


@contextmanager
def there(directory: Path) -> Iterator[tuple[Way, Receiver]]:
    with receiver(directory) as end, way_to(end) as way:
        yield way, end


def send(way: Way, number: int, timeout: float = 10) -> int:
    headers = {
        "Content-Type": "application/json",
        "Ocp-Apim-Subscription-Key": KEY,
        "Idempotency-Key": record_id(number),
    }
    url = f"{way.url}/metering/v1/usage"
    return requests.post(url, data=body(wire(number)), headers=headers, timeout=timeout).status_code


def test_a_free_way_passes_on_what_is_said_and_what_is_answered(tmp_path: Path) -> None:
    with there(tmp_path) as (way, end):
        assert send(way, 1) == 201
        assert end.totals()["EntireDetect"] == 12
        assert way.happened == {"stored": 1}


@pytest.mark.parametrize(("outage", "status"), [(Outage.REFUSED, 500), (Outage.BUSY, 503)])
def test_a_refusal_stores_nothing(tmp_path: Path, outage: Outage, status: int) -> None:
    with there(tmp_path) as (way, end):
        way.cut(outage)
        assert send(way, 1) == status
        assert not end.totals()
        way.mend()
        assert send(way, 1) == 201
        assert way.happened == {outage: 1, "stored": 1}


def test_a_closed_way_stores_nothing(tmp_path: Path) -> None:
    with there(tmp_path) as (way, end):
        way.cut(Outage.CLOSED)
        with pytest.raises(requests.ConnectionError):
            send(way, 1)
        assert not end.totals()


def test_who_hangs_is_let_go_at_the_end_of_the_outage(tmp_path: Path) -> None:
    with there(tmp_path) as (way, end):
        way.cut(Outage.HANGING)
        with pytest.raises(requests.Timeout):
            send(way, 1, timeout=0.3)
        assert not end.totals()
        way.mend()
        assert send(way, 1) == 201


def test_a_lost_answer_leaves_the_record_stored(tmp_path: Path) -> None:
    with there(tmp_path) as (way, end):
        way.cut(Outage.ANSWER_LOST)
        with pytest.raises(requests.ConnectionError):
            send(way, 1)
        assert end.totals()["EntireDetect"] == 12
        way.mend()
        assert send(way, 1) == 200  # it has this record already
        assert end.totals()["EntireDetect"] == 12
