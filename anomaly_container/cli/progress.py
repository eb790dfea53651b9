"""A progress bar on standard error, for a long series or many files."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import ProgressColumn, Task

MANY_FILES: Final = 5
"""The smallest number of files that a bar counts."""


@contextmanager
def progress(
    name: str, is_long: bool, number: int = 1, files: int = 1, *, unit: str = ""
) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of the number of windows done and of all windows; it draws only on a terminal.

    The bar shows the share that is done and the time that is left.

    Parameters
    ----------
    name
        The name of the file.
    is_long
        Whether there is more than one window.
    number, files
        The number of the file, from 1, and the number of all files.
    unit
        What is counted instead of windows, if the bar shows how many of them are done in a second; `bytes`
        are shown in the prefixes of the unit.
    """
    if not (is_long or files >= MANY_FILES) or not sys.stderr.isatty():
        yield _ignore
        return
    from rich.console import Console  # noqa: PLC0415  # the server does not need it
    from rich.progress import Progress  # noqa: PLC0415  # as above

    rates = [_rate_column(unit)] if unit else []
    columns = [*Progress.get_default_columns(), *rates]
    with Progress(*columns, console=Console(stderr=True, markup=False), transient=True) as bar:
        if files >= MANY_FILES:
            bar.add_task(f"file {number:,} of {files:,}", total=files, completed=number - 1)
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _rate_column(unit: str) -> ProgressColumn:
    """Return the column that shows a rate; it is blank until one is known."""
    from rich.progress import ProgressColumn, TransferSpeedColumn  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    if unit == "bytes":
        return TransferSpeedColumn()

    class RateColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.1f} {unit}/s", style="progress.data.speed")

    return RateColumn()


def _ignore(_done: int, _total: int) -> None:
    """Draw nothing."""
