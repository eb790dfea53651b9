"""A process accepts once its event loop watches the socket that listens, not as soon as the port is bound."""

from __future__ import annotations

import os
import select
import socket
from typing import TYPE_CHECKING

from tests.bench import start_up
from tests.bench.start_up import Start, accepts
from tests.bench.targets import Verdicts

if TYPE_CHECKING:
    import pytest


def test_a_bound_port_alone_is_not_enough() -> None:
    with socket.socket() as listener, socket.socket() as other, select.epoll() as loop:
        for one in (listener, other):
            one.bind(("127.0.0.1", 0))
            one.listen()
        port = listener.getsockname()[1]
        assert not accepts(os.getpid(), port)
        loop.register(other)
        assert not accepts(os.getpid(), port)
        loop.register(listener)
        assert accepts(os.getpid(), port)


def test_a_process_that_has_ended_does_not_accept() -> None:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    assert not accepts(pid, 80)


def test_medians_of_times_and_the_largest_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = iter([Start(1.0, 1.5, [20.0, 46.0]), Start(2.0, 2.5, [21.0]), Start(1.2, 1.4, [19.0])])
    monkeypatch.setattr(start_up, "STARTS", 3)
    monkeypatch.setattr(start_up, "measure", lambda: next(starts))
    verdicts = Verdicts()
    assert start_up.table(verdicts).splitlines()[2:] == [
        "| seconds until `/ready` answers 200 | 1.20 ≤ 2 |",
        "| seconds until all workers accept | 1.50 ≤ 2 |",
        "| memory of a worker beyond shared pages, MB | **46** not ≤ 45 |",
    ]
    assert verdicts.missed() == ["memory of an idle worker"]
