"""The services of a port and its settings, found by name.

The smallest example: the port `anomalydetector` has the service `univariate`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from pydantic import Field

from anomaly_container.process import services
from anomaly_container.process.services import scheme, services_of
from anomaly_container.services import LIBRARIES, PORTS
from anomaly_container.services.univariate.service import SERVICE
from anomaly_container.settings.base import CommonSettings
from anomaly_container.settings.load import resolve

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")


class FirstSettings(CommonSettings):
    """Settings of a service that has some."""

    first_size: int = Field(1, alias="First:Size")


class SecondSettings(CommonSettings):
    """Settings of another one."""

    second_size: int = Field(2, alias="Second:Size")


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port of two services, each with settings of its own."""
    for name, settings in (("first", FirstSettings), ("second", SecondSettings)):
        module: Any = ModuleType(f"anomaly_container.services.{name}.settings")
        module.SETTINGS, module.SECTION = settings, f"{name.capitalize()}:"
        monkeypatch.setitem(sys.modules, f"anomaly_container.services.{name}", ModuleType(name))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(services, "PORTS", {"pair": ("first", "second")})


def test_the_default_port_has_the_univariate_api() -> None:
    assert services_of("anomalydetector") == (SERVICE,)


def test_a_port_is_known_by_a_word_of_the_table_only() -> None:
    with pytest.raises(KeyError):
        services_of("univariate")


def test_each_service_of_a_port_has_a_row_in_the_table_of_libraries() -> None:
    assert {name for names in PORTS.values() for name in names} == LIBRARIES.keys()


def test_a_service_without_settings_of_its_own_has_the_common_ones() -> None:
    assert scheme("anomalydetector").settings is CommonSettings
    assert scheme("anomalydetector") is scheme("anomalydetector")


@pytest.mark.usefixtures("two")
def test_a_port_of_two_services_has_the_settings_of_both() -> None:
    words = [*GATE, "Port=5123", "First:Size=10", "Second:Size=20"]
    settings: Any = resolve(words, {}, {}, scheme.__wrapped__("pair")).settings
    assert (settings.port, settings.first_size, settings.second_size) == (5123, 10, 20)
    assert isinstance(settings, FirstSettings)
    assert isinstance(settings, SecondSettings)


@pytest.mark.usefixtures("two")
def test_the_section_of_the_first_service_may_be_left_out() -> None:
    settings: Any = resolve([*GATE, "Size=10"], {}, {}, scheme.__wrapped__("pair")).settings
    assert (settings.first_size, settings.second_size) == (10, 2)
