"""Files of the metering directory that this container did not leave there, or not so."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_LINE: Final = "The file %s %s: nothing is billed from it."


class StrangeFileError(Exception):
    """A file fails its check: nothing is billed from it, and it stays where it is.

    Its text goes after the name of the file: "is empty", for example.
    """


class OtherVersionError(StrangeFileError):
    """A file was written by another version so that this one cannot read it; what it counted is not lost."""


def report(path: Path, error: StrangeFileError) -> None:
    """Log a file that fails its check, once in a process.

    One of another version is logged each time: it holds usage that nothing is billed from meanwhile.
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
    """Log a file that is gone though its worker is not known to be; a process says it of each file once."""
    log.warning("The file %s was removed: what it had counted and is in no record is lost.", path)
