"""Where counts and records are kept, and whether that place can keep them."""

from __future__ import annotations

import errno
import logging
import mmap
import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.billing.ledger import Ledger, LedgerError, StrangeLedgerError
from anomaly_container.billing.locks import lock
from anomaly_container.billing.owner import INSTANCE, UNFINISHED, owner_of, write_owner
from anomaly_container.billing.policy import PolicyByte
from anomaly_container.billing.policy_file import renew

if TYPE_CHECKING:
    from anomaly_container.settings import Settings

log = logging.getLogger(__name__)

CLAIM: Final = "container.lock"
MARKS_OF_CONTAINER: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that Docker and podman put into every container."""
ROOT: Final = Path("/")
CLAIM_SECONDS: Final = 2.0
"""How long workers of a container that was killed may take to end and to give up its claim."""

_claims: Final[dict[Path, int]] = {}
"""Directories that this process, or the one it was forked from, has claimed; open until it ends."""


class DirectoryError(Exception):
    """The server must not start: one sentence says why the metering directory cannot be used."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(f"The metering directory {directory} cannot be used: {reason}.")


def prepare(settings: Settings) -> Path:
    """Make the metering directory, check it, and claim it for this container.

    To be called once before the workers are forked: they and this process hold the claim until the last of
    them ends. In a process that holds it the same directory is returned and nothing else is done, so that
    the settings may be read again.

    Raises
    ------
    DirectoryError
        When the directory cannot be made or written, its locks or shared memory do not work, its ledger
        cannot be used, or another container uses it.
    """
    chosen = _chosen(settings)
    if chosen in _claims:
        return chosen
    directory = chosen or Path(tempfile.mkdtemp(prefix="metering-"))
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check(directory)
        claim = _claim(directory)
        for leftover in directory.glob(f"*{UNFINISHED}"):
            leftover.unlink()
        _own(directory)
        _publish_standing(directory)
        _claims[directory] = claim
        _warn_of_loss(settings, chosen)
    except OSError as error:
        raise DirectoryError(directory, error.strerror or type(error).__name__) from None
    except StrangeLedgerError as error:
        raise DirectoryError(directory, f"its file {error}; move the folder away to begin anew") from None
    except LedgerError as error:
        raise DirectoryError(directory, f"its ledger answers {error}") from None
    return directory


def instance(directory: Path) -> str:
    """Return the UUID of the container, which stays the same as long as the directory.

    Raises
    ------
    OSError
        If the directory does not name one.
    """
    owner = owner_of(directory)
    if owner is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(directory / INSTANCE))
    return str(owner)


def _chosen(settings: Settings) -> Path | None:
    if settings.metering_directory:
        return settings.metering_directory
    if os.access(settings.mounts_output, os.W_OK | os.X_OK):
        return settings.mounts_output / "metering"
    return None


def _warn_of_loss(settings: Settings, chosen: Path | None) -> None:
    """Say it when what is counted ends with the container."""
    if chosen is None:
        log.warning(
            "%s is not there or not writable: usage that is not reported yet will end with the container.",
            settings.mounts_output,
        )
    elif _is_in_container() and chosen.stat().st_dev == ROOT.stat().st_dev:
        log.warning(
            "%s is not on a mount: usage that is not reported yet will end with the container.", chosen
        )


def _is_in_container() -> bool:
    return any(mark.exists() for mark in MARKS_OF_CONTAINER)


def _check(directory: Path) -> None:
    """Try what counting relies on: locks that exclude, and memory that every opening of a file shares."""
    probe = directory / f"{uuid4()}{UNFINISHED}"
    first = os.open(probe, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    second = os.open(probe, os.O_RDWR)
    try:
        os.posix_fallocate(first, 0, 1)
        if not lock(first) or lock(second):
            raise DirectoryError(directory, "file locks do not work there")
        with mmap.mmap(first, 1) as written, mmap.mmap(second, 1, prot=mmap.PROT_READ) as seen:
            written[0] = 1
            if seen[0] != 1:
                raise DirectoryError(directory, "memory mapped there is not shared")
    finally:
        os.close(first)
        os.close(second)
        probe.unlink()


def _claim(directory: Path) -> int:
    descriptor = os.open(directory / CLAIM, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + CLAIM_SECONDS
    while not lock(descriptor):
        if time.monotonic() >= deadline:
            os.close(descriptor)
            raise DirectoryError(directory, "another container uses it")
        time.sleep(0.05)
    return descriptor


def _own(directory: Path) -> None:
    """Make sure that directory and ledger name the same container, and that its policy passes its check.

    A name that a loss of power damaged is replaced. The ledger then passes to the new name, and the counters,
    which bear the old one, are left out.
    """
    try:
        owner = owner_of(directory)
    except OSError:
        (directory / INSTANCE).unlink()
        owner = None
    name = owner or uuid4()
    with closing(Ledger(directory)) as ledger:
        if owner is None or ledger.is_of_0_1_0():
            ledger.adopt(name)
    reason = renew(directory)
    if reason:
        log.error("The file %s %s: it is made anew.", directory / PolicyByte.NAME, reason)
    if owner is None:
        # Last: until it is there, the other files may be made or taken over; from then on they must be there.
        write_owner(directory, name)


def _publish_standing(directory: Path) -> None:
    """Begin where the container before ended, and with an attempt at once."""
    with closing(Ledger(directory)) as ledger, closing(PolicyByte(directory)) as policy:
        ledger.check_age(policy.collected_until())
        policy.note_collected(ledger.collected_until())
        policy.write(ledger.standing(), 0.0)
