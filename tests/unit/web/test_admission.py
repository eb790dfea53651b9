"""Cheap work is done on the event loop, and dear work on a thread; work of more than 12 ms is always dear."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing

import pytest

from anomaly_container.web.admission import CHEAP_MILLISECONDS, Admission
from anomaly_container.web.errors import OverloadedError
from anomaly_container.web.loop_budget import BUDGET_MILLISECONDS, LONE_CALL_MILLISECONDS

CHEAP = CHEAP_MILLISECONDS
MODERATE = BUDGET_MILLISECONDS / 2
DEAR = LONE_CALL_MILLISECONDS + 1.0


async def test_work_goes_where_its_cost_belongs() -> None:
    with closing(Admission(max_waiting=0)) as made:
        assert await made.run(CHEAP, threading.current_thread) is threading.main_thread()
        assert await made.run(MODERATE, threading.current_thread) is threading.main_thread()
        assert (await made.run(DEAR, threading.current_thread)).name.startswith("admitted")
        with pytest.raises(ZeroDivisionError):
            await made.run(DEAR, divmod, 1, 0)


async def test_more_than_may_wait_are_refused_until_there_is_room() -> None:
    opened = threading.Event()
    with closing(Admission(max_waiting=1)) as made:
        tasks = [asyncio.create_task(made.run(DEAR, opened.wait, 30)) for _ in range(2)]
        await asyncio.sleep(0)
        assert made.admitted == 2
        with pytest.raises(OverloadedError):
            await made.run(DEAR, opened.wait, 30)
        opened.set()
        assert await asyncio.gather(*tasks) == [True, True]
        assert made.admitted == 0
        assert await made.run(DEAR, opened.wait, 30)
