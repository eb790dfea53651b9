"""Encodings: from the bytes of a table to UTF-8 without a byte order mark."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UTF8: Final = "utf-8"
WINDOWS: Final = "windows-1252"
_BOMS: Final = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_BOM: Final = 3


class Decoder:
    """Decodes the pieces of one table.

    Parameters
    ----------
    is_strict
        Whether bytes that are not UTF-8 are refused; otherwise the rest of the table is read as windows-1252.

    Attributes
    ----------
    encoding
        The encoding, as far as it is known.
    """

    def __init__(self, *, is_strict: bool) -> None:
        self._is_strict = is_strict
        self._decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder(UTF8)()
        self.encoding = UTF8

    def decode(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the table in UTF-8.

        Raises
        ------
        DeadLetterError
            If the encoding is refused, or its byte order mark does not belong to it.
        """
        waiting = iter(pieces)
        yield self._converted(self._without_bom(waiting))
        for piece in waiting:
            yield self._converted(piece)
        yield self._converted(b"", is_last=True)

    def _without_bom(self, pieces: Iterator[bytes]) -> bytes:
        head = b""
        for piece in pieces:
            head += piece
            if len(head) >= _LONGEST_BOM:
                break
        for bom, encoding in _BOMS:
            if head.startswith(bom):
                self._use(encoding)
                return head[len(bom) :]
        return head

    def _use(self, encoding: str) -> None:
        self.encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("replace" if encoding == WINDOWS else "strict")

    def _converted(self, piece: bytes, *, is_last: bool = False) -> bytes:
        if self.encoding == UTF8 and not self._decoder.getstate()[0] and piece.isascii():
            return piece
        try:
            return self._decoder.decode(piece, is_last).encode()
        except UnicodeDecodeError as error:
            if self._is_strict or self.encoding != UTF8:
                raise DeadLetterError(Reason.BAD_ENCODING) from None
            self._use(WINDOWS)
            valid, rest = error.object[: error.start], error.object[error.start :]
            return valid + self._decoder.decode(rest, is_last).encode()
        except UnicodeEncodeError:  # half of a surrogate pair in UTF-16
            raise DeadLetterError(Reason.BAD_ENCODING) from None
