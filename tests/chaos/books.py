"""What became of every request, and what the usage may therefore be."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.documented import FOR_THE_MOMENT, is_documented, reason

if TYPE_CHECKING:
    from tests.chaos.questions import Question
    from tests.support.reply import Reply


@dataclass
class Books:
    """Each request is in one of them: answered, refused, cut off by the server, or left by the client.

    Attributes
    ----------
    sent
        Requests that were begun.
    answered
        Usage of all answers of 200, by meter.
    answers
        How many those were.
    left_open
        Usage of calls that the client itself left when the answer was on its way: counted or not.
    refused
        Refusals that are documented, by reason.
    wrong
        Answers that differ from the reference.
    undocumented
        Answers that no page of the documentation promises for this request, by reason.
    cut_off
        When the server ended a connection before the answer, in seconds of the monotonic clock.
    left
        Requests that the client left on purpose, by how.
    late
        Requests whose client gave up waiting; usage unknown as well, and none should be.
    """

    sent: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    left_open: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    undocumented: Counter[str] = field(default_factory=Counter)
    cut_off: list[float] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    late: int = 0

    def enter(self, question: Question, reply: Reply) -> None:
        """Enter the answer to a question."""
        if reply.status != question.status:
            self.enter_refusal(reply)
            return
        if reply.status == 200:
            self.answers += 1
            self.answered += question.usage
        else:
            self.refused[reason(reply)] += 1
        if reply.body != question.answer:
            what = f"{question.operation} of {question.points} points, status {reply.status}"
            self.wrong.append(f"{what}: {reply.body[:200]!r}")

    def enter_refusal(self, reply: Reply, *expected: int) -> None:
        """Enter an answer that must be a documented refusal: of this request, or for the moment."""
        is_due = reply.status in {*expected, *FOR_THE_MOMENT} and is_documented(reply)
        (self.refused if is_due else self.undocumented)[reason(reply)] += 1

    def enter_cut_off(self) -> None:
        """Enter that the server ended the connection."""
        self.cut_off.append(time.monotonic())

    def enter_left(self, how: str, usage: Counter[str] | None = None) -> None:
        """Enter that the client left on purpose, with the usage that may have been counted."""
        self.left[how] += 1
        self.left_open += usage or Counter()

    def enter_late(self, usage: Counter[str]) -> None:
        """Enter that no answer came in time."""
        self.late += 1
        self.left_open += usage

    @property
    def unaccounted(self) -> int:
        """Requests sent of which nobody knows what became of them."""
        known = self.answers + self.refused.total() + self.undocumented.total()
        return self.sent - known - len(self.cut_off) - self.left.total() - self.late

    def lost(self, counted: Counter[str]) -> Counter[str]:
        """Return what was answered and is not in the usage."""
        return self.answered - counted

    def doubled(self, counted: Counter[str]) -> Counter[str]:
        """Return what is in the usage and can have been answered to nobody."""
        return counted - self.answered - self.left_open
