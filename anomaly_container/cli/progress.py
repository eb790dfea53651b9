"""A bar on standard error while a long series, or one of many files, is answered."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANY_FILES: Final = 5
"""From so many files on a bar counts them."""


@contextmanager
def progress(
    name: str, is_long: bool, number: int = 1, files: int = 1
) -> Iterator[Callable[[int, int], None]]:
    """Yield what is told how many windows are done, and of how many; it draws on a terminal alone.

    Parameters
    ----------
    name
        Of the file.
    is_long
        Whether there is more than one window.
    number, files
        Which file it is, from 1 on, and of how many.
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
