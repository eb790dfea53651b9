"""Patience with a store that is away.

The smallest example: a call that fails twice with `Unavailable` is made three times.
"""

from __future__ import annotations

import asyncio

import pytest

from anomaly_container.outbound.errors import Changed, Unavailable
from anomaly_container.services.batches.patience import patiently
from tests.support.batch_process import without_pauses


class Call:
    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self, number: int, *, more: int = 0) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return number + more


async def test_a_call_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)
    call = Call(Unavailable(message="away"), Unavailable(message="away"))
    assert await patiently(call, 1, more=2) == 3
    assert call.calls == 3


async def test_another_error_is_raised() -> None:
    call = Call(Changed())
    with pytest.raises(Changed):
        await patiently(call, 1)
    assert call.calls == 1


async def test_the_pauses_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def slept(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", slept)
    await patiently(Call(*[Unavailable(message="away")] * 9), 1)
    for pause, longest in zip(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert longest / 2 <= pause <= longest
