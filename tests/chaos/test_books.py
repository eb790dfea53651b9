"""Every outcome is in one book, and no wrong one passes for a right one."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from anomaly_container.services.univariate.contract.versions import Operation
from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from tests.chaos.books import Books
from tests.chaos.questions import Question, malformed, mixed, question
from tests.support.bodies import body
from tests.support.reply import Reply

RIGHT = question(Operation.ENTIRE, body(), 24)
USAGE = Counter({"EntireDetect": 1, "DataPoints": 1})
BUSY = {"retry-after": "1", "x-ms-error-code": "429"}


def refusal(status: int, message: str | None = None, headers: dict[str, str] = BUSY) -> Reply:
    error = {"code": str(status), "message": message or PLATFORM_MESSAGES[status]}
    return Reply(status, headers, json.dumps({"error": error}).encode())


def entered(reply: Reply, asked: Question = RIGHT) -> Books:
    books = Books(sent=1)
    books.enter(asked, reply)
    assert books.unaccounted == 0
    return books


def test_the_right_answer() -> None:
    books = entered(Reply(200, {}, RIGHT.answer))
    assert (books.answers, books.answered, books.wrong) == (1, USAGE, [])
    assert not books.undocumented


def test_an_answer_that_differs_in_one_octet_is_wrong() -> None:
    octets = RIGHT.answer.replace(b"0", b"1", 1)
    assert octets != RIGHT.answer
    books = entered(Reply(200, {}, octets))
    assert len(books.wrong) == 1
    assert books.answered == USAGE  # it is counted all the same


def test_a_documented_refusal_for_the_moment() -> None:
    books = entered(refusal(429))
    assert books.refused == {"429 429": 1}
    assert not books.undocumented


@pytest.mark.parametrize(
    "reply",
    [
        refusal(500),
        refusal(503, "Something broke."),
        refusal(429, headers={}),  # it does not say when to come again
        refusal(408),  # this client was not slow
        Reply(503, BUSY, b"<html>"),
        Reply(503, BUSY, b"[]"),
        Reply(502, {}, b""),
    ],
)
def test_anything_else_is_not_documented(reply: Reply) -> None:
    books = entered(reply)
    assert books.undocumented.total() == 1
    assert not books.refused


def test_nonsense_that_is_answered_is_not_documented() -> None:
    assert entered(Reply(200, {}, b"{}"), malformed()[0]).undocumented == {"200": 1}


def test_nonsense_gets_the_error_of_the_contract_and_no_other() -> None:
    for asked in malformed():
        assert asked.status == 400
        assert entered(Reply(400, {}, asked.answer), asked).wrong == []
        other = b'{"code":"BadArgument","message":"no"}'
        assert len(entered(Reply(400, {}, other), asked).wrong) == 1


def test_the_mix_has_every_operation_and_the_longest_series() -> None:
    assert {asked.status for asked in mixed()} == {200}
    longest = [asked for asked in mixed() if asked.points == 8640]
    assert {asked.operation for asked in longest} == set(Operation)
    assert {asked.usage["DataPoints"] for asked in longest} == {9}


def test_a_refusal_that_was_asked_for() -> None:
    books = Books(sent=2)
    books.enter_refusal(refusal(413), 413)
    books.enter_refusal(refusal(413), 408)
    assert (books.refused.total(), books.undocumented.total(), books.unaccounted) == (1, 1, 0)


def test_lost_and_double_usage() -> None:
    books = Books(answered=Counter(EntireDetect=5, DataPoints=6), left_open=Counter(DataPoints=2))
    assert books.lost(Counter(EntireDetect=5, DataPoints=6)) == {}
    assert books.lost(Counter(EntireDetect=4, DataPoints=8)) == {"EntireDetect": 1}
    assert books.doubled(Counter(EntireDetect=5, DataPoints=8)) == {}
    assert books.doubled(Counter(EntireDetect=6, DataPoints=9)) == {"EntireDetect": 1, "DataPoints": 1}


def test_every_request_is_somewhere() -> None:
    books = Books(sent=5)
    books.enter_cut_off()
    books.enter_left("within the body")
    books.enter_left("within the answer", USAGE)
    books.enter_late(USAGE)
    assert books.unaccounted == 1
    assert books.left_open == USAGE + USAGE
