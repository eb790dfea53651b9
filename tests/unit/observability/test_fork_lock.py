"""A fork waits for the thread that holds the lock, and its child can take it."""

from __future__ import annotations

import os
import threading
import time

from anomaly_container.observability import fork_lock
from anomaly_container.observability.fork_lock import ForkLock


def forked(lock: ForkLock) -> int:
    """Fork a child that takes the lock; its exit status is 0 if it can within a second."""
    child = os.fork()
    if not child:
        taker = threading.Thread(target=lock.__enter__, daemon=True)
        taker.start()
        taker.join(1.0)
        os._exit(taker.is_alive())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def held_by_a_thread(lock: ForkLock, seconds: float) -> threading.Thread:
    """A thread that holds the lock for that long, and has taken it."""
    taken = threading.Event()

    def hold() -> None:
        with lock:
            taken.set()
            time.sleep(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    return thread


def test_a_lock_that_nobody_holds_is_free_in_parent_and_child() -> None:
    lock = ForkLock()
    assert forked(lock) == 0
    with lock:
        pass


def test_a_fork_waits_until_the_work_is_done() -> None:
    lock = ForkLock()
    begin = time.monotonic()
    thread = held_by_a_thread(lock, 0.3)
    assert forked(lock) == 0
    assert time.monotonic() - begin >= 0.3
    thread.join()


def test_a_fork_does_not_wait_longer_than_the_bound() -> None:
    lock = ForkLock()
    begin = time.monotonic()
    thread = held_by_a_thread(lock, 2 * fork_lock.FORK_SECONDS)
    assert forked(lock) == 0
    assert time.monotonic() - begin < 2 * fork_lock.FORK_SECONDS
    thread.join()
    with lock:
        pass
