"""The options of the command `detect`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from anomaly_container.services.univariate.contract.series_file import ReadOptions
    from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation

AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """The parsed options of one command.

    Attributes
    ----------
    files
        Names of files; ``-`` is standard input.
    operation, version
        The operation of the API, and its version.
    read
        How files are read.
    fields
        The fields of the request that were given, except for the granularity.
    granularity
        A granularity or `AUTO`. None stands for that of a request, and for `AUTO` if the file is no request.
    format
        ``table``, ``csv`` or ``json``. None stands for ``json`` if the file is a request, else for ``table``.
    show_all
        Whether a table lists all points.
    plot
        The file of the picture. If there are several series, the name of each is put before the suffix.
    url, timeout
        The server to send requests to, and how many seconds to wait for it; None to detect in this process.
    fail_on_anomaly
        Whether the exit code is 2 if something was found.
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
