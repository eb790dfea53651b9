"""Outputs for the sinks: results, notices of alarms, reports and parked records."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.events import Record

SINK: Final = "sink:"
"""The prefix of the reason of an output that a sink did not accept; the name of the sink follows."""


class What(StrEnum):
    """The kinds of output that a sink can select."""

    RESULTS = "results"
    ANOMALIES = "anomalies"
    """The results that are anomalous; no output has this kind itself."""
    ALARMS = "alarms"
    REPORTS = "reports"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """One thing to send. Two of them are equal only if they are the same object.

    Parameters
    ----------
    what
        Its kind.
    id
        The same whenever it is made again, so that a receiver can detect repeats.
    partition, offset
        The position of the record that it was made from; for alarms and reports, in the internal topic.
    line
        Its JSON in one line, without the end of the line.
    state
        One word for it: the result, the state of the alarm, `report`, or the reason of a parked record.
    anomalous, score, reason, key
        Of a result: whether it is an anomaly, its score, its main feature, and the key of its series.
    html
        Of a report: the page.
    record, detail, time
        Of a parked record: its bytes, what is wrong with them, and its time in seconds since 1970.
    """

    what: What
    id: str
    partition: str
    offset: int
    line: bytes
    state: str
    anomalous: bool = False
    score: float | None = None
    reason: str | None = None
    key: str | None = None
    html: str | None = None
    record: bytes | None = None
    detail: str = ""
    time: float | None = None

    @property
    def identity(self) -> str:
        """The identity for detecting repeats: the id; of parked outputs with the reason, which may differ."""
        return f"{self.id} {self.state}" if self.what is What.PARKED else self.id


def identity_of(document: Mapping[str, Any]) -> str:
    """Return the identity of the output that was written as a document; see `Output.identity`."""
    reason = document.get("reason")
    return f"{document['id']} {reason}" if isinstance(reason, str) else str(document["id"])


def parked(record: Record, reason: str, detail: str) -> Output:
    """Return the output of a record that cannot be read.

    Parameters
    ----------
    record
        The record.
    reason
        One of the words of the reader.
    detail
        The description of the fault, without a value of the record.
    """
    place = {"partition": record.partition, "offset": record.offset, "time": record.timestamp}
    return _parked(record.id, record.value or b"", reason, detail, place)


def given_up(output: Output, sink: str, detail: str) -> Output:
    """Return the output that is parked because a sink did not take another.

    Parameters
    ----------
    output
        The output that the sink did not accept.
    sink
        The name of the sink.
    detail
        The answer of the sink.
    """
    place = {"partition": output.partition, "offset": output.offset, "time": output.time}
    return _parked(output.id, output.line, f"{SINK}{sink}", detail, place)


def _parked(name: str, value: bytes, reason: str, detail: str, place: Mapping[str, Any]) -> Output:
    document = {
        "id": name,
        "reason": reason,
        "detail": detail,
        **place,
        "value": b64encode(value).decode(),
    }
    return Output(
        what=What.PARKED,
        id=name,
        line=orjson.dumps(document),
        state=reason,
        record=value,
        detail=detail,
        **place,
    )
