"""The shared counts of connections, and for whom a worker steps back.

The smallest example: of two workers with two connections and none, the first steps back for the second.
"""

from __future__ import annotations

import os

import pytest

from anomaly_container.web.server.connection_counts import ConnectionCounts, Share

MANY = 1000


@pytest.fixture
def counts() -> ConnectionCounts:
    return ConnectionCounts(4)


def share_of(counts: ConnectionCounts, place: int, opened: int = 0, max_connections: int = MANY) -> Share:
    share = counts.share(place, max_connections)
    share.begin()
    for _ in range(opened):
        share.open()
    return share


@pytest.mark.parametrize(("mine", "other", "steps_back"), [(2, 0, True), (1, 0, False), (5, 4, False)])
def test_a_worker_steps_back_if_it_has_two_more(
    counts: ConnectionCounts, mine: int, other: int, *, steps_back: bool
) -> None:
    share = share_of(counts, 0, mine)
    share_of(counts, 1, other)
    assert bool(share.roomier()) == steps_back


def test_a_worker_that_does_not_accept_is_ignored(counts: ConnectionCounts) -> None:
    share, other = share_of(counts, 0, 5), share_of(counts, 1)
    assert set(share.roomier()) == {1}
    other.end()
    assert not share.roomier()
    other.open()  # what it still serves brings it not back
    assert not share.roomier()


def test_the_row_of_a_dead_worker_is_cleared(counts: ConnectionCounts) -> None:
    share, _ = share_of(counts, 0, 5), share_of(counts, 1)
    counts.clear(1)
    assert not share.roomier()


def test_a_worker_that_gives_no_sign_of_life_is_passed_over_until_it_does(counts: ConnectionCounts) -> None:
    share, other = share_of(counts, 0, 5), share_of(counts, 1)
    share.pass_over(share.roomier())
    assert not share.roomier()
    other.beat()
    assert set(share.roomier()) == {1}


def test_a_row_that_changed_meanwhile_is_not_passed_over(counts: ConnectionCounts) -> None:
    share, other = share_of(counts, 0, 5), share_of(counts, 1)
    before = share.roomier()
    other.beat()
    share.pass_over(before)
    assert set(share.roomier()) == {1}


def test_idle_connections_weigh_less_than_those_in_use(counts: ConnectionCounts) -> None:
    idle, busy = share_of(counts, 0, 100), share_of(counts, 1)
    for _ in range(2):
        idle.next_period()
    for _ in range(2):
        busy.open()
    assert not idle.roomier()
    assert set(busy.roomier()) == {0}


def test_a_connection_counts_as_used_until_the_end_of_the_next_period(counts: ConnectionCounts) -> None:
    share, other = share_of(counts, 0), share_of(counts, 1, 2)
    used = [share.open() for _ in range(4)]
    share.next_period()
    other.next_period()
    other.next_period()
    assert set(share.roomier()) == {1}
    share.next_period()  # now neither has a connection that was used lately, and the open ones decide
    assert set(share.roomier()) == {1}
    for connection in used[:3]:
        connection.close()
    assert not share.roomier()


def test_a_connection_in_use_is_counted_once_however_often_it_is_used(counts: ConnectionCounts) -> None:
    share, other = share_of(counts, 0), share_of(counts, 1)
    connection = share.open()
    for _ in range(5):
        share.next_period()
        other.beat()
        connection.use()
        connection.use()
        assert not share.roomier()  # one more than the other is no more than the slack
    connection.close()
    second, third = share.open(), share.open()
    assert set(share.roomier()) == {1}
    for _ in range(3):
        share.next_period()
    second.close()  # unused for long: what is counted as used stays as it is
    third.close()
    assert not share.roomier()


def test_with_as_few_in_use_the_open_ones_decide(counts: ConnectionCounts) -> None:
    """Connections that are opened one by one and stay idle are shared too."""
    share, other = share_of(counts, 0, 4), share_of(counts, 1, 1)
    for _ in range(2):
        share.next_period()
        other.next_period()
    assert set(share.roomier()) == {1}
    assert not other.roomier()


def test_a_full_worker_leaves_connections_to_others_and_none_to_it(counts: ConnectionCounts) -> None:
    full, other = share_of(counts, 0, 3, max_connections=3), share_of(counts, 1, 50)
    for _ in range(2):
        full.next_period()
    assert set(full.roomier()) == {1}
    assert not other.roomier()


def test_full_workers_do_not_wait_for_each_other(counts: ConnectionCounts) -> None:
    first, second = (share_of(counts, place, 3, max_connections=3) for place in (0, 1))
    assert not first.roomier()
    assert not second.roomier()


def test_the_counts_are_shared_with_a_process_forked_later(counts: ConnectionCounts) -> None:
    share = share_of(counts, 0)
    pid = os.fork()
    if pid == 0:
        share_of(counts, 1, 7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    for _ in range(8):
        share.open()
    assert not share.roomier()
    share.open()
    assert set(share.roomier()) == {1}


def test_signs_of_life_begin_anew_after_the_last_one(counts: ConnectionCounts) -> None:
    share, other = share_of(counts, 0, 5), share_of(counts, 1, 1)
    for _ in range(1 << 16):
        other.beat()
    [row] = share.roomier().values()
    assert (row >> 16) & 0xFF == 1
