"""The keys of rows in plain Python."""

from __future__ import annotations

from hashlib import blake2b

MASK = 2**64 - 1


def row_key(source: bytes, number: int) -> int:
    """Output `number` of SplitMix64 seeded by the first 8 bytes of BLAKE2b of the source."""
    state = int.from_bytes(blake2b(source, digest_size=8).digest(), "little")
    for _ in range(number + 1):
        state = (state + 0x9E3779B97F4A7C15) & MASK
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & MASK
    return state ^ (state >> 31)
