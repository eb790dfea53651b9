"""The verb `reset`.

The smallest example: a baseline of the columns t and u; after `reset --channel u` t has its 20 observations,
and u has none.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.cli.batches.on_store import VerbError
from anomaly_container.cli.batches.reset import without_channel
from anomaly_container.detection.batches.baseline import begin, merge, score_block
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.services.batches import learnt
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.state import State
from tests.unit.cli.batches.conftest import put, settings_of, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anomaly_container.services.batches.default_mode import DefaultMode

COLUMNS = ("t", "wind_speed", "u")


@pytest.fixture
def scored(backfill: Callable[..., int], folder: Path) -> Path:
    put(folder, "a.csv", 20)
    assert backfill() == 0
    return folder


def observations(folder: Path) -> list[float]:
    model: Any = state_of(folder).model
    counts: list[float] = model["channels"]["seen"]["count"]
    return counts


def test_one_channel_begins_anew_and_the_totals_stay(
    scored: Path, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    before = state_of(scored)
    assert run("reset", "--channel", "U", "--yes") == 0
    assert observations(scored) == [20.0, 0.0]
    after = state_of(scored)
    assert (after.files, after.rows, after.ledger, after.usage) == (
        before.files,
        before.rows,
        before.ledger,
        before.usage,
    )
    assert after.revision == before.revision + 1
    assert capsys.readouterr().out.endswith("The baseline of U begins anew.\n")
    assert run("reset", "--channel", "u", "--yes") == 0
    assert state_of(scored) == after


def test_all_channels_begin_anew_in_the_mode_and_columns_of_the_settings(
    scored: Path, run: Callable[..., int], backfill: Callable[..., int]
) -> None:
    assert run("reset", "--all", "--yes", "Mode=compat", "Columns=u") == 0
    state = state_of(scored)
    assert (state.mode, state.columns, state.model) == ("compat", ("u",), None)
    put(scored, "b.csv", 30)
    assert backfill("Mode=compat", "Columns=u") == 0
    model: Any = state_of(scored).model
    assert model["count"] == [30.0]
    assert state_of(scored).files == 2


@pytest.mark.parametrize(
    ("answer", "code", "left"), [("y\n", 0, [20.0, 0.0]), ("n\n", 1, [20.0, 20.0]), ("", 1, [20.0, 20.0])]
)
def test_it_asks_on_a_terminal(  # noqa: PLR0913, PLR0917  # three fixtures and a row of the table
    scored: Path,
    run: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    code: int,
    left: list[float],
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert run("reset", "--channel", "u") == code
    assert observations(scored) == left
    assert "Begin the baseline of the channel u anew? [y/N] " in capsys.readouterr().err


def test_without_a_terminal_nothing_changes(
    scored: Path, run: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert run("reset", "--all") == 1
    assert observations(scored) == [20.0, 20.0]


@pytest.mark.parametrize("words", [("reset",), ("reset", "--all", "--channel", "t")])
def test_one_of_the_options_is_wanted(run: Callable[..., int], words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 1


def default_state(*words: str) -> tuple[State, Any]:
    settings = settings_of(*words)
    mode: DefaultMode = mode_of(settings)  # type: ignore[assignment]  # the mode of the settings
    options = mode.options(COLUMNS)
    values = np.random.default_rng(1).normal(size=(1200, 3))
    scored, added = score_block(begin(options), values, options)
    assert scored.verdict.anomaly.size == 1200
    baseline = merge(begin(options), added, options)
    return State(mode="default", columns=COLUMNS, model=learnt.to_json(baseline)), settings


def test_every_array_of_a_channel_begins_anew_and_no_other() -> None:
    """So does what is known of all columns together."""
    state, settings = default_state("Detectors=zscore,joint,forest")
    mode = mode_of(settings)
    before = mode.read(COLUMNS, state.model or {})
    after = mode.read(COLUMNS, without_channel(state, "Wind Speed", settings, mode).model or {})
    for found, old in (
        (after.channels.accepted.count, before.channels.accepted.count),
        (after.channels.seen.mean, before.channels.seen.mean),
        (after.channels.seen.m2, before.channels.seen.m2),
        (after.channels.histogram.sum(axis=1), before.channels.histogram.sum(axis=1)),
    ):
        assert found[1] == 0
        assert old[1] != 0
        assert found[[0, 2]].tolist() == old[[0, 2]].tolist()
    assert before.joint.rows > 0
    assert after.joint.rows == 0
    assert before.forest is not None
    assert learnt.to_json(after.forest) == learnt.to_json(begin(mode.options(COLUMNS)).forest)  # type: ignore[attr-defined]  # as above


def test_a_channel_of_compat_mode() -> None:
    settings = settings_of("Mode=compat")
    moments = Moments(np.array([5.0, 6.0]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    state = State(mode="compat", columns=("t", "u"), model=learnt.to_json(moments))
    after = without_channel(state, "t", settings, mode_of(settings))
    assert after.model == {"count": [0.0, 6.0], "mean": [0.0, 2.0], "m2": [0.0, 4.0]}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (State(mode="compat", columns=("t",)), "The state was made in compat mode: set Mode=compat."),
        (State(mode="default", columns=("t", "u")), "The state has no channel x; it has t, u."),
        (State(mode="default"), "The state has no channel x; it has none."),
    ],
)
def test_a_channel_that_the_state_does_not_have_is_refused(state: State, message: str) -> None:
    settings = settings_of()
    with pytest.raises(VerbError) as raised:
        without_channel(state, "x", settings, mode_of(settings))
    assert str(raised.value) == message
