"""The errors of a file system in the words of `errors.py`: no path remains."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import NotFound, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_A_FILE: Final = {errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO}
"""A symbolic link, a file as a folder, a folder as a file, a socket."""


@contextmanager
def of_reading() -> Iterator[None]:
    """Translate what a system call raises that reads."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(message="The file does not exist.") from None
    except PermissionError:
        raise Refused(message="The file cannot be read: access is denied.") from None
    except OSError as error:
        if error.errno in NOT_A_FILE:
            raise NotFound(
                message="There is no regular file of that name, or a symbolic link on the way."
            ) from None
        if error.errno == errno.ENAMETOOLONG:
            raise Refused(message="The name is too long for the file system.") from None
        raise Unavailable(message=f"The folder cannot be read: {error.strerror}.") from None


@contextmanager
def of_writing() -> Iterator[None]:
    """Translate what a system call raises that writes: a full or read-only disk may become another one."""
    try:
        yield
    except OSError as error:
        if error.errno in NOT_A_FILE:
            raise Refused(message="A file, folder or symbolic link is in the way.") from None
        if error.errno == errno.ENAMETOOLONG:
            raise Refused(message="The name is too long for the file system.") from None
        raise Unavailable(message=f"The folder cannot be written to: {error.strerror}.") from None
