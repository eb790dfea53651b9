"""What the command line asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from anomaly_container.contract.series_file import ReadOptions
    from anomaly_container.contract.versions import ApiVersion, Operation

AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class Wish:
    """The words of `detect`, understood.

    Attributes
    ----------
    files
        Names, ``-`` for standard input.
    operation, version
        What to ask for.
    read
        How files are read.
    fields
        The request's fields that were given, but for the granularity.
    granularity
        A granularity, `AUTO`, or None: what a request says, else `AUTO`.
    format
        ``table``, ``csv``, ``json``, or None: ``json`` for a request, else ``table``.
    show_all
        Whether a table has all points.
    plot
        Where the picture goes; with several series the name of each is put before the suffix.
    url, timeout
        The server to ask, and how many seconds to wait for it; None to answer here.
    fail_on_anomaly
        Whether findings make the exit code 2.
    """

    files: Sequence[str]
    operation: Operation
    version: ApiVersion
    read: ReadOptions
    fields: Mapping[str, object]
    granularity: str | None
    format: str | None
    show_all: bool
    plot: Path | None
    url: str | None
    timeout: float
    fail_on_anomaly: bool
