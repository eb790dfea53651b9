"""A baseline from a file.

The smallest example: `{"t": {"count": 100, "mean": 22, "M2": 100, "std": 1}}` is 100 observations of one
column.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.batches.known import Known, read_known
from anomaly_container.cli.batches.on_store import VerbError
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.services.batches import learnt
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.state import State, encode
from tests.unit.cli.batches.conftest import settings_of

if TYPE_CHECKING:
    from pathlib import Path

OBSERVED = {"t": {"count": 100, "mean": 22.0, "M2": 100.0, "std": 1.0}, "last_updated": None}


def known_of(path: Path, data: bytes, *words: str) -> Known:
    path.write_bytes(data)
    settings = settings_of(*words)
    return read_known(path, settings, mode_of(settings))


def compat_state() -> State:
    moments = Moments.none(2)
    moments.count[:] = 7.0
    return State(mode="compat", columns=("t", "u"), model=learnt.to_json(moments))


def test_a_baseline_of_the_original(tmp_path: Path) -> None:
    known = known_of(tmp_path / "file", json.dumps(OBSERVED).encode())
    assert known.columns == ("t",)
    assert known.baseline.channels.seen == known.baseline.channels.accepted
    assert known.baseline.channels.seen.count.tolist() == [100.0]


def test_a_column_that_it_lacks_begins_without_values(tmp_path: Path) -> None:
    known = known_of(tmp_path / "file", json.dumps(OBSERVED).encode(), "Columns=u,t", "Mode=compat")
    assert known.columns == ("u", "t")
    assert known.baseline.count.tolist() == [0.0, 100.0]
    assert known.baseline.mean.tolist() == [0.0, 22.0]


def test_a_state(tmp_path: Path) -> None:
    known = known_of(tmp_path / "file", encode(compat_state()), "Mode=compat", "Columns=t,u")
    assert known.columns == ("t", "u")
    assert known.baseline.count.tolist() == [7.0, 7.0]


def test_a_state_before_the_first_batch_knows_nothing(tmp_path: Path) -> None:
    assert known_of(tmp_path / "file", encode(State(mode="default")), "Columns=a,b") == (("a", "b"), None)


@pytest.mark.parametrize(
    ("data", "words", "message"),
    [
        (b"{", (), " is neither a state nor a baseline of these columns."),
        (b'{"t": 5}', (), " is neither a state nor a baseline of these columns."),
        (
            json.dumps(OBSERVED).encode(),
            ("Columns=u",),
            " is neither a state nor a baseline of these columns.",
        ),
        (encode(compat_state()), (), " was made in compat mode: set Mode=compat."),
        (encode(compat_state()), ("Mode=compat", "Columns=t"), " has other columns than Columns: t, u."),
        (encode(replace(compat_state(), model={"count": 1})), ("Mode=compat", "Columns=t,u"), " is damaged."),
        (None, (), ": No such file or directory."),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, data: bytes | None, words: tuple[str, ...], message: str
) -> None:
    path = tmp_path / "file"
    settings = settings_of(*words)
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(VerbError) as raised:
        read_known(path, settings, mode_of(settings))
    assert str(raised.value) == f"{path}{message}"
