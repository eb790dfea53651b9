"""Rolling log files of JSON lines, separate for each process."""

from __future__ import annotations

import errno
import logging
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.observability.formatters import json_line
from anomaly_container.settings.errors import SettingsError

if TYPE_CHECKING:
    from anomaly_container.settings.base import ShellSettings

BYTES_PER_MEGABYTE: Final = 1 << 20


def log_folder(settings: ShellSettings) -> Path:
    """Return the folder of the log files of this host."""
    return settings.mounts_output / settings.service / platform.node()


def check_mount(settings: ShellSettings) -> None:
    """Check that log files can be written if they are enabled.

    Raises
    ------
    SettingsError
        If there is no output mount, or no file can be created in it.
    """
    if settings.disk_format is None:
        return
    folder = log_folder(settings)
    candidates = (folder, folder.parent, settings.mounts_output)
    nearest = next((path for path in candidates if os.path.isdir(path)), settings.mounts_output)  # noqa: PTH112  # Path.is_dir raises for a locked folder
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        problem = "Logging:Disk:Format=json needs an output mount that can be written"
        raise SettingsError([f"{problem}: {nearest}: {error.strerror}."]) from None


class RollingFiles(logging.Handler):
    """Writes records into files named by time, process and number.

    A forked process begins a new file, so that no two processes write to the same one.

    Parameters
    ----------
    folder
        The folder of the files; it is created with the first record.
    max_bytes
        The size after which a new file begins; -1 for no limit. A file has at least one record.
    """

    def __init__(self, folder: str, max_bytes: int) -> None:
        super().__init__()
        self._folder = Path(folder)
        self._max_bytes = max_bytes
        self._file: int | None = None
        self._process = os.getpid()
        self._number = 0
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; count those that cannot be written, and report the first of them."""
        try:
            self._append(json_line(record, self._lost))
        except OSError as error:
            self._lost += 1
            if self._lost == 1:
                sys.stderr.write(f"Log files in {self._folder} cannot be written: {error.strerror}.\n")
        else:
            self._lost = 0

    def close(self) -> None:
        """Close the file."""
        self.acquire()
        try:
            self._close_file()
        finally:
            self.release()
        super().close()

    def _append(self, line: bytes) -> None:
        file, size = self._room_for(len(line))
        if os.write(file, line) < len(line):
            os.ftruncate(file, size)  # an incomplete line would corrupt the next one
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _room_for(self, length: int) -> tuple[int, int]:
        """Return a file with room for so many bytes, and its size."""
        if self._process != os.getpid():
            self._close_file()
            self._process, self._number = os.getpid(), 0
        if self._file is not None:
            status = os.fstat(self._file)
            is_full = 0 <= self._max_bytes < status.st_size + length and status.st_size
            if status.st_nlink and not is_full:
                return self._file, status.st_size
            self._close_file()
        self._file = self._new_file()
        return self._file, 0

    def _new_file(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        began = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{self._process}"
        while True:
            self._number += 1
            path = self._folder / f"{began}-{self._number}.jsonl"
            try:
                return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
            except FileExistsError:  # from an earlier start of the container within the same second
                continue

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
