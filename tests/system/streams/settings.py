"""Settings as a command line gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams.settings import SECTION, StreamsSettings
from anomaly_container.settings.load import resolve, scheme_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LICENCE = {"Eula": "accept", "Billing": "http://127.0.0.1:9", "ApiKey": "a" * 32}


def settings_of(words: Mapping[str, str]) -> StreamsSettings:
    """Return settings with a licence."""
    given = {**LICENCE, **words}
    arguments = [f"{name}={value}" for name, value in given.items()]
    return resolve(arguments, {}, {}, scheme_of(StreamsSettings, SECTION)).settings
