"""The header of a counter file: the layout, the owner and the meters of the cells that follow."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.atomic_send import SIZE as SENDING_SIZE
from anomaly_container.metering.meters import PLACES, last_part, wire_name
from anomaly_container.metering.strange import OtherVersionError, StrangeFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

LAYOUT: Final = 2
WORD: Final = b"counter" + bytes([0x80 + LAYOUT])
FIELDS: Final = struct.Struct("<8sII16s16sQQ")
CHECKSUM: Final = struct.Struct("<Q")
SMALLEST_HEADER: Final = 256
"""The size of the header in bytes, unless its names need more."""
LARGEST: Final = 4096
"""The size limit of a file in bytes."""

TRUNCATED: Final = "is truncated"
NOT_A_COUNTER: Final = "is not a counter"
OTHER_LAYOUT: Final = "has the layout of another version"
UNKNOWN_METER: Final = "has a meter of another version"
DAMAGED: Final = "is damaged"


@dataclass(frozen=True, slots=True)
class Shape:
    """The offsets and sizes of the parts of a file.

    Attributes
    ----------
    meters
        The wire names of the meters, in the order of the cells.
    header
        The size of the header in bytes.
    """

    meters: tuple[str, ...]
    header: int

    @classmethod
    def of(cls, meters: Sequence[str]) -> Shape:
        """Return the shape of a new file."""
        needed = FIELDS.size + len(_names(meters)) + CHECKSUM.size
        return cls(tuple(meters), max(SMALLEST_HEADER, -(-needed // 8) * 8))

    @property
    def awaited(self) -> int:
        """The index of the first cell of the counts after the response."""
        return len(self.meters)

    @property
    def length(self) -> int:
        """The index of the cell with the number of bytes being sent."""
        return 2 * len(self.meters)

    @property
    def cells(self) -> int:
        """The number of cells."""
        return self.length + 1

    @property
    def sending(self) -> int:
        """The offset of the message header of a send."""
        return self.header + 8 * self.cells

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.sending + SENDING_SIZE


def encode_header(shape: Shape, file: UUID, owner: UUID, place: tuple[int, int]) -> bytes:
    """Return the header of a new file."""
    fields = FIELDS.pack(WORD, shape.header, len(shape.meters), file.bytes, owner.bytes, *place)
    header = (fields + _names(shape.meters)).ljust(shape.header - CHECKSUM.size, b"\0")
    return header + CHECKSUM.pack(zlib.crc32(header))


def shape_of(octets: bytes) -> Shape:
    """Return the shape of a file that has a header.

    Raises
    ------
    StrangeFileError
        If the header is truncated, damaged or not that of a counter.
    OtherVersionError
        If another version wrote it in a form that this one cannot read.
    """
    if not octets or WORD.startswith(octets):
        raise StrangeFileError(TRUNCATED)
    if not octets.startswith(WORD[:-1]):
        raise StrangeFileError(NOT_A_COUNTER)
    if not octets.startswith(WORD):
        raise OtherVersionError(OTHER_LAYOUT)
    if len(octets) < FIELDS.size:
        raise StrangeFileError(TRUNCATED)
    _, size, number, *_ = FIELDS.unpack_from(octets)
    if size % 8 or not SMALLEST_HEADER <= size <= LARGEST:
        raise StrangeFileError(DAMAGED)
    if len(octets) < size:
        raise StrangeFileError(TRUNCATED)
    fields = octets[: size - CHECKSUM.size]
    if CHECKSUM.unpack_from(octets, len(fields)) != (zlib.crc32(fields),):
        raise StrangeFileError(DAMAGED)
    meters = _meters(fields[FIELDS.size :].rstrip(b"\0"), number)
    shape = Shape(meters, size)
    if len(octets) != shape.size:
        raise StrangeFileError(TRUNCATED if len(octets) < shape.size else DAMAGED)
    return shape


def _meters(names: bytes, number: int) -> tuple[str, ...]:
    meters = tuple(wire_name(part) for part in names.decode("ascii", "replace").split("\n"))
    if len(set(meters)) != number:
        raise OtherVersionError(OTHER_LAYOUT)
    if not PLACES.keys() >= set(meters):
        raise OtherVersionError(UNKNOWN_METER)
    return meters


def _names(meters: Sequence[str]) -> bytes:
    return "\n".join(map(last_part, meters)).encode()
