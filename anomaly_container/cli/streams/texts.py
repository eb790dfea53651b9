"""Outliers and changes of alarms as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams.results import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anomaly_container.services.streams.notices import Change
    from anomaly_container.services.streams.results import Reason, Result


def clock(time: float) -> str:
    """Return a time to the second.

    Examples
    --------
    >>> clock(1767225600.25)
    '2026-01-01 00:00:00'
    """
    return iso(time)[:19].replace("T", " ")


def reasons(result: Result) -> str:
    """Return the reasons of a result, the main one first."""
    return ", ".join(map(_reason, result.reasons))


def change(one: Change) -> str:
    """Return a change of an alarm in one line."""
    anomalies = "anomaly" if one.count == 1 else "anomalies"
    return (
        f"{clock(one.time)}  {one.alarm}: {one.before} -> {one.after}, {one.count} {anomalies} in the window"
    )


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return rows of texts as lines, the cells of a column below each other."""
    table = list(rows)
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]


def _reason(one: Reason) -> str:
    shown = "" if one.value is None else f" {_value(one.value)}"
    usual = "" if one.usual is None else f" (usual {_value(one.usual)})"
    return f"{one.feature} {one.share:.0%} {one.direction}{shown}{usual}"


def _value(value: object) -> str:
    return f"{value:,.5g}" if isinstance(value, float) else str(value)
