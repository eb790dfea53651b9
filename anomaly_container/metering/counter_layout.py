"""The bytes of a counter file: a header with its owner and its meters, then counts with a check each.

The header consists of:

- 8 bytes: a word that cannot be a count: "counter" and 0x80 + the layout;
- 4 and 4 bytes: the size of the header in bytes, and the number of meters;
- 16 bytes: the UUID for the name of the file;
- 16 bytes: the UUID of the container, or zeros before it has one;
- 8 and 8 bytes: the inode of the file, and its creation time in nanoseconds since 1970;
- the names of the meters, one per line, padded with zeros;
- 8 bytes: the CRC-32 of everything before.

Cells of 8 bytes follow: the counts, the counts after the response being sent, and the number of its bytes
being sent, or 0. The message header of that send comes last. The kernel writes to it.

A file is read by the names in its own header, even if the services of this container count other meters.

A count is one machine word, stored whole, so that a kill leaves either the old or the new value. The word is
`FACTOR * count + offset`. The offset depends on the file and the place. One random word in a million passes
the check; zeros and words of another file or meter fail it. Adding needs no division.

Version 0.1.0 wrote files of 136 bytes: the same cells for its four meters, with plain counts and no header.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from anomaly_container.metering.atomic_send import SENT_OFFSET
from anomaly_container.metering.atomic_send import SIZE as SENDING_SIZE
from anomaly_container.metering.counter_header import (
    DAMAGED,
    FIELDS,
    NOT_A_COUNTER,
    WORD,
    encode_header,
    shape_of,
)
from anomaly_container.metering.meters import wire_name
from anomaly_container.metering.strange import StrangeFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from anomaly_container.metering.counter_header import Shape

SUFFIX: Final = ".counter"
"""The suffix of the file of a worker, after a UUID of its own."""
TOTAL_SUFFIX: Final = ".total"
"""The suffix of a file of cumulative totals, after the name of the source."""

FACTOR: Final = 1048573
"""The largest prime below 2^20. It leaves 44 bits for a count."""
LARGEST_COUNT: Final = 2**64 // FACTOR - 1

OLD_METERS: Final = tuple(map(wire_name, ("EntireDetect", "LastDetect", "ChangePointDetect", "DataPoints")))
OLD_CELLS: Final = 2 * len(OLD_METERS) + 1
OLD_SIZE: Final = 8 * OLD_CELLS + SENDING_SIZE
"""The size of a file of 0.1.0 in bytes."""

NIL: Final = UUID(int=0)
RENAMED: Final = "was copied from a file of another name"


@dataclass(frozen=True, slots=True)
class Contents:
    """The content of a counter file.

    Attributes
    ----------
    counts
        The counts by meter. Those of an abandoned file include its last response, if it was sent.
    owner
        The container that made the file. None for a file of 0.1.0, which does not name it, and for a file
        made before the container had a name.
    place
        The inode and the creation time that the file was made with; None for a file of 0.1.0.
    """

    counts: dict[str, int]
    owner: UUID | None = None
    place: tuple[int, int] | None = None


def name_of(path: Path) -> UUID | None:
    """Return the UUID for the name of a file; None if a file cannot have that name."""
    if path.suffix == TOTAL_SUFFIX:
        return total_name(path)
    try:
        file = UUID(path.stem)
    except ValueError:
        return None
    return file if str(file) == path.stem else None


def total_name(path: Path) -> UUID:
    """Return the UUID for the name of a file of totals."""
    return uuid5(NIL, path.stem)


def offsets(file: UUID, meters: int) -> tuple[int, ...]:
    """Return each word's offset from a multiple of `FACTOR`, by place. An offset is never 0."""
    return tuple(1 + zlib.crc32(file.bytes + bytes([place])) % (FACTOR - 1) for place in range(meters))


def encode(file: UUID, owner: UUID | None, place: tuple[int, int], shape: Shape) -> bytes:
    """Return the bytes of a new file, up to the message header of a send."""
    words = offsets(file, len(shape.meters))
    header = encode_header(shape, file, owner or NIL, place)
    return header + struct.pack(f"<{shape.cells}Q", *words, *words, 0)


def decode(octets: bytes, file: UUID | None, *, is_abandoned: bool) -> Contents:
    """Return the content of a file.

    Parameters
    ----------
    octets
        The whole file, or its first `LARGEST + 1` bytes if it is longer.
    file
        The UUID that `name_of` returned.
    is_abandoned
        Whether no process writes the file any more. Only then is the end of the last send final.

    Raises
    ------
    StrangeFileError
        If the content is not what was written under this name.
    OtherVersionError
        If another version wrote it in a form that this one cannot read.
    """
    if len(octets) == OLD_SIZE and not octets.startswith(WORD[:-1]):
        return _decode_old(octets, is_abandoned=is_abandoned)
    shape = shape_of(octets)
    *_, name, owner, inode, birth = FIELDS.unpack_from(octets)
    if file is None or file.bytes != name:
        raise StrangeFileError(RENAMED)
    cells = struct.unpack_from(f"<{shape.cells}Q", octets, shape.header)
    above = offsets(file, len(shape.meters))
    counts = _values(cells[: shape.awaited], above)
    awaited = _values(cells[shape.awaited : shape.length], above)
    if is_abandoned and _went_out(octets, shape.sending, cells[shape.length]):
        if any(after < before for before, after in zip(counts, awaited, strict=True)):
            raise StrangeFileError(DAMAGED)
        counts = awaited
    return Contents(
        dict(zip(shape.meters, counts, strict=True)),
        UUID(bytes=owner) if owner != NIL.bytes else None,
        (inode, birth),
    )


def _decode_old(octets: bytes, *, is_abandoned: bool) -> Contents:
    number = len(OLD_METERS)
    cells = struct.unpack_from(f"<{OLD_CELLS}Q", octets)
    went_out = is_abandoned and _went_out(octets, 8 * OLD_CELLS, cells[-1])
    *calls, thousands = cells[number : 2 * number] if went_out else cells[:number]
    # Each call counts as at least one thousand points.
    if thousands > LARGEST_COUNT or sum(calls) > thousands:
        raise StrangeFileError(NOT_A_COUNTER)
    return Contents(dict(zip(OLD_METERS, (*calls, thousands), strict=True)))


def _went_out(octets: bytes, sending: int, length: int) -> bool:
    """Return whether the kernel took all of the last response."""
    [sent] = struct.unpack_from("<I", octets, sending + SENT_OFFSET)
    return bool(length == sent and length)


def _values(words: Sequence[int], above: Sequence[int]) -> tuple[int, ...]:
    values = []
    for word, offset in zip(words, above, strict=True):
        value, rest = divmod(word - offset, FACTOR)
        if rest or value < 0:
            raise StrangeFileError(DAMAGED)
        values.append(value)
    return tuple(values)
