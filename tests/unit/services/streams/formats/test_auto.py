"""Which format the records have.

The smallest example: after 100 records the format is kept.
"""

from __future__ import annotations

from anomaly_container.services.streams.formats.auto import LOOKED_AT, FormatState


def test_the_most_frequent_format_is_kept() -> None:
    state = FormatState()
    assert state.look({"json": False, "logfmt": False}) == "json"
    assert state.look({"json": False, "logfmt": True}) == "logfmt"
    assert state.look({"json": True, "logfmt": True}) == "logfmt"
    assert state.look({"json": True, "logfmt": False}) == "json"
    assert not state.is_settled
    for _ in range(LOOKED_AT):
        state.look({"csv": True})
    assert (state.is_settled, state.format) == (True, "csv")
    assert FormatState.from_document(state.document()) == state
