"""The command `batches`: its verbs and its words.

The smallest example: `batches score a.csv Threshold=5` runs the verb `score` with the file `a.csv`, and
`batches Port=1` serves.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.batches import command
from anomaly_container.cli.main import COMMANDS, main
from anomaly_container.process import launch

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

    from anomaly_container.services.batches.settings import BatchesSettings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str | None]]:
    """The words with which a server would have been started."""
    taken: list[tuple[list[str], str | None]] = []

    def serve(words: list[str], service: str | None) -> int:
        taken.append((words, service))
        return 0

    monkeypatch.setattr(launch, "serve", serve)
    return taken


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], BatchesSettings]]:
    """The files and the settings with which the verb `score` would have been run."""
    taken: list[tuple[list[str], BatchesSettings]] = []

    class Score:
        """Score files."""

        @staticmethod
        def add_arguments(parser: ArgumentParser) -> None:
            parser.add_argument("files", nargs="+")

        @staticmethod
        def run(arguments: object, settings: BatchesSettings) -> int:
            taken.append((arguments.files, settings))  # type: ignore[attr-defined]  # of the argument above
            return 2

    monkeypatch.setitem(sys.modules, "anomaly_container.cli.batches.score", Score)
    return taken


@pytest.mark.parametrize(
    "words", [[], ["run"], ["Port=1", "Url=file:///data"], ["run", "--Eula=accept"], ["/Eula", "x"]]
)
def test_without_a_verb_it_serves(words: list[str], served: list[tuple[list[str], str | None]]) -> None:
    assert main(["batches", *words]) == 0
    assert served == [([word for word in words if word != "run"], "batches")]


@pytest.mark.parametrize(
    ("word", "name", "value"),
    [
        ("Threshold=5", "threshold", 5.0),
        ("Batches:Threshold=5", "threshold", 5.0),
        ("threshold:wind_speed=5", "thresholds", {"wind_speed": 5.0}),
        ("BUCKET_NAME=readings", "bucket_name", "readings"),
        ("Port=1", "port", 1),
    ],
)
def test_a_setting_is_told_from_an_argument(
    scored: list[tuple[list[str], BatchesSettings]], word: str, name: str, value: object
) -> None:
    """No setting is required of a verb that counts nothing."""
    assert main(["batches", "score", word, "./a=b.csv", "x.csv"]) == 2
    [(files, settings)] = scored
    assert files == ["./a=b.csv", "x.csv"]
    assert getattr(settings, name) == value
    assert settings.api_key.get_secret_value() == ""


def test_wrong_settings_of_a_verb_are_refused(
    scored: list[tuple[list[str], BatchesSettings]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batches", "score", "x.csv", "Threshold=1", "Foo=1"]) == 1
    assert scored == []
    problems = capsys.readouterr().err.splitlines()
    assert [problem.split(".")[0] for problem in problems] == [
        "Unknown setting Foo on the command line",
        "Invalid Batches:Threshold",
    ]


def test_backfill_needs_the_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batches", "backfill", "Url=file:///data"]) == 1
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["Missing"] * 3


def test_an_unknown_verb_is_refused(
    served: list[tuple[list[str], str | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batches", "scroe", "x.csv"]) == 1
    assert served == []
    assert capsys.readouterr().err.startswith("batches has no verb scroe; it has run, score, ")


@pytest.mark.parametrize("words", [["batches", "--help"], ["batches", "Port=1", "-h"], ["--help"]])
def test_the_help_names_the_verbs(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main(words)
    except SystemExit as ended:
        code = ended.code
    assert code == 0
    shown = capsys.readouterr().out
    wanted = ["batches"] if words == ["--help"] else list(command.VERBS)
    assert [name for name in wanted if name not in shown] == []


@pytest.mark.parametrize("verb", command.VERBS)
def test_a_verb_has_a_help_and_refuses_what_it_does_not_know(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = []
    for words in (["--help"], ["--unheard-of"]):
        with pytest.raises(SystemExit) as ended:
            main(["batches", verb, *words])
        codes.append(ended.value.code)
    assert codes == [0, 1]
    shown = capsys.readouterr()
    assert shown.out.startswith(f"usage: anomaly-container batches {verb} ")
    assert f"anomaly-container batches {verb}: " in shown.err


def test_the_entry_point_knows_the_commands() -> None:
    assert set(COMMANDS) == launch.COMMANDS


def test_only_the_module_of_the_verb_is_loaded(run: Callable[..., int]) -> None:
    for name in command.VERBS:
        sys.modules.pop(f"anomaly_container.cli.batches.{name}", None)
    assert run("retry") == 0
    loaded = {name for name in command.VERBS if f"anomaly_container.cli.batches.{name}" in sys.modules}
    assert loaded == {"retry"}
