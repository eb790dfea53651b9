"""Tables of any bytes: pieces that a reader of tables could stumble over, at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = [
    *(b'"', b'""', b'"""', b"\n", b"\r", b"\r\n", b"\r\r\n", b" ", b"\t", b"\x00", b"\xff", "ä".encode()),
    *(b";", b"|", b"\v", b"1", b"-2.5", b"3e4", b"+.5", b"7.", b"1,5", b"NA", b"nan", b"inf", b"-Infinity"),
    *(
        b"1e151",
        b"1e400",
        b"4.9e-324",
        b"0.30000000000000004",
        b"12345678901234567890123",
        b"a",
        b"=1",
        b"x y",
    ),
]
SEPARATORS = [b",", b";", b"\t", b"|"]


def hostile(seeds: int, pieces: int = 60) -> Iterator[tuple[bytes, bytes]]:
    """Separators and tables in which separators and line ends are frequent."""
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        separator = SEPARATORS[seed % len(SEPARATORS)]
        usual = [separator] * 20 + [b"\n"] * 8
        choice = usual + PIECES if seed % 3 else usual + [piece for piece in PIECES if b'"' not in piece]
        places = random.integers(len(choice), size=int(random.integers(pieces)))
        yield separator, b"".join(choice[place] for place in places)
