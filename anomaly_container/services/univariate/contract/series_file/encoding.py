"""The text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one."""

from __future__ import annotations

import codecs
from typing import Final

from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decoded(raw: bytes) -> str:
    """Return the text, without a byte order mark.

    Raises
    ------
    SeriesFileError
        If it is not UTF-8, nor UTF-16 with a byte order mark.
    """
    if raw.startswith(_UTF_16):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            reason = "begins like UTF-16 text and is not; save it as UTF-8"
            raise SeriesFileError(reason) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = "is not UTF-8 text; save it as UTF-8"
        raise SeriesFileError(reason, raw.count(b"\n", 0, error.start) + 1) from None
