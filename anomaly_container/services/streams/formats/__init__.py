"""The formats of records: each makes the fields of an event from the bytes of a record."""

from __future__ import annotations

from typing import NoReturn


class NotAnEventError(Exception):
    """The bytes are not in the format.

    Attributes
    ----------
    reason
        The word of the reason.
    detail
        A sentence without any value of the record.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def line_of(value: bytes) -> str:
    """Return a line of text without a byte order mark and the end of the line.

    Parameters
    ----------
    value
        The bytes of a record.

    Raises
    ------
    NotAnEventError
        If they are not UTF-8.
    """
    try:
        return value.decode().removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError:
        refuse("not-utf-8", "The record is not UTF-8.")


def refuse(reason: str, detail: str) -> NoReturn:
    """Refuse bytes that are not in the format.

    Parameters
    ----------
    reason, detail
        Those of the error.
    """
    raise NotAnEventError(reason, detail) from None
