"""Files of the metering directory that this container did not write, or not in this form."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_LINE: Final = "The file %s %s: nothing is billed from it."


class StrangeFileError(Exception):
    """A file fails its check. Nothing is billed from it, and it stays where it is.

    The text follows the name of the file, for example "is empty".
    """


class OtherVersionError(StrangeFileError):
    """A file was written by another version in a form that this one cannot read. Its counts are not lost."""


def report(path: Path, error: StrangeFileError) -> None:
    """Log a file that fails its check, once per process.

    A file of another version is logged each time: it holds usage that is not billed meanwhile.
    """
    if isinstance(error, OtherVersionError):
        log.error(_LINE, path, error)
    else:
        _report_once(path, str(error))


@lru_cache(maxsize=1000)
def _report_once(path: Path, reason: str) -> None:
    log.error(_LINE, path, reason)


@lru_cache(maxsize=1000)
def report_removed_once(path: Path) -> None:
    """Log a missing file whose counts may not all be collected, once per process and file."""
    log.warning("The file %s was removed: what it had counted and is in no record is lost.", path)
