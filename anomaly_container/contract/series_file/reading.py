"""From the contents of a file to a question, whatever its layout."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NoReturn

from anomaly_container.contract.series_file.csv_points import Columns, read_csv
from anomaly_container.contract.series_file.encoding import decoded
from anomaly_container.contract.series_file.errors import SeriesFileError as FileError
from anomaly_container.contract.question import Question

if TYPE_CHECKING:
    from collections.abc import Sequence


_LONGEST_EXACT_INTEGER: Final = 18


def read_question(raw: bytes, columns: Columns) -> Question:
    """Read JSON, JSON lines or CSV.

    Text that begins with a brace or a bracket is JSON: a request, an object with nothing but a series, a list
    of points, or an object a line.

    Parameters
    ----------
    raw
        The contents.
    columns
        Which columns of a CSV to take.

    Raises
    ------
    FileError
        If it cannot be read as any of these.
    """
    text = decoded(raw)
    if not text.strip():
        reason = "is empty"
        raise FileError(reason)
    if not text.lstrip().startswith(("{", "[")):
        return read_csv(text, columns)
    try:
        document = _parsed(text)
    except RecursionError:
        reason = "is nested too deeply"
        raise FileError(reason) from None
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("[") or len(text.strip().splitlines()) == 1:
            reason = f"is not JSON: {error.msg}"
            raise FileError(reason, error.lineno) from None
        return _json_lines(text)
    return _of_document(document, raw)


def _parsed(text: str) -> object:
    """Return decoded JSON whose numbers are all finite."""
    return json.loads(text, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_finite)


def _integer(digits: str) -> int | float:
    # Longer ones do not fit into 64 bits, and far longer ones are refused by `int`.
    return int(digits) if len(digits) <= _LONGEST_EXACT_INTEGER else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        reason = "a number is too large"
        raise FileError(reason)
    return number


def _of_document(document: object, raw: bytes) -> Question:
    if isinstance(document, list):
        return Question([_point(item, f"item {index}") for index, item in enumerate(document)], {})
    question = Question.of_document(document, raw) if isinstance(document, dict) else None
    if question is not None:
        return question
    if isinstance(document, dict) and "value" in document:
        return Question([_point(document, "line 1")], {})
    reason = "has no list 'series'"
    raise FileError(reason)


def _json_lines(text: str) -> Question:
    points, lines = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = _parsed(line)
        except (json.JSONDecodeError, RecursionError):
            reason = "is neither JSON nor one of JSON lines"
            raise FileError(reason, number) from None
        points.append(_point(item, f"line {number}"))
        lines.append(number)
    return Question(points, {}, lines=lines)


def _point(item: object, place: str) -> dict[str, Any]:
    value = item.get("value") if isinstance(item, dict) else item
    if isinstance(value, bool) or not isinstance(value, int | float):
        reason = f"{place}: a point is an object with a number 'value' and a text 'timestamp'"
        raise FileError(reason)
    if not isinstance(item, dict):
        return {"value": float(value)}
    stamp = item.get("timestamp")
    if stamp is None:
        return {"value": float(value)}
    if not isinstance(stamp, str):
        reason = f"{place}: 'timestamp' is no text"
        raise FileError(reason)
    return {"timestamp": stamp, "value": float(value)}


def _refuse_constant(name: str) -> NoReturn:
    reason = f"{name} is no value; leave the point out, and the gap is filled"
    raise FileError(reason)


def place(question: Question, index: int) -> str:
    """Return where a point stands, in the words of an error message."""
    lines: Sequence[int] | None = question.lines
    return f"point {index + 1}" if lines is None else f"line {lines[index]}"
