"""The bytes of a counter file: a header that names its owner, and counts that carry a check each.

The header has, one after the other:

- 8 bytes: a word that no count can be, "counter" and 0x80 + the layout;
- 4 and 4 bytes: the bytes of the header, and the number of meters;
- 16 bytes: the UUID in the name of the file;
- 16 bytes: the UUID of the container, or zeros before it has one;
- 8 and 8 bytes: the inode of the file, and when it was made, in nanoseconds since 1970;
- the names of the meters, one a line, filled up with zeros;
- 8 bytes: the CRC-32 of all that.

Then come cells of 8 bytes: the counts; the counts as they are to be when the answer under way is out; and the
bytes of it that are being sent, 0 for none. The header of that sending follows, which the kernel writes to.

A count is one machine word, stored whole, so that a kill leaves the old or the new one. The word is
`FACTOR * count + offset`, with an offset of the file and the meter: of random words one in a million passes,
zeros and words of another file or meter do not, and adding needs no division.

Version 0.1.0 left files of 136 bytes: the same cells without a header, and counts as they are.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from anomaly_container.billing.kernel_send import SENT_OFFSET
from anomaly_container.billing.kernel_send import SIZE as SENDING_SIZE
from anomaly_container.billing.meters import Meter
from anomaly_container.billing.strange import StrangeFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

LAYOUT: Final = 2
WORD: Final = b"counter" + bytes([0x80 + LAYOUT])
FIELDS: Final = struct.Struct("<8sII16s16sQQ")
CHECKSUM: Final = struct.Struct("<Q")
HEADER: Final = 256
NAMES: Final = "\n".join(meter.wire_name.rpartition(".")[2] for meter in Meter).encode()

# The cells, in words after the header.
AWAITED: Final = len(Meter)
LENGTH: Final = 2 * len(Meter)
CELLS: Final = LENGTH + 1
SENDING: Final = HEADER + 8 * CELLS
SIZE: Final = SENDING + SENDING_SIZE

FACTOR: Final = 1048573
"""The largest prime below 2^20, which leaves a count 44 bits."""
LARGEST: Final = 2**64 // FACTOR - 1

OLD_SIZE: Final = 8 * CELLS + SENDING_SIZE
"""The bytes of a file of 0.1.0."""

NIL: Final = UUID(int=0)
TRUNCATED: Final = "is truncated"
NOT_A_COUNTER: Final = "is not a counter"
OTHER_LAYOUT: Final = "has the layout of another version"
DAMAGED: Final = "is damaged"
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

    counts: tuple[int, ...]
    owner: UUID | None = None
    place: tuple[int, int] | None = None


def offsets(file: UUID) -> tuple[int, ...]:
    """Return what the words of a file are above the multiples of `FACTOR`, by meter; none of them is 0."""
    return tuple(1 + zlib.crc32(file.bytes + bytes([meter])) % (FACTOR - 1) for meter in Meter)


def encode(file: UUID, owner: UUID | None, place: tuple[int, int]) -> bytes:
    """Return the bytes of a new file, up to the header of a sending."""
    fields = FIELDS.pack(WORD, HEADER, len(Meter), file.bytes, (owner or NIL).bytes, *place)
    header = (fields + NAMES).ljust(HEADER - CHECKSUM.size, b"\0")
    words = offsets(file)
    return header + CHECKSUM.pack(zlib.crc32(header)) + struct.pack(f"<{CELLS}Q", *words, *words, 0)


def decode(octets: bytes, name: str, *, is_abandoned: bool) -> Contents:
    """Return what a file holds.

    Parameters
    ----------
    octets
        The whole file.
    name
        The UUID it is named by.
    is_abandoned
        Whether nobody writes it any more: only such a file tells how its last sending ended.

    Raises
    ------
    StrangeFileError
        If it is not what a worker wrote under this name.
    """
    if len(octets) == OLD_SIZE and not octets.startswith(WORD[:-1]):
        return _decode_old(octets, is_abandoned=is_abandoned)
    if not octets or (len(octets) < SIZE and octets.startswith(WORD[: len(octets)])):
        raise StrangeFileError(TRUNCATED)
    if not octets.startswith(WORD[:-1]):
        raise StrangeFileError(NOT_A_COUNTER)
    _check_header(octets)
    *_, file, owner, inode, birth = FIELDS.unpack_from(octets)
    if str(UUID(bytes=file)) != name:
        raise StrangeFileError(RENAMED)
    cells = struct.unpack_from(f"<{CELLS}Q", octets, HEADER)
    above = offsets(UUID(bytes=file))
    counts, awaited = _values(cells[:AWAITED], above), _values(cells[AWAITED:LENGTH], above)
    if is_abandoned and _went_out(octets, SENDING, cells[LENGTH]):
        if any(after < before for before, after in zip(counts, awaited, strict=True)):
            raise StrangeFileError(DAMAGED)
        counts = awaited
    return Contents(counts, UUID(bytes=owner) if owner != NIL.bytes else None, (inode, birth))


def _check_header(octets: bytes) -> None:
    word, header, meters, *_ = FIELDS.unpack_from(octets)
    if word != WORD:
        raise StrangeFileError(OTHER_LAYOUT)
    fields = octets[: HEADER - CHECKSUM.size]
    if CHECKSUM.unpack_from(octets, len(fields)) != (zlib.crc32(fields),):
        raise StrangeFileError(DAMAGED)
    if (header, meters, fields[FIELDS.size :].rstrip(b"\0")) != (HEADER, len(Meter), NAMES):
        raise StrangeFileError(OTHER_LAYOUT)
    if len(octets) != SIZE:
        raise StrangeFileError(DAMAGED)


def _decode_old(octets: bytes, *, is_abandoned: bool) -> Contents:
    cells = struct.unpack_from(f"<{CELLS}Q", octets)
    went_out = is_abandoned and _went_out(octets, 8 * CELLS, cells[LENGTH])
    counts = cells[AWAITED:LENGTH] if went_out else cells[:AWAITED]
    # Each call counts at least one thousand of points.
    if max(counts) > LARGEST or sum(counts[: Meter.DATA_POINTS]) > counts[Meter.DATA_POINTS]:
        raise StrangeFileError(NOT_A_COUNTER)
    return Contents(counts)


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
