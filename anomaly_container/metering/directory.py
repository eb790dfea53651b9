"""The metering directory: its choice, its checks and its claim by one container."""

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

from anomaly_container.metering.file_lock import lock
from anomaly_container.metering.ledger import Ledger, LedgerError, StrangeLedgerError
from anomaly_container.metering.owner import INSTANCE, UNFINISHED, owner_of, write_owner
from anomaly_container.metering.policy import PolicyByte
from anomaly_container.metering.policy_file import renew

if TYPE_CHECKING:
    from anomaly_container.settings.base import CommonSettings

log = logging.getLogger(__name__)

CLAIM: Final = "container.lock"
MARKS_OF_CONTAINER: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that Docker and Podman create in every container."""
ROOT: Final = Path("/")
DEFAULT_SERVICE: Final = "anomalydetector"
"""The service whose directory has no word in its name."""
CLAIM_SECONDS: Final = 2.0
"""Seconds for the workers of a killed container to end and release its claim."""

_claims: Final[dict[Path, int]] = {}
"""The open lock file of each directory that this process or its parent has claimed, kept until it ends."""


class DirectoryError(Exception):
    """The metering directory cannot be used, and the server must not start. The text gives the reason."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(f"The metering directory {directory} cannot be used: {reason}.")


def prepare(settings: CommonSettings) -> Path:
    """Create the metering directory, check it and claim it for this container.

    Call it once before the workers are forked. They and this process hold the claim until the last of them
    ends. If this process already holds the claim, the directory is returned and nothing else is done, so that
    the settings can be read again.

    Raises
    ------
    DirectoryError
        If the directory cannot be created or written, its locks or shared memory do not work, its ledger
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
    """Return the UUID of the container, which stays the same for the life of the directory.

    Raises
    ------
    OSError
        If the directory does not name a container.
    """
    owner = owner_of(directory)
    if owner is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(directory / INSTANCE))
    return str(owner)


def _chosen(settings: CommonSettings) -> Path | None:
    if settings.metering_directory:
        return settings.metering_directory
    if os.access(settings.mounts_output, os.W_OK | os.X_OK):
        return settings.mounts_output / _name(settings.service)
    return None


def _name(service: str) -> str:
    """Return the name of the directory: one serves one container, and services may share an output folder."""
    return "metering" if service == DEFAULT_SERVICE else f"metering-{service}"


def _warn_of_loss(settings: CommonSettings, chosen: Path | None) -> None:
    """Warn if unreported usage is lost when the container is removed."""
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
    """Check exclusive locks and shared memory, which counting relies on."""
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
    """Make the directory and the ledger name the same container, and replace a policy that fails its check.

    A name that a loss of power damaged is replaced. The ledger is then assigned to the new name. The counters
    still have the old name and are left out.
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
        # Last: before this file exists, the others may be created or adopted. Afterwards they must exist.
        write_owner(directory, name)


def _publish_standing(directory: Path) -> None:
    """Publish the last standing of the previous run, with an attempt due at once."""
    with closing(Ledger(directory)) as ledger, closing(PolicyByte(directory)) as policy:
        ledger.check_age(policy.collected_until())
        policy.note_collected(ledger.collected_until())
        policy.write(ledger.standing(), 0.0)
