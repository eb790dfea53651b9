"""The spellings of a word of the command line, and what is never quoted."""

from __future__ import annotations

import pytest

from anomaly_container.process.services import scheme
from anomaly_container.settings import load as configuration
from anomaly_container.settings.arguments import Argument, parse_arguments
from anomaly_container.settings.errors import SettingsError

REST = ("Billing=http://127.0.0.1:5001/", "ApiKey=key")


def read(*words: str) -> list[Argument]:
    return list(parse_arguments(words, lambda name: name.casefold() in {"eula", "port", "limits:maxpoints"}))


def test_five_spellings_give_one_pair() -> None:
    for words in (
        ["Eula=accept"],
        ["--Eula=accept"],
        ["/Eula=accept"],
        ["--Eula", "accept"],
        ["/Eula", "accept"],
    ):
        assert [(word.name, word.value) for word in read(*words)] == [("Eula", "accept")]
        assert configuration.load((*words, *REST), {}, {}).eula == "accept"
        assert configuration.load((*REST, *words), {}, {}).eula == "accept"


def test_spellings_may_be_mixed_and_the_last_value_counts() -> None:
    words = ("--eula", "accept", "/Limits:MaxPoints=20", "--Limits__MaxPoints=30", "PORT=80", "--Port", "81")
    made = configuration.load((*words, *REST), {}, {})
    assert (made.max_points, made.port) == (30, 81)


def test_a_file_of_a_secret_may_be_named_in_every_spelling(tmp_path: object) -> None:
    with pytest.raises(SettingsError) as refused:
        configuration.load(("--Eula", "accept", "--ApiKey:File", f"{tmp_path}/absent", REST[0]), {}, {})
    assert refused.value.problems == (
        "The file that ApiKey:File names cannot be read: No such file or directory.",
    )


def test_the_next_word_is_the_value_whatever_it_looks_like() -> None:
    """As ASP.NET reads it."""
    assert read("--Eula", "--Port", "80") == [Argument(1, "Eula", "--Port"), Argument(3)]
    assert read("/Eula", "/Port=80") == [Argument(1, "Eula", "/Port=80")]


@pytest.mark.parametrize(
    "word", ["--Eula", "/port", "Eula", "--s3cret", "/s3cret+/==", "//Eula=accept", "--=s3cret"]
)
def test_a_word_without_a_name_or_a_value_is_told_by_its_place(word: str) -> None:
    """`/s3cret+/==` is a key in Base64 that white space cut off from its name."""
    assert read("Port=1", word) == [Argument(1, "Port", "1"), Argument(2)]


@pytest.mark.parametrize(
    "word", ["https://user:s3cret@host/?a=b", "s3cr+et=x", "a b=s3cret", "Port\n=s3cret", "\u00fc=s3cret"]
)
def test_what_cannot_be_a_name_is_not_quoted(word: str) -> None:
    with pytest.raises(SettingsError) as refused:
        configuration.load(("Eula=accept", *REST, word), {}, {})
    assert refused.value.problems == ("Word 4 of the command line is not of the form Key=Value.",)


@pytest.mark.parametrize(
    ("word", "name"), [("Prot=1", "Prot"), ("--Prot=1", "Prot"), ("/Prot=1", "Prot"), ("-Port=1", "-Port")]
)
def test_a_misspelt_name_is_told_in_every_spelling(word: str, name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        configuration.load(("Eula=accept", *REST, word), {}, {})
    assert refused.value.problems == (f"Unknown setting {name} on the command line. Did you mean Port?",)


def test_the_metering_endpoint_reads_the_same_spellings() -> None:
    words = ["--Port", "5002", "/Keys=a,b", "--Meter:Host=::1"]
    chosen = configuration.resolve(words, {}, {}, scheme("meter"), "meter").settings
    assert (chosen.host, chosen.port, chosen.sender_keys) == ("::1", 5002, ("a", "b"))
