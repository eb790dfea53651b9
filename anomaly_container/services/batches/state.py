"""The state of all batches: one object, changed by conditional writes only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.batches import ledger as ledgers
from anomaly_container.services.batches.ledger import Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA: Final = 1
LONGEST: Final = 64 << 20
"""The largest state in bytes that is read."""
RETIRED: Final = "retired"
"""The usage of containers that have committed nothing for a long time, added up."""
RETIRED_AFTER_DAYS: Final = 90
POINTS_PER_UNIT: Final = 1000


class UnknownStateError(Exception):
    """The state was written by another version of this program, or is damaged."""


@dataclass(frozen=True, slots=True)
class Line:
    """The usage of one container, cumulative.

    Attributes
    ----------
    batches
        The committed batches.
    points
        Rows times scored columns, in thousands begun per batch.
    last
        The day of the last commit, in days since 1970.
    """

    batches: int = 0
    points: int = 0
    last: int = 0

    def plus(self, batches: int, points: int, day: int) -> Line:
        """Return the line after more usage."""
        return Line(self.batches + batches, self.points + points, max(self.last, day))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state after one commit.

    Attributes
    ----------
    mode
        The mode that made it: `default` or `compat`.
    columns
        The scored columns in order; empty before the first batch if no setting names them.
    model
        What was learnt, as JSON; None before the first batch.
    revision
        The number of commits.
    files, rows, anomalies
        The totals of all batches.
    usage
        The usage by container.
    ledger
        The newest batches and dead letters.
    topic
        The SNS topic that was confirmed first; None before.
    last_updated
        The time of the last batch, as the original pipeline writes it.
    """

    mode: str
    columns: tuple[str, ...] = ()
    model: Mapping[str, Any] | None = None
    revision: int = 0
    files: int = 0
    rows: int = 0
    anomalies: int = 0
    usage: Mapping[str, Line] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    topic: str | None = None
    last_updated: str | None = None

    def with_batch(self, entry: Entry, usage: Line, container: str, model: Mapping[str, Any]) -> State:
        """Return the state after a batch.

        Parameters
        ----------
        entry
            The batch.
        usage
            What it adds to the usage of the container.
        container
            The id of the container that commits it.
        model
            What was learnt with it.
        """
        line = self.usage.get(container, Line()).plus(usage.batches, usage.points, usage.last)
        return replace(
            self,
            model=model,
            files=self.files + 1,
            rows=self.rows + entry.rows,
            anomalies=self.anomalies + entry.anomalies,
            usage=_without_retired({**self.usage, container: line}, usage.last),
            ledger=self.ledger.with_entries([entry]),
            last_updated=entry.processed_at,
        )

    def with_topic(self, topic: str) -> State:
        """Return the state with the topic that was confirmed first."""
        return replace(self, topic=topic)

    def with_dead_letters(self, entries: Sequence[Entry]) -> State:
        """Return the state with some objects that are not tried again."""
        return replace(self, ledger=self.ledger.with_entries(entries))


def units_of(points: int) -> int:
    """Return a number of points in the unit of the meter: thousands begun."""
    return -(-points // POINTS_PER_UNIT)


def _without_retired(usage: Mapping[str, Line], today: int) -> dict[str, Line]:
    """Fold the lines of containers that are long gone into one."""
    kept = dict(usage)
    for container, line in usage.items():
        if container != RETIRED and line.last < today - RETIRED_AFTER_DAYS:
            del kept[container]
            kept[RETIRED] = kept.get(RETIRED, Line()).plus(line.batches, line.points, line.last)
    return kept


def encode(state: State) -> bytes:
    """Return the bytes of a state; a number is written so that the same one is read."""
    content = {
        "schema": SCHEMA,
        "revision": state.revision,
        "mode": state.mode,
        "columns": state.columns,
        "model": state.model,
        "totals": {"files": state.files, "rows": state.rows, "anomalies": state.anomalies},
        "usage": {
            container: {"batches": line.batches, "points": line.points, "last": line.last}
            for container, line in state.usage.items()
        },
        **ledgers.to_json(state.ledger),
        "topic": state.topic,
        "last_updated": state.last_updated,
    }
    return orjson.dumps(content)


def decode(data: bytes) -> State:
    """Return the state of its bytes.

    Parameters
    ----------
    data
        The object.

    Raises
    ------
    UnknownStateError
        If this program did not write it.
    """
    try:
        content = orjson.loads(data)
        if content["schema"] != SCHEMA:
            raise UnknownStateError
        return State(
            mode=content["mode"],
            columns=tuple(content["columns"]),
            model=content["model"],
            revision=content["revision"],
            files=content["totals"]["files"],
            rows=content["totals"]["rows"],
            anomalies=content["totals"]["anomalies"],
            usage={container: Line(**line) for container, line in content["usage"].items()},
            ledger=ledgers.from_json(content),
            topic=content["topic"],
            last_updated=content["last_updated"],
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise UnknownStateError from None
