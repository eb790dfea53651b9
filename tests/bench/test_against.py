"""Here 2 and 4, there 1 and 4: medians of 3 and 2.5, and 1.5 times as much, round by round."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench import start_up
from tests.bench.against import START, SUBJECTS, Subject, main, program_of, rows, starts
from tests.bench.start_up import Start
from tests.system.server import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.against import Figures
    from tests.system.server import Server


def test_rounds_are_compared_in_pairs() -> None:
    here, there = [{"ms": 2.0}, {"ms": 4.0}], [{"ms": 1.0}, {"ms": 4.0}]
    assert rows(here, there) == ["| ms | 3.00 | 2.50 | 1.500 |"]


def test_a_checkout_without_an_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="python"):
        program_of(tmp_path)
    with pytest.raises(FileNotFoundError, match="python"):
        main([str(tmp_path), "--only", START])
    python, entrypoint = tmp_path / ".venv" / "bin" / "python", tmp_path / "entrypoint.py"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    entrypoint.touch()
    assert program_of(tmp_path) == (str(python), str(entrypoint))


def test_both_run_at_once_and_go_first_in_turn() -> None:
    ports: list[int] = []

    def measure(server: Server) -> Figures:
        ports.append(server.port)
        assert len(server.worker_pids) == 1
        return {"place": float(len(ports))}

    here, there = Subject(1, measure).rounds((PROGRAM, PROGRAM), 2)
    second, first = ports[:2]
    assert ports == [second, first, first, second, second, first]
    assert (here, there) == ([{"place": 3.0}, {"place": 6.0}], [{"place": 4.0}, {"place": 5.0}])


def test_starts_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def start(program: object) -> Start:
        asked.append(program)
        return Start(1.0, 2.0, [3.0, 4.0])

    monkeypatch.setattr(start_up, "measure", start)
    here, there = starts((("a",), ("b",)), 2)
    assert asked == [("a",), ("b",), ("a",), ("b",)]
    assert here == there
    assert here[0]["memory of a worker beyond shared pages, MB"] == 4.0


def test_what_the_targets_name_can_be_compared() -> None:
    assert {SUBJECTS[name].workers for name in ("sharing-2", "sharing-4", "together-1", "together-2")} == {
        1,
        2,
        4,
    }
    assert START not in SUBJECTS
