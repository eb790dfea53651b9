"""The command `streams`: its verbs and its words.

The smallest example: `streams train sample Model=a.model` runs the verb `train` with the model file `a.model`
of the current folder, and `streams Port=1` serves.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli.main import main
from anomaly_container.cli.streams import command
from anomaly_container.process import launch

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from pathlib import Path

    from anomaly_container.services.streams.settings import StreamsSettings

VERBS = ["replay", "train", "compare", "report", "produce"]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, StreamsSettings]]:
    """The sources and the settings with which the verb `train` would have been run in an empty folder."""
    taken: list[tuple[str, StreamsSettings]] = []

    class Train:
        """Train."""

        @staticmethod
        def add_arguments(parser: ArgumentParser) -> None:
            parser.add_argument("source")

        @staticmethod
        def run(arguments: object, settings: StreamsSettings) -> int:
            taken.append((arguments.source, settings))  # type: ignore[attr-defined]  # of the argument above
            return 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "anomaly_container.cli.streams.train", Train)
    return taken


@pytest.mark.parametrize("words", [[], ["run"], ["run", "Source=/a", "--Eula=accept"], ["Model=a.model"]])
def test_without_a_verb_it_serves(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[list[str], str | None]] = []

    def serve(words: list[str], service: str | None) -> int:
        taken.append((words, service))
        return 0

    monkeypatch.setattr(launch, "serve", serve)
    assert main(["streams", *words]) == 0
    assert taken == [([word for word in words if word != "run"], "streams")]


@pytest.mark.parametrize("name", ["Model", "model", "Streams:Model", "Streams__Model"])
def test_the_model_of_a_verb_is_in_the_current_folder(
    name: str, trained: list[tuple[str, StreamsSettings]], tmp_path: Path
) -> None:
    assert main(["streams", "train", "-", f"{name}=a.model", "Kind=svm", "Kafka:User=me"]) == 0
    [(source, settings)] = trained
    assert source == "-"
    assert settings.model == tmp_path / "a.model"
    assert (settings.kind, settings.kafka_user) == ("svm", "me")


def test_a_whole_path_of_a_model_stays(trained: list[tuple[str, StreamsSettings]]) -> None:
    assert main(["streams", "train", "sample", "Model=/models/a.model"]) == 0
    assert str(trained[0][1].model) == "/models/a.model"


def test_wrong_settings_of_a_verb_are_refused(
    trained: list[tuple[str, StreamsSettings]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["streams", "train", "sample", "Threshold:Rte=0.1", "Forest:Trees=0"]) == 1
    assert trained == []
    problems = capsys.readouterr().err
    assert "Unknown setting Threshold:Rte" in problems
    assert "Streams:Forest:Trees" in problems


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_a_help_and_refuses_what_it_does_not_know(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = []
    for words in (["--help"], ["--unheard-of"]):
        with pytest.raises(SystemExit) as ended:
            main(["streams", verb, *words])
        codes.append(ended.value.code)
    assert codes == [0, 1]
    assert capsys.readouterr().out.startswith(f"usage: anomaly-container streams {verb} ")


def test_the_help_names_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(command.VERBS) == VERBS
    assert main(["streams", "--help"]) == 0
    shown = capsys.readouterr().out
    assert [verb for verb in ["run", *VERBS] if f"  {verb} " not in shown] == []


def test_an_unknown_verb_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["streams", "rplay", "sample"]) == 1
    assert capsys.readouterr().err.startswith("streams has no verb rplay; it has run, replay, ")
