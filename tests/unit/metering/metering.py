"""Settings, directories and clocks for the tests of metering."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from anomaly_container.metering.directory import _claims as claims
from anomaly_container.metering.directory import prepare
from anomaly_container.settings import load as configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from anomaly_container.metering.policy import Outcome
    from anomaly_container.settings.base import CommonSettings

KEY = "a-key-nobody-may-see"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def metering_settings(**given: object) -> CommonSettings:
    """Return settings with an endpoint nobody listens at; `Metering__Path` stands for `Metering:Path`."""
    words = {"Eula": "accept", "Billing": "http://127.0.0.1:9/", "ApiKey": KEY, "Metering:TimeoutSeconds": 5}
    words |= {name.replace("__", ":"): value for name, value in given.items()}
    return configuration.load([f"{name}={value}" for name, value in words.items()], {}, {})


@dataclass
class Clock:
    """A clock that says what it was set to, a second later each time."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class StubSender:
    """Takes records as an endpoint would, with outcomes in order, the last for all further ones."""

    outcomes: list[Outcome]
    wires: list[Mapping[str, object]] = field(default_factory=list)

    def send(self, wire: Mapping[str, object]) -> Outcome:
        self.wires.append(wire)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.01)


def prepared(directory: Path, **given: object) -> CommonSettings:
    """Return settings whose metering directory is made and claimed by this process."""
    made = metering_settings(Metering__Directory=directory, **given)
    prepare(made)
    return made


def restarted(directory: Path, **given: object) -> CommonSettings:
    """Return what `prepared` returns in a new process after this one ended."""
    os.close(claims.pop(directory))
    return prepared(directory, **given)
