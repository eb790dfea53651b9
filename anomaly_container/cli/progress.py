"""A progress bar on standard error, for a long series or many files."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANY_FILES: Final = 5
"""The smallest number of files that a bar counts."""


@contextmanager
def progress(
    name: str, is_long: bool, number: int = 1, files: int = 1
) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of the number of windows done and of all windows; it draws only on a terminal.

    Parameters
    ----------
    name
        The name of the file.
    is_long
        Whether there is more than one window.
    number, files
        The number of the file, from 1, and the number of all files.
    """
    if not (is_long or files >= MANY_FILES) or not sys.stderr.isatty():
        yield _ignore
        return
    from rich.console import Console  # noqa: PLC0415  # the server does not need it
    from rich.progress import Progress  # noqa: PLC0415  # as above

    with Progress(console=Console(stderr=True, markup=False), transient=True) as bar:
        if files >= MANY_FILES:
            bar.add_task(f"file {number:,} of {files:,}", total=files, completed=number - 1)
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _ignore(_done: int, _total: int) -> None:
    """Draw nothing."""
