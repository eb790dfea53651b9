"""Write the answer to an invocation: a score of each row, with the reasons if they are requested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.streams.contract.body import JSON, JSON_LINES
from anomaly_container.services.streams.errors import InvalidQuery, NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anomaly_container.services.streams.invocation import RowResult

TYPES: Final = {"*/*": JSON, "application/*": JSON, JSON: JSON, JSON_LINES: JSON_LINES}
"""The type of an answer by the type that a client accepts."""


def accepted(accept: str | None) -> str:
    """Return the type of an answer for an `Accept` header: the first of those with the largest weight.

    Raises
    ------
    NotAcceptable
        If the client does not accept any type of answer.

    Examples
    --------
    >>> accepted("text/html, application/jsonlines;q=0.9, */*;q=0.1")
    'application/jsonlines'
    """
    weights: dict[str, float] = {}
    for kind, weight in _accepted(accept or "*/*"):
        if weight > 0 and kind in TYPES:
            weights.setdefault(TYPES[kind], weight)
    if not weights:
        raise NotAcceptable
    return max(weights, key=lambda kind: weights[kind])


def explains(value: str | None) -> bool:
    """Return whether `explain` asks for reasons.

    Raises
    ------
    InvalidQuery
        If it is neither true nor false.
    """
    words = {None: False, "false": False, "true": True}
    if value not in words:
        message = "explain must be true or false"
        raise InvalidQuery(message)
    return words[value]


def rendered(results: Sequence[RowResult], content_type: str, *, explain: bool, values: bool) -> bytes:
    """Return the body of an answer.

    Parameters
    ----------
    results
        The results, in the order of the rows.
    content_type
        JSON, or lines of JSON.
    explain
        True to include result, threshold and reasons.
    values
        True if reasons name values.
    """
    documents = [_document(result, explain=explain, values=values) for result in results]
    if content_type == JSON:
        return orjson.dumps({"scores": documents})
    return b"".join(orjson.dumps(document) + b"\n" for document in documents)


def _document(result: RowResult, *, explain: bool, values: bool) -> dict[str, Any]:
    if not explain:
        return {"score": result.score}
    return {
        "score": result.score,
        "result": result.word,
        "threshold": result.threshold,
        "reasons": [reason.document(values=values and result.has_values) for reason in result.reasons],
    }


def _accepted(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        yield kind, weight
