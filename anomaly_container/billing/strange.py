"""Files of the metering directory that this container did not leave there, or not so."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)


class StrangeFileError(Exception):
    """A file fails its check: nothing is billed from it, and it stays where it is.

    Its text goes after the name of the file: "is empty", for example.
    """


@lru_cache(maxsize=1000)
def report_once(path: Path, reason: str) -> None:
    """Log a file that fails its check; a process says it of each file once."""
    log.error("The file %s %s: nothing is billed from it.", path, reason)


@lru_cache(maxsize=1000)
def report_removed_once(path: Path) -> None:
    """Log a file that is gone though its worker is not known to be; a process says it of each file once."""
    log.warning("The file %s was removed: what it had counted and is in no record is lost.", path)
