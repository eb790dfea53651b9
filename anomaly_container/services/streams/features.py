"""The values of fields: numbers, levels, methods, paths and other texts, as the features take them.

Pure: a result depends only on the value.
"""

from __future__ import annotations

import re
from math import nan
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray

LARGEST: Final = 1e150
"""A number beyond it counts as missing: its square would be infinite."""
LONGEST: Final = 1024
"""The number of characters of a text that count; the rest is ignored."""
UNITS: Final[Mapping[str, float]] = MappingProxyType(
    {"": 1.0, "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
)
"""Milliseconds of each unit; a bare number stays as it is."""
LEVELS: Final[Mapping[str, int]] = MappingProxyType(
    {
        word: code
        for code, words in enumerate(
            (
                "trace verbose",
                "debug",
                "info information notice",
                "warn warning",
                "error err",
                "fatal critical crit alert emerg panic",
            )
        )
        for word in words.split()
    }
)
"""The code of each word for a level."""
LEVEL_NAMES: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
"""The name of each code."""
MOST_KEPT: Final = 1 << 15
LONGEST_KEPT: Final = 256
_NUMBER: Final = re.compile(
    r"\s*([+-]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400})(?:[eE][+-]?\d{1,4})?)\s?(ns|us|µs|μs|ms|s|m|)\s*",
    re.ASCII,
)
_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_VARIABLE: Final = re.compile(
    r"[0-9]+"
    r"|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
    r"|(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{8,}"
)


def number(value: object) -> float:
    """Return a number, in milliseconds if it has a unit of time behind it; NaN if it is missing.

    Parameters
    ----------
    value
        A number or a text; true and false are not numbers.

    Examples
    --------
    >>> number("1.5s"), number("48.66"), number(7)
    (1500.0, 48.66, 7.0)
    """
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        if found is None:
            return nan
        result = float(found[1]) * UNITS[found[2]]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            result = float(value)
        except OverflowError:
            return nan
    else:
        return nan
    return result if -LARGEST <= result <= LARGEST else nan


def numbers(values: Sequence[object]) -> FloatArray:
    """Return `number` of each value.

    Parameters
    ----------
    values
        The values of a column.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    if set(map(type, values)) == {float}:
        column = np.array(values, dtype=np.float64)
        column[~(np.abs(column) <= LARGEST)] = nan
        return column
    return np.array([number(value) for value in values], dtype=np.float64)


def level(value: object) -> float:
    """Return the code of a level, 0 for trace to 5 for fatal; NaN if it is missing or another word.

    Examples
    --------
    >>> level(" Warning ")
    3.0
    """
    return float(LEVELS.get(value.strip().casefold(), nan)) if isinstance(value, str) else nan


def text(value: object) -> str:
    """Return a value as a text; blank if it is absent, a list or an object."""
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else ""


def method(value: object) -> str:
    """Return the method of a request in upper case; blank if it is absent."""
    return text(value).upper()


def path(value: object) -> str:
    """Return a path without its host, its query and the parts that differ between calls of the same route.

    A segment of digits only, a UUID, or 8 or more hexadecimal digits with at least one decimal digit becomes
    `*`. An empty path is `/`; one that is absent stays the empty text.

    Examples
    --------
    >>> path("https://h.example/a/77/b?page=2")
    '/a/*/b'
    """
    if value is None or isinstance(value, list | dict):
        return ""
    whole = text(value)
    host = _HOST.match(whole)
    bare = whole[host.end() :] if host else whole
    bare = bare.partition("#")[0].partition("?")[0]
    if not bare:
        return "/"
    return "/".join(
        # Most segments are only letters, which cannot be a UUID and need no further check.
        segment if segment.isalpha() or not _VARIABLE.fullmatch(segment) else "*"
        for segment in bare.split("/")
    )


class Remembered(dict[str, str]):
    """The results of a function of texts, which repeat in a stream; the memory is bounded.

    Parameters
    ----------
    function
        The function.
    """

    def __init__(self, function: Callable[[object], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, written: str) -> str:
        """Apply the function to a text that is not remembered."""
        found = self._function(written)
        if len(written) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[written] = found
        return found

    def column(self, values: Sequence[object]) -> list[str]:
        """Return the result for each value of a column, which need not be texts."""
        if set(map(type, values)) == {str}:
            return list(map(self.__getitem__, cast("Sequence[str]", values)))
        return [self[value] if type(value) is str else self._function(value) for value in values]


class RememberedLevels(dict[str, float]):
    """The codes of the words of a column, as written."""

    def __missing__(self, written: str) -> float:
        """Look up a word that is not remembered."""
        found = level(written)
        if len(written) <= LONGEST_KEPT and len(self) < MOST_KEPT:
            self[written] = found
        return found

    def column(self, values: Sequence[object]) -> FloatArray:
        """Return the code of each value; NaN if it is missing."""
        if set(map(type, values)) == {str}:
            return np.array(list(map(self.__getitem__, cast("Sequence[str]", values))), dtype=np.float64)
        return np.array([self[value] if type(value) is str else nan for value in values], dtype=np.float64)
