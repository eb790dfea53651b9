"""An output in one sentence, for people: chat messages, mail, annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.streams.outputs import What

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.outputs import Output

SECONDS_OF_MINUTE: Final = 60
ALARM: Final = "ALARM"
"""The state of an alarm that lasts."""


def document_of(output: Output) -> dict[str, Any]:
    """Return the document of an output."""
    document: dict[str, Any] = orjson.loads(output.line)
    return document


def text_of(output: Output) -> str:
    """Return an output as one sentence without a full stop.

    Examples
    --------
    >>> from anomaly_container.services.streams.outputs import Output
    >>> text_of(Output(What.PARKED, "orders-0-7", "orders-0", 7, b"{}", "not-json"))
    'Parked orders-0-7: not-json'
    """
    if output.what is What.PARKED:
        return f"Parked {output.id}: {output.state}" + (f" ({output.detail})" if output.detail else "")
    document = document_of(output)
    if output.what is What.ALARMS:
        return alarm_text(document)
    if output.what is What.REPORTS:
        return report_text(document)
    return result_text(document)


def alarm_text(document: Mapping[str, Any]) -> str:
    """Return the notice of an alarm as one sentence."""
    text = f"{document['state']}: {document['alarm']} of {document.get('stream')} since {document['since']}"
    count, window = document.get("count"), document.get("window")
    if count is not None:
        text += f", {count} anomalies"
        if isinstance(window, int | float):
            text += f" in {window / SECONDS_OF_MINUTE:g} minutes"
    feature, share = document.get("feature"), document.get("share")
    if feature is not None:
        text += f", mainly {feature}" + (f" ({share:.0%})" if isinstance(share, float) else "")
    return text


def result_text(document: Mapping[str, Any]) -> str:
    """Return a result, or an anomaly of a notice, as one sentence."""
    text = f"{document.get('result', 'High Outlier')} {document['id']} at {document.get('time')}"
    score = document.get("score")
    if isinstance(score, float):
        text += f", score {score:.3g}"
    reasons = [
        f"{reason['feature']} {reason['direction']} ({reason['share']:.0%})"
        for reason in document.get("reasons") or ()
    ]
    return f"{text}: {', '.join(reasons)}" if reasons else text


def report_text(document: Mapping[str, Any]) -> str:
    """Return the report of an hour as one sentence."""
    return (
        f"Hour {document.get('hour')}: {document.get('events')} events, {document.get('anomalies')} anomalies"
    )
