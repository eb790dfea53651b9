"""The description of an object in a store, and the forms of the data that a store takes."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

PIECE_BYTES: Final = 1 << 20
"""Bytes of the longest piece in which an object is read."""

Data: TypeAlias = bytes | Path | Iterable[bytes] | AsyncIterable[bytes]
"""The bytes of an object, a local file that has them, or their pieces."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object without its bytes.

    Parameters
    ----------
    key
        Its key below the prefix of the store.
    size
        Bytes.
    etag
        Changes whenever the bytes do; without quotes. Blank if the store has none.
    version
        The version that the store keeps; None if it keeps only one.
    modified
        The time of the last change, in UTC.
    """

    key: str
    size: int
    etag: str
    version: str | None
    modified: datetime


class StoredBytes(NamedTuple):
    """A small object, read whole."""

    data: bytes
    info: ObjectInfo


class OpenObject(Protocol):
    """An object that is being read: iterate over it once for pieces of at most `PIECE_BYTES`."""

    @property
    def info(self) -> ObjectInfo:
        """The description of the object when it was opened."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the pieces from first to last."""


async def pieces_of(
    data: Path | Iterable[bytes] | AsyncIterable[bytes], run: Callable[..., Awaitable[bytes | None]]
) -> AsyncIterator[bytes]:
    """Iterate over data piece by piece; `run` calls a function that blocks, on a thread."""
    if isinstance(data, AsyncIterable):
        async for piece in data:
            yield piece
        return
    if not isinstance(data, Path):
        pieces = iter(data)
        while (found := await run(next, pieces, None)) is not None:
            yield found
        return
    with data.open("rb") as stream:
        while found := await run(stream.read, PIECE_BYTES):
            yield found
