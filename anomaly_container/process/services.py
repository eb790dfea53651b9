"""The services of a port and their settings, imported by name."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from anomaly_container.services import PORTS
from anomaly_container.settings.licence import with_optional_licence
from anomaly_container.settings.load import Scheme, scheme_of

if TYPE_CHECKING:
    from types import ModuleType

    from anomaly_container.web.service import Service


def services_of(word: str) -> tuple[Service[Any, Any], ...]:
    """Return the services of a port.

    Parameters
    ----------
    word
        The value of `Service`, a key of `PORTS`.
    """
    return tuple(import_module(f"anomaly_container.services.{name}.service").SERVICE for name in PORTS[word])


@cache
def scheme(word: str, *, needs_licence: bool = True) -> Scheme[Any]:
    """Return the settings of a port: those of all its services in one class.

    Parameters
    ----------
    word
        The value of `Service`, a key of `PORTS`.
    needs_licence
        Whether a metered service must be given `Eula`, `Billing` and `ApiKey`. Commands that count nothing
        do without.
    """
    modules = [_settings(name) for name in PORTS[word]]
    sections = [f"{name.capitalize()}:" for names in PORTS.values() for name in names]
    section = next((module.SECTION for module in modules if module.SECTION), "")
    settings = _joined([module.SETTINGS for module in modules])
    if not needs_licence:
        settings = with_optional_licence(settings)
    return scheme_of(settings, section, sections)


def _joined(classes: list[type[Any]]) -> type[Any]:
    """Return a class with the fields of all of them; a class that is a base of another adds nothing."""
    least = [
        one for one in classes if not any(one is not other and issubclass(other, one) for other in classes)
    ]
    return least[0] if len(least) == 1 else type("Settings", tuple(least), {})


def _settings(name: str) -> ModuleType:
    return import_module(f"anomaly_container.services.{name}.settings")
