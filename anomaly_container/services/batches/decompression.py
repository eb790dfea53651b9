"""Decompression of an object, a bounded piece at a time."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SLICE_BYTES: Final = 1 << 10
"""Compressed bytes that are expanded at once: to 1 MiB at most by deflate, to 32 MiB by Zstandard."""
PIECE_BYTES: Final = 1 << 18
MAX_RATIO: Final = 1000
"""The most bytes that one compressed byte may expand to, on average."""
MOST_WINDOW: Final = 8 << 20
"""The largest window of a Zstandard frame, which is held in memory: RFC 8878 asks it of every reader."""
FREE_BYTES: Final = 1 << 20
"""Bytes that are not held against the ratio: a short file of equal rows compresses well."""
_GZIP: Final = zlib.MAX_WBITS | 16


def decompressed(pieces: Iterable[bytes], key: str, most: int) -> Iterator[bytes]:
    """Yield the bytes of an object as they were before compression.

    Parameters
    ----------
    pieces
        The bytes of the object.
    key
        Its key, whose suffix names the compression: `.gz`, `.zst` or another for none.
    most
        The most bytes after decompression.

    Raises
    ------
    DeadLetterError
        If there are more bytes, or the object is not what its suffix says.
    """
    suffix = key.casefold().rpartition(".")[2]
    if suffix == "gz":
        found = _expanded(pieces, _new_gzip_member, zlib.error)
    elif suffix == "zst":
        found = _expanded(pieces, *_zstandard())
    else:
        found = iter(pieces)
    written = 0
    for plain in found:
        written += len(plain)
        if written > most:
            raise DeadLetterError(Reason.TOO_BIG)
        yield plain


def compressor(key: str) -> Any:  # noqa: ANN401  # that of zlib or of zstandard, which share two methods
    """Return what compresses an output as its object is compressed; None for no compression."""
    suffix = key.casefold().rpartition(".")[2]
    if suffix == "gz":
        return zlib.compressobj(wbits=_GZIP)
    if suffix == "zst":
        import zstandard  # noqa: PLC0415  # the extra `batches`

        return zstandard.ZstdCompressor().compressobj()
    return None


def compressed(pieces: Iterable[bytes], key: str) -> Iterator[bytes]:
    """Yield the bytes of an output, compressed as its object is."""
    packer = compressor(key)
    if packer is None:
        yield from pieces
        return
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _new_gzip_member() -> Any:  # noqa: ANN401  # zlib's class has no public name
    return zlib.decompressobj(_GZIP)


def _zstandard() -> tuple[Callable[[], Any], type[Exception]]:
    import zstandard  # noqa: PLC0415  # the extra `batches`

    return zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW).decompressobj, zstandard.ZstdError


def _expanded(pieces: Iterable[bytes], new: Callable[[], Any], error: type[Exception]) -> Iterator[bytes]:
    """Yield the members of a file one after the other."""
    member, read, written, plain = None, 0, 0, bytearray()
    for data in _slices(pieces):
        read += len(data)
        rest = data
        while rest:
            if member is None:
                if not rest.strip(b"\0"):  # padding behind the last member
                    break
                member = new()
            try:
                plain += member.decompress(rest)
            except error:
                raise DeadLetterError(Reason.CORRUPT) from None
            rest = member.unused_data if member.eof else b""
            member = None if member.eof else member
        if written + len(plain) > FREE_BYTES + MAX_RATIO * read:
            raise DeadLetterError(Reason.TOO_BIG)
        if len(plain) >= PIECE_BYTES:
            written += len(plain)
            yield bytes(plain)
            plain.clear()
    if member is not None:
        raise DeadLetterError(Reason.CORRUPT)
    yield bytes(plain)


def _slices(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), SLICE_BYTES):
            yield piece[start : start + SLICE_BYTES]
