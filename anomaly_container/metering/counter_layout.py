"""The bytes of a counter file: a header that names its owner and its meters, and counts with a check each.

The header has, one after the other:

- 8 bytes: a word that no count can be, "counter" and 0x80 + the layout;
- 4 and 4 bytes: the bytes of the header, and the number of meters;
- 16 bytes: the UUID that stands for the name of the file;
- 16 bytes: the UUID of the container, or zeros before it has one;
- 8 and 8 bytes: the inode of the file, and when it was made, in nanoseconds since 1970;
- the names of the meters, one a line, filled up with zeros;
- 8 bytes: the CRC-32 of all that.

Then come cells of 8 bytes: the counts; the counts as they are to be when the answer under way is out; and the
bytes of it that are being sent, 0 for none. The header of that sending follows, which the kernel writes to.

A file is read by the names in its own header, whatever the services of this container count.

A count is one machine word, stored whole, so that a kill leaves the old or the new one. The word is
`FACTOR * count + offset`, with an offset of the file and the place: of random words one in a million passes,
zeros and words of another file or meter do not, and adding needs no division.

Version 0.1.0 left files of 136 bytes: the same cells for its four meters without a header, and counts as they
are.
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
"""What the file of a worker ends in, after a UUID of its own."""
TOTAL_SUFFIX: Final = ".total"
"""What a file of cumulative totals ends in, after the name of their source."""

FACTOR: Final = 1048573
"""The largest prime below 2^20, which leaves a count 44 bits."""
LARGEST_COUNT: Final = 2**64 // FACTOR - 1

OLD_METERS: Final = tuple(map(wire_name, ("EntireDetect", "LastDetect", "ChangePointDetect", "DataPoints")))
OLD_CELLS: Final = 2 * len(OLD_METERS) + 1
OLD_SIZE: Final = 8 * OLD_CELLS + SENDING_SIZE
"""The bytes of a file of 0.1.0."""

NIL: Final = UUID(int=0)
RENAMED: Final = "was copied from a file of another name"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a counter file holds.

    Attributes
    ----------
    counts
        By meter. Those of an abandoned file include its last response, if that went out.
    owner
        The container that made it; None for a file of 0.1.0, which does not say, and for one made before the
        container had a name.
    place
        The inode it was made with, and when; None for a file of 0.1.0.
    """

    counts: dict[str, int]
    owner: UUID | None = None
    place: tuple[int, int] | None = None


def name_of(path: Path) -> UUID | None:
    """Return the UUID that stands for the name of a file; None for a name that no file is given."""
    if path.suffix == TOTAL_SUFFIX:
        return total_name(path)
    try:
        file = UUID(path.stem)
    except ValueError:
        return None
    return file if str(file) == path.stem else None


def total_name(path: Path) -> UUID:
    """Return the UUID that stands for the name of a file of totals."""
    return uuid5(NIL, path.stem)


def offsets(file: UUID, meters: int) -> tuple[int, ...]:
    """Return what the words of a file are above the multiples of `FACTOR`, by place; none of them is 0."""
    return tuple(1 + zlib.crc32(file.bytes + bytes([place])) % (FACTOR - 1) for place in range(meters))


def encode(file: UUID, owner: UUID | None, place: tuple[int, int], shape: Shape) -> bytes:
    """Return the bytes of a new file, up to the header of a sending."""
    words = offsets(file, len(shape.meters))
    header = encode_header(shape, file, owner or NIL, place)
    return header + struct.pack(f"<{shape.cells}Q", *words, *words, 0)


def decode(octets: bytes, file: UUID | None, *, is_abandoned: bool) -> Contents:
    """Return what a file holds.

    Parameters
    ----------
    octets
        The whole file, or one byte more than `LARGEST`.
    file
        What `name_of` returned.
    is_abandoned
        Whether nobody writes it any more: only such a file tells how its last sending ended.

    Raises
    ------
    StrangeFileError
        If it is not what was written under this name.
    OtherVersionError
        If another version wrote it so that this one cannot read it.
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
    # Each call counts at least one thousand of points.
    if thousands > LARGEST_COUNT or sum(calls) > thousands:
        raise StrangeFileError(NOT_A_COUNTER)
    return Contents(dict(zip(OLD_METERS, (*calls, thousands), strict=True)))


def _went_out(octets: bytes, sending: int, length: int) -> bool:
    """Tell whether the kernel took all of the last response."""
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
