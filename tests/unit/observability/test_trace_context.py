"""Who is taken at his word about a trace; the examples are those of the standard and of its own tests."""

from __future__ import annotations

import pytest

from anomaly_container.observability.trace_context import MAX_STATE_CHARACTERS, Caller, caller_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("parent", "is_sampled"),
    [
        (PARENT, True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-02", False),
        (f"00-{TRACE}-{SPAN}-ff", True),
        (f"cc-{TRACE}-{SPAN}-01", True),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like", True),
        (f"cc-{TRACE}-{SPAN}-01-", True),
    ],
)
def test_a_caller_is_known_by_its_trace_and_its_span(parent: str, is_sampled: bool) -> None:
    assert caller_of([parent], []) == Caller(TRACE, SPAN, is_sampled)


@pytest.mark.parametrize(
    "parent",
    [
        *("", "00", PARENT[:-1], f"{PARENT}0", f"{PARENT}-", f"{PARENT}-more", f" {PARENT}", f"{PARENT}\n"),
        *(PARENT.upper(), f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE}-{SPAN}-0A", f"ff-{TRACE}-{SPAN}-01"),
        *(f"0-{TRACE}-{SPAN}-01", f"000-{TRACE}-{SPAN}-01", f"0x-{TRACE}-{SPAN}-01", f"CC-{TRACE}-{SPAN}-01"),
        *(f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE[:-1]}-{SPAN}-01"),
        *(f"00-{TRACE[:-1]}.-{SPAN}-01", f"00-{TRACE}-{SPAN}a-01", f"00_{TRACE}_{SPAN}_01"),
        *(
            f"cc-{TRACE}-{SPAN}-01.more",
            f"cc-{TRACE}-{SPAN}-011",
            f"00-{TRACE}-{SPAN}-\N{ARABIC-INDIC DIGIT ZERO}1",
        ),
    ],
)
def test_what_does_not_keep_to_the_standard_is_not_there(parent: str) -> None:
    assert caller_of([parent], ["a=b"]) is None


@pytest.mark.parametrize("parents", [[], [PARENT, PARENT], [PARENT, ""]])
def test_there_is_one_caller_or_none(parents: list[str]) -> None:
    assert caller_of(parents, []) is None


def state(*states: str) -> tuple[tuple[str, str], ...]:
    caller = caller_of([PARENT], states)
    assert caller is not None
    return caller.state


@pytest.mark.parametrize(
    ("states", "members"),
    [
        (["foo=1"], [("foo", "1")]),
        (["foo=1,bar=2"], [("foo", "1"), ("bar", "2")]),
        (["foo=1", "bar=2"], [("foo", "1"), ("bar", "2")]),
        ([" foo=1 \t, \tbar= 2"], [("foo", "1"), ("bar", " 2")]),
        (["foo=1,", "", ",bar=2"], [("foo", "1"), ("bar", "2")]),
        (["fw529a3039@dt=FfFfFfFf,0a@v=!<>~"], [("fw529a3039@dt", "FfFfFfFf"), ("0a@v", "!<>~")]),
        (["a-_*/0=b"], [("a-_*/0", "b")]),
        ([f"{'z' * 256}=1"], [("z" * 256, "1")]),
        ([f"{'t' * 241}@{'v' * 14}=1"], [("t" * 241 + "@" + "v" * 14, "1")]),
        ([f"a={'v' * 256}"], [("a", "v" * 256)]),
        ([",".join(f"b{number}=1" for number in range(32))], [(f"b{number}", "1") for number in range(32)]),
    ],
)
def test_the_state_is_kept_as_it_came(states: list[str], members: list[tuple[str, str]]) -> None:
    assert state(*states) == tuple(members)


@pytest.mark.parametrize(
    "text",
    [
        *("foo", "foo=", "=1", "foo=1=2", "foo =1", "FOO=1", "foo=1,bar", "1foo=1", "foo@=1", "@foo=1"),
        *("foo@@bar=1", "foo@bar@baz=1", "foo@1=1", "foo=1,foo=2", "foo=\x00", "foo=\xe4", "foo=1;bar=2=3"),
        *(f"{'z' * 257}=1", f"{'t' * 242}@v=1", f"t@{'v' * 15}=1", f"a={'v' * 257}"),
        ",".join(f"b{number}=1" for number in range(33)),
        f"a={'v' * 250},b={'v' * 250},c={'v' * (MAX_STATE_CHARACTERS - 507)}",
    ],
)
def test_a_wrong_state_is_dropped_whole_and_the_trace_goes_on(text: str) -> None:
    assert state(text) == ()
