"""Seeded files that no sensor wrote: bytes, shapes of CSV, compression that expands, and names."""

from __future__ import annotations

import gzip
import random
import zlib
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = (
    *(
        "",
        "1",
        "-2.5",
        "1e400",
        "-1e-400",
        "nan",
        "inf",
        "-inf",
        "1_000",
        "0x1F",
        "١٢",
        "NULL",
        "#N/A",
        "1,5",
    ),
    *(
        '"',
        '""',
        '"1"',
        '"1',
        "a\tb",
        "=1+1",
        "@x",
        "1e151",
        "9" * 400,
        "\x00",
        "\ufeff",
        "\ud7ff",
        "é",
        "😀",
    ),
)
ENDS = ("\n", "\r\n", "\r", "\n\n", "\n\r", "")
NAMES = (
    *("a", "ü", "a b", "%41", "a+b", "=cmd", "..a", "-", "a;b", "😀" * 20, "x" * 200, "x" * 260, "表" * 80),
    *("a\x07b", "a\x85b", "a\nb", "../a", "a/../b", "a//b", "./a", "a\udcffb"),
)
SUFFIXES = (".csv", ".csv", ".csv", ".CSV", ".csv.gz", ".csv.zst", ".parquet", ".Csv.Gz")


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # equal seeds give equal files


def hostile_table(seed: int) -> tuple[str, bytes]:
    """Return key and bytes of a file."""
    draw = dice(seed)
    folder = draw.choice(("", "", "", "2026/03/"))
    name = draw.choice(NAMES) if draw.random() < 0.3 else "a"
    key = f"raw/{folder}{seed}-{name}{draw.choice(SUFFIXES)}"
    data = draw.choice(SHAPES)(draw)
    suffix = key.casefold().rpartition(".")[2]
    if suffix == "gz" and draw.random() < 0.8:
        data = _spoilt(draw, gzip.compress(data, 1))
    if suffix == "zst" and draw.random() < 0.8:
        data = _spoilt(draw, zstandard.compress(data))
    return key, data


def _spoilt(draw: random.Random, data: bytes) -> bytes:
    """Return data as it is, or cut, doubled, followed by others or with a changed byte."""
    at = draw.randrange(len(data))
    return draw.choice(
        (
            data,
            data,
            data[:at],
            data + data,
            data + draw.randbytes(20),
            data + bytes(20),
            data[:at] + draw.randbytes(1) + data[at + 1 :],
        )
    )


def _bytes(draw: random.Random) -> bytes:
    return draw.randbytes(draw.randrange(300))


def _cells(draw: random.Random) -> bytes:
    separator, end = draw.choice(",,,;\t|"), draw.choice(ENDS)
    lines = [separator.join(draw.choice((["a", "b"], ["b", "c", "a"], ["timestamp", "a", "b", "a"])))]
    lines += [separator.join(draw.choices(WORDS, k=draw.randrange(1, 5))) for _ in range(draw.randrange(30))]
    encoding = draw.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"))
    return end.join(lines).encode(encoding, errors="replace")


def _numbers(draw: random.Random) -> bytes:
    rows = draw.randrange(1, 200)
    scale = draw.choice((1.0, 1e-300, 1e149, 1e308, 0.0))
    lines = [f"{draw.gauss(0, 1) * scale!r},{draw.choice((draw.gauss(5, 1), 5.0))!r}" for _ in range(rows)]
    return "\n".join(["a,b", *lines]).encode()


def _mutated(draw: random.Random) -> bytes:
    data = bytearray(_numbers(draw))
    for _ in range(draw.randrange(1, 6)):
        data[draw.randrange(len(data))] = draw.choice(b'",\n\r\x00\xff;\xef\xbb1e+-.')
    return bytes(data)


def _wide(draw: random.Random) -> bytes:
    names = ",".join(f"c{number}" for number in range(draw.choice((511, 513, 5000))))
    return f"a,b,{names}\n1,2\n".encode()


def _long_line(draw: random.Random) -> bytes:
    return b"a,b\n1," + b"7" * draw.choice((1_000, 70_000, 200_000)) + draw.choice((b"", b"\n", b"\n1,2\n"))


def _open_quote(draw: random.Random) -> bytes:
    return b'a,b\n1,"' + b"2\n" * draw.choice((10, 10_000, 100_000))


def _bomb(draw: random.Random) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    row = draw.choice((b"1,2\n", bytes(4), b"    ", b"\n\n\n\n")) * 10_000
    return b"".join([packer.compress(b"a,b\n"), *(packer.compress(row) for _ in range(100)), packer.flush()])


def _header_only(draw: random.Random) -> bytes:
    return draw.choice(
        (b"", b"\n", b"\n\n\n", b"a,b", b"a,b\n", b"\xef\xbb\xbf", b",", b'""', b"a", b"\xff\xfe", b"\x00")
    )


SHAPES: tuple[Callable[[random.Random], bytes], ...] = (
    *(_cells, _cells, _cells, _numbers, _mutated, _mutated),
    *(_bytes, _wide, _long_line, _open_quote, _bomb, _header_only),
)
