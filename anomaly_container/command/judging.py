"""One series: cut, asked, and joined again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anomaly_container.command.asking import Reply, ServerError
from anomaly_container.command.ratio import within_ratio
from anomaly_container.command.windows import Judged, Window, describe, joined, windows
from anomaly_container.contract.answer import read_answer
from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.response import render_result
from anomaly_container.contract.versions import Operation
from anomaly_container.detection import EntireResult, LastResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.command.asking import Asks
    from anomaly_container.contract.question import Question
    from anomaly_container.contract.response import Result
    from anomaly_container.contract.versions import ApiVersion


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What came back about a series.

    Attributes
    ----------
    question
        About the points that were judged: for the last point of a long series, only its last part.
    result
        The verdicts; for `Operation.LAST` on the last point of `question`.
    body
        The answer; one that several windows were joined to has the same layout.
    notes
        What there is to say about the way, for people.
    """

    question: Question
    result: Result
    body: bytes
    notes: tuple[str, ...] = ()


def judge(  # noqa: PLR0913  # what to ask, whom, and whom to tell
    question: Question,
    operation: Operation,
    version: ApiVersion,
    ask: Asks,
    *,
    longest: int,
    advance: Callable[[int, int], None],
) -> Judgement:
    """Ask about a series of any length.

    Parameters
    ----------
    question
        The series and the fields.
    operation, version
        What to ask for.
    ask
        Who answers.
    longest
        Points that one request may carry.
    advance
        Is told after each answer how many windows are done, and of how many.

    Raises
    ------
    ContractError, ServerError
        As `ask` does.
    """
    points = len(question.points)
    if points <= longest:
        reply = ask(question.body(), operation, version)
        advance(1, 1)
        return Judgement(question, _read(reply, operation, points), reply.body)
    if operation is Operation.LAST:
        part = question.about(points - longest, points)
        reply = ask(part.body(), operation, version)
        advance(1, 1)
        note = f"{points:,} points: the last is judged by the last {longest:,}"
        return Judgement(part, _read(reply, operation, longest), reply.body, (note,))
    cut = windows(points, longest)
    results, alone = _ask_each(question, cut, operation, version, ask, advance=advance)
    result, let_go = within_ratio(joined(results, cut), question)
    body = render_result(result, version, pascal=question.pascal_case)
    notes = [describe(points, cut)]
    if alone:
        listed = ", ".join(f"{number} ({period_of(results[number - 1])})" for number in alone)
        notes.append(
            f"refused with {period_of(result)} of the first window, so judged with its own: {listed}"
        )
    return Judgement(question, result, body, (*notes, *let_go))


def _ask_each(  # noqa: PLR0913  # as above
    question: Question,
    cut: list[Window],
    operation: Operation,
    version: ApiVersion,
    ask: Asks,
    *,
    advance: Callable[[int, int], None],
) -> tuple[list[Judged], list[int]]:
    """Ask about each window, the later ones with the period found in the first, so that all agree.

    A window that is refused with that period, as one of many gaps is, is asked about without it; the numbers
    of such windows, counted from 1, are returned with the answers.
    """
    first, *others = cut
    results = [_ask_about(question.about(first.start, first.stop), operation, version, ask)]
    advance(1, len(cut))
    shared = None if question.says("period") else {"period": results[0].period}
    alone: list[int] = []
    for number, window in enumerate(others, start=2):
        part = question.about(window.start, window.stop)
        try:
            result = _ask_about(part.choosing(shared or {}), operation, version, ask)
        except ContractError:
            if shared is None:
                raise
            result = _ask_about(part, operation, version, ask)
            alone.append(number)
        results.append(result)
        advance(number, len(cut))
    return results, alone


def _ask_about(part: Question, operation: Operation, version: ApiVersion, ask: Asks) -> Judged:
    result = _read(ask(part.body(), operation, version), operation, len(part.points))
    assert not isinstance(result, LastResult)  # noqa: S101  # one window is enough for the last point
    return result


def _read(reply: Reply, operation: Operation, points: int) -> Result:
    try:
        return read_answer(reply.body, operation, reply.model_id, points)
    except ValueError:
        message = "the answer is none of the Anomaly Detector API"
        raise ServerError(message) from None


def period_of(result: Result) -> str:
    """Return the period in words."""
    return f"period {result.period}" if result.period > 1 else "no period"


def count_found(result: Result) -> int:
    """Return how many anomalies or change points there are."""
    if isinstance(result, LastResult):
        return int(result.is_anomaly)
    return int((result.is_anomaly if isinstance(result, EntireResult) else result.is_change_point).sum())
