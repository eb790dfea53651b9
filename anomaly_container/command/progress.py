"""A bar on standard error while a long series is answered."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress(name: str, is_long: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield what is told how many windows are done, and of how many; it draws on a terminal alone.

    Parameters
    ----------
    name
        Of the file.
    is_long
        Whether there is more than one window.
    """
    if not is_long or not sys.stderr.isatty():
        yield _ignore
        return
    from rich.console import Console  # noqa: PLC0415  # the server does not need it
    from rich.progress import Progress  # noqa: PLC0415  # as above

    with Progress(console=Console(stderr=True, markup=False), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _ignore(_done: int, _total: int) -> None:
    """Draw nothing."""
