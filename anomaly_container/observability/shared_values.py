"""The values of metrics in files that the processes of a server share.

The files have the format of `prometheus_client`, which also sums them up. Its own values ask at each
increment which process they are in, and look up where they are written. Here a process says once which files
are its own, and an increment writes eight bytes.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock
from typing import Final

from prometheus_client.mmap_dict import MmapedDict, mmap_key

from anomaly_container.observability.metrics_directory import FOLDER_VARIABLE

FIRST_SLOT: Final = "start"
"""The slot of the process that forks the others."""

_lock: Final = Lock()


class SharedValue:
    """A number in the files of this process; `prometheus_client` makes one for each series of a metric.

    Parameters
    ----------
    typ, multiprocess_mode
        The type of the metric and how a gauge is summed up, which decide on the file.
    metric_name, name, labelnames, labelvalues, help_text
        The name of the metric, that of the series, its labels and its description.
    """

    _multiprocess = True  # read by `prometheus_client`

    def __init__(  # noqa: PLR0913, PLR0917  # as `prometheus_client` calls it
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: list[str],
        labelvalues: list[str],
        help_text: str,
        multiprocess_mode: str = "",
        **_others: object,
    ) -> None:
        self._file = f"{typ}_{multiprocess_mode}" if multiprocess_mode else typ
        self._key: str = mmap_key(metric_name, name, labelnames, labelvalues, help_text)
        with _lock:
            self._find()
            _values.append(self)

    def inc(self, amount: float) -> None:
        """Add to the value."""
        with _lock:
            self._value += amount
            self._cell[0] = self._value

    def set(self, value: float, timestamp: float | None = None) -> None:  # noqa: ARG002  # no gauge of ours is the most recent one
        """Replace the value."""
        with _lock:
            self._value = self._cell[0] = value

    def get(self) -> float:
        """Return the value."""
        return self._value

    def get_exemplar(self) -> None:
        """Return None: values of several processes have no exemplars."""

    def _find(self) -> None:
        self._cell = _files.cell(self._file, self._key)
        self._value = self._cell[0]


class _Files:
    """The files of a slot."""

    def __init__(self, slot: str) -> None:
        self._slot = slot
        self._files: dict[str, _File] = {}

    def cell(self, name: str, key: str) -> memoryview[float]:
        if name not in self._files:
            path = Path(os.environ[FOLDER_VARIABLE]) / f"{name}_{self._slot}.db"
            self._files[name] = _File(str(path))  # type: ignore[no-untyped-call]  # it has no types
        return self._files[name].cell(key)

    def close(self) -> None:
        """Close the files, of which no cell may be in use."""
        for file in self._files.values():
            file.close()  # type: ignore[no-untyped-call]  # it has no types


class _File(MmapedDict):
    def cell(self, key: str) -> memoryview[float]:
        """Return the eight bytes of a value, which is 0 if the file does not have it yet."""
        self.read_value(key)  # type: ignore[no-untyped-call]  # it has no types
        place = self._positions[key]
        return memoryview(self._m)[place : place + 8].cast("d")


_files = _Files(FIRST_SLOT)
_values: Final[list[SharedValue]] = []


def use_slot(slot: str) -> None:
    """Continue the values in the files of a slot, which no other process uses."""
    global _files
    with _lock:
        before, _files = _files, _Files(slot)
        for value in _values:
            value._find()  # noqa: SLF001  # the same module
        before.close()
