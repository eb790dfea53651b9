"""A baseline from a file: a state of this program, or a baseline of the original pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from anomaly_container.cli.batches.on_store import VerbError
from anomaly_container.services.batches import state, view
from anomaly_container.services.batches.state import UnknownStateError

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.services.batches.modes import Mode
    from anomaly_container.services.batches.settings import BatchesSettings


class Known(NamedTuple):
    """The columns and the baseline before the next table.

    Attributes
    ----------
    columns
        The scored columns; empty if the next table decides.
    baseline
        The baseline of the mode; None before the first table.
    """

    columns: tuple[str, ...]
    baseline: Any = None


def read_known(path: Path, settings: BatchesSettings, mode: Mode[Any]) -> Known:
    """Return the baseline of a file.

    Parameters
    ----------
    path
        `state/batches.json` of a store, or `state/baseline.json` of the original pipeline.
    settings
        The settings.
    mode
        The mode of the settings.

    Raises
    ------
    VerbError
        If the file cannot be read, is neither, or does not fit the settings.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}."
        raise VerbError(message) from None
    try:
        found = state.decode(data)
    except UnknownStateError:
        return _taken_over(path, data, settings, mode)
    if found.mode != settings.mode:
        message = f"{path} was made in {found.mode} mode: set Mode={found.mode}."
        raise VerbError(message)
    if settings.column_names and found.columns and settings.column_names != found.columns:
        message = f"{path} has other columns than Columns: {', '.join(found.columns)}."
        raise VerbError(message)
    if found.model is None:
        return Known(found.columns or settings.column_names)
    try:
        return Known(found.columns, mode.read(found.columns, found.model))
    except (KeyError, TypeError, ValueError):
        message = f"{path} is damaged."
        raise VerbError(message) from None


def _taken_over(path: Path, data: bytes, settings: BatchesSettings, mode: Mode[Any]) -> Known:
    found = view.parse(data)
    columns = settings.column_names or tuple(found)
    if not set(columns) & set(found):
        message = f"{path} is neither a state nor a baseline of these columns."
        raise VerbError(message)
    return Known(columns, mode.taken_over(columns, view.moments(found, columns)))
