"""The description of a service for the shell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from anomaly_container.web.errors import nested_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from anomaly_container.web.errors import ErrorAnswer
    from anomaly_container.web.routing import Route
    from anomaly_container.web.shell import Shell

S = TypeVar("S")
R = TypeVar("R")


def always(_resources: object) -> None:
    """Return None: the service is ready as soon as it is open."""


def exact(path: str) -> str:
    """Return a path unchanged: it has only one spelling."""
    return path


def no_labels() -> Mapping[str, str]:
    """Return no labels for `anomaly_build_info`."""
    return {}


def no_file(_settings: object) -> None:
    """Return None: the service has no separate access keys for admin routes."""


def zero(_settings: object) -> float:
    """Return 0: closing takes no additional time."""
    return 0.0


class StartError(Exception):
    """A service cannot be opened; the text is one sentence with the reason."""


@dataclass(frozen=True, slots=True)
class Service(Generic[S, R]):
    """One service of the image, with settings `S` and resources `R` for its handlers.

    Attributes
    ----------
    name
        One word. The page of a service that is not the first of its port is below `/<name>`.
    meters
        The wire names of what it counts; a service without any is not metered.
    open
        Opens engines, stores and consumers after the fork, and closes them at the end. It returns within a
        second; what can fail later is a task under `Shell.supervise`.
    routes
        The table of routes, which is known before anything is opened.
    ready
        Returns None, or one sentence that says why the service is not ready.
    errors
        The answers to its own exceptions, and to those of the shell that it answers otherwise.
    error_answer
        The shape of an error, from status, code and message; without a message it has a text of its own for
        the status.
    spelling
        Returns the path of the table for one of the spellings that the service allows.
    build_info
        Labels for `anomaly_build_info`.
    max_workers
        The largest number of worker processes; None for any.
    stop_seconds
        The seconds that closing `open` may take beyond those that the shell has anyway.
    ui
        The folder of its page.
    openapi
        The description of its routes.
    admin_keys
        The file of access keys for routes of the kind `admin`; None if every key is valid for them.
    """

    name: str
    meters: tuple[str, ...]
    open: Callable[[S, Shell], AbstractAsyncContextManager[R]]
    routes: Callable[[S], Sequence[Route[R]]]
    ready: Callable[[R], str | None] = always
    errors: Mapping[type[Exception], Callable[[Any], ErrorAnswer]] = field(default_factory=dict)
    error_answer: Callable[[int, str, str | None], ErrorAnswer] = nested_error
    spelling: Callable[[str], str] = exact
    build_info: Callable[[], Mapping[str, str]] = no_labels
    max_workers: int | None = None
    stop_seconds: Callable[[S], float] = zero
    ui: Path | None = None
    openapi: Path | None = None
    admin_keys: Callable[[S], Path | None] = no_file
