"""Who called, by our reading and by that of OpenTelemetry, which is the oracle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.context import Context
from opentelemetry.trace import get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from anomaly_container.observability.trace_context import caller_of
from tests.property.strategies import examples

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def digits(length: int) -> st.SearchStrategy[str]:
    mostly = st.text("0123456789abcdef", min_size=length, max_size=length)
    return st.one_of(
        mostly, st.just("0" * length), st.text("0aAfFg-", min_size=length - 1, max_size=length + 1)
    )


PARENTS = st.one_of(
    st.builds(
        "-".join,
        st.tuples(st.one_of(st.just("00"), st.just("ff"), digits(2)), digits(32), digits(16), digits(2)),
    ),
    st.builds("{}{}".format, st.just(f"cc-{TRACE}-{SPAN}-01"), st.text("-.a0", max_size=4)),
    st.text("0123456789abcdef-", max_size=60),
)
NAMES = st.from_regex(r"([a-z][a-z0-9_\-*/]{0,9}|[a-z0-9][a-z0-9]{0,9}@[a-z][a-z0-9]{0,5})", fullmatch=True)
VALUES = st.from_regex(r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,8}[\x21-\x2b\x2d-\x3c\x3e-\x7e]", fullmatch=True)


@examples(400)
@given(PARENTS)
def test_both_know_the_same_callers(parent: str) -> None:
    context = TraceContextTextMapPropagator().extract({"traceparent": parent}, Context())
    theirs = get_current_span(context).get_span_context()
    ours = caller_of([parent], [])
    if ours is None:
        assert not theirs.is_valid
    else:
        assert (theirs.trace_id, theirs.span_id) == (int(ours.trace_id, 16), int(ours.span_id, 16))
        assert theirs.trace_flags.sampled is ours.is_sampled


@examples(400)
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=20))
def test_both_keep_the_same_state(members: dict[str, str]) -> None:
    header = ",".join(f"{name}={value}" for name, value in members.items())
    carrier = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": header}
    context = TraceContextTextMapPropagator().extract(carrier, Context())
    ours = caller_of([carrier["traceparent"]], [header])
    assert ours is not None
    theirs = get_current_span(context).get_span_context().trace_state
    # A value that begins with blanks keeps them here, as the standard says.
    assert [(name, value.strip()) for name, value in ours.state] == [
        (name, value.strip()) for name, value in theirs.items()
    ]


@examples(400)
@given(st.lists(st.text(max_size=70), max_size=3), st.lists(st.text(max_size=70), max_size=3))
def test_nothing_makes_it_fail(parents: list[str], states: list[str]) -> None:
    caller = caller_of(parents, states)
    assert caller is None or parents[0].startswith(tuple("0123456789abcdef"))
