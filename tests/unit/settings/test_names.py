"""How names of settings may be written.

The smallest example: `kafka__group` and `Kafka:Group` are `Streams:Kafka:Group` as words of that service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import pytest
from pydantic import AfterValidator, Field

from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import DEFAULT_SERVICE, resolve, scheme_of, service_of
from anomaly_container.settings.names import OpenName, spread
from anomaly_container.settings.section import Section

if TYPE_CHECKING:
    from pathlib import Path


def positive(values: dict[str, float]) -> dict[str, float]:
    if any(value <= 0 for value in values.values()):
        message = "Each must be over 0"
        raise ValueError(message)
    return values


class ToySettings(CommonSettings):
    """Settings of a service that has a short form, an open name and a default of its own."""

    port: int = Field(8080, alias="Port")
    group: str = Field("all", alias="Toy:Kafka:Group")
    host_of_toy: str = Field("here", alias="Toy:Host")
    urls: dict[str, str] = Field(default_factory=dict, alias="Toy:Sinks:<name>:Url")
    thresholds: Annotated[dict[str, float], AfterValidator(positive)] = Field(
        default_factory=dict, alias="Toy:Threshold:<channel>"
    )


GATE = ("Eula=accept", "Billing=http://127.0.0.1:1/", "ApiKey=key")
TOY = scheme_of(ToySettings, "Toy:", ("Toy:", "Other:", "Meter:"))


def loaded(
    *words: str, environ: dict[str, str] | None = None, file: dict[str, object] | None = None
) -> ToySettings:
    return resolve([*GATE, *words], environ or {}, file or {}, TOY).settings


def test_the_section_may_be_left_out_on_the_command_line_only() -> None:
    assert loaded("Kafka:Group=a").group == "a"
    assert loaded("kafka__group=a").group == "a"
    assert loaded("--Toy:Kafka:Group", "a").group == "a"
    assert loaded(environ={"Kafka__Group": "a"}).group == "all"
    with pytest.raises(SettingsError, match="Unknown setting Kafka:Group in the settings file"):
        loaded(file={"Kafka": {"Group": "a"}})


def test_a_misspelt_short_name_is_put_right_by_the_full_one() -> None:
    with pytest.raises(SettingsError, match=r"Did you mean Toy:Kafka:Group\?"):
        loaded("Kafka:Grup=a")


def test_the_service_of_a_command_wins_over_the_sources() -> None:
    resolved = resolve([*GATE, "Service=other"], {"Service": "other"}, {}, TOY, "toy")
    assert (resolved.settings.service, resolved.origins["Service"]) == ("toy", "command line")


def test_the_name_of_the_service_comes_before_one_of_the_house() -> None:
    settings = loaded("Host=there")
    assert (settings.host_of_toy, settings.host) == ("there", "0.0.0.0")  # noqa: S104  # the default
    assert loaded(environ={"Host": "127.0.0.1"}).host == "127.0.0.1"


def test_a_default_may_be_overridden() -> None:
    assert loaded().port == 8080
    assert loaded("Port=1").port == 1


def test_an_open_name_has_one_part_of_the_user() -> None:
    settings = loaded("Toy:Sinks:Front-1:Url=http://a", "sinks:b2:url=http://b", "Threshold:Oil temp=2.5")
    assert settings.urls == {"front-1": "http://a", "b2": "http://b"}
    assert settings.thresholds == {"Oil temp": 2.5}


def test_each_value_of_an_open_name_has_its_own_source() -> None:
    settings = loaded(
        "Sinks:a:Url=word",
        environ={"Toy__Sinks__a__Url": "variable", "Toy__Sinks__b__Url": "variable"},
        file={"Toy": {"Sinks": {"b": {"Url": "file"}, "c": {"Url": "file"}}}},
    )
    assert settings.urls == {"a": "word", "b": "variable", "c": "file"}


def test_a_value_of_an_open_name_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("http://secret\n")
    assert loaded(f"Sinks:a:Url:File={tmp_path / 'url'}").urls == {"a": "http://secret"}


@pytest.mark.parametrize("part", ["file", "", "a:b", "a" * 33, "a.b"])
def test_a_part_that_has_other_characters_names_no_setting(part: str) -> None:
    with pytest.raises(SettingsError, match="Unknown setting Toy"):
        loaded(f"Toy:Sinks:{part}:Url=x")


def test_a_fault_in_an_open_name_names_the_pattern() -> None:
    with pytest.raises(SettingsError, match=r"Invalid Toy:Threshold:<channel>\. Each must be over 0"):
        loaded("Threshold:a=-1")


def test_the_environment_gives_the_same_settings_again() -> None:
    settings = loaded("Sinks:front-1:Url=http://a", "Threshold:Oil temp=2.5", "Kafka:Group=g")
    assert resolve([], settings.environment(), {}, TOY).settings == settings


def test_one_file_serves_all_services() -> None:
    others: dict[str, object] = {"Other": {"Bucket": "b"}, "Meter": {"Port": 1}}
    file = others | {"Toy": {"Kafka": {"Group": "g"}}}
    assert loaded(file=file).group == "g"
    with pytest.raises(SettingsError, match="Unknown setting Other:Bucket on the command line"):
        loaded("Other:Bucket=b")


def test_names_of_the_house_that_a_class_lacks_have_no_effect_in_a_file() -> None:
    class Bare(Section):
        """A class with one setting."""

        path: str = Field("/", alias="Bare:Path")

    scheme = scheme_of(Bare, "Bare:", ("Bare:",))
    assert resolve(["Path=/x"], {}, {"Eula": "accept", "Port": 5000}, scheme).settings.path == "/x"


def test_full_names_of_open_settings() -> None:
    assert spread({"A": 1, "B:<name>:C": {"x": 2}}) == {"A": 1, "B:x:C": 2}
    assert OpenName("B:<name>:C").part("b:X:c") == "x"
    assert OpenName("B:<channel>").part("b:Oil Temp") == "Oil Temp"


@pytest.mark.parametrize(
    ("words", "environ", "file"),
    [
        (["Service=Toy"], {"Service": "other"}, {"Service": "other"}),
        ([], {"SERVICE": "toy"}, {"Service": "other"}),
        ([], {}, {"Service": "toy"}),
    ],
)
def test_the_service_is_read_from_the_same_sources(
    words: list[str], environ: dict[str, str], file: dict[str, object]
) -> None:
    assert service_of(words, environ, file, ("other", "toy")) == "toy"


def test_without_a_word_the_service_is_the_default_one() -> None:
    assert service_of(["Port=x", "nonsense"], {}, {}, (DEFAULT_SERVICE,)) == DEFAULT_SERVICE


@pytest.mark.parametrize("words", [["--ApiKey", "Service=toy"], ["/Other:Name", "service=toy"]])
def test_the_value_of_another_setting_names_no_service(words: list[str]) -> None:
    assert service_of(words, {}, {}, (DEFAULT_SERVICE, "toy")) == DEFAULT_SERVICE
    assert service_of([*words, "--Service", "toy"], {}, {}, (DEFAULT_SERVICE, "toy")) == "toy"


def test_a_service_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"Invalid Service\. It must be one of a, b\."):
        service_of(["Service=c"], {}, {}, ("a", "b"))
