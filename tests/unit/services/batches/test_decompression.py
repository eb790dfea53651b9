"""Compression of objects.

The smallest example: the gzip of `a` under the key `raw/a.csv.gz` is `a` again.
"""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
import zstandard

from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.decompression import MAX_RATIO, MOST_WINDOW, compressed, decompressed

MOST = 64 << 20
TEXT = b"".join(b"%d,%d\n" % (number, number * number % 977) for number in range(50_000))


def plain(data: bytes, key: str, *, most: int = MOST, piece: int = 1 << 16) -> bytes:
    pieces = (data[start : start + piece] for start in range(0, len(data), piece))
    return b"".join(decompressed(pieces, key, most))


def refusal(data: bytes, key: str, most: int = MOST) -> Reason:
    with pytest.raises(DeadLetterError) as refused:
        plain(data, key, most=most)
    return refused.value.reason


@pytest.mark.parametrize(("log", "is_read"), [(23, True), (24, False), (27, False)])
def test_a_frame_may_not_ask_for_a_large_window(log: int, is_read: bool) -> None:
    options = zstandard.ZstdCompressionParameters(window_log=log)
    packer = zstandard.ZstdCompressor(compression_params=options).compressobj()  # no size: a whole window
    data = packer.compress(TEXT) + packer.flush()
    assert zstandard.get_frame_parameters(data).window_size == 1 << log
    assert is_read == (1 << log <= MOST_WINDOW)
    if is_read:
        assert plain(data, "a.csv.zst") == TEXT
    else:
        assert refusal(data, "a.csv.zst") is Reason.CORRUPT


def test_a_letter() -> None:
    assert plain(gzip.compress(b"a"), "raw/a.csv.gz") == b"a"


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
@pytest.mark.parametrize("key", ["a.csv", "a.csv.gz", "a.csv.zst", "A.CSV.GZ", "A.CSV.ZST"])
def test_there_and_back(key: str, piece: int) -> None:
    text = TEXT if piece > 7 else TEXT[:5000]
    packed = b"".join(compressed([text[:100], b"", text[100:]], key))
    assert (packed == text) is (key == "a.csv")
    assert plain(packed, key, piece=piece) == text


@pytest.mark.parametrize(("pack", "key"), [(gzip.compress, "a.gz"), (zstandard.compress, "a.zst")])
def test_members_behind_each_other_and_padding(pack: object, key: str) -> None:
    assert callable(pack)
    assert plain(pack(b"a,b\n") + pack(b"1,2\n") + bytes(512), key) == b"a,b\n1,2\n"


@pytest.mark.parametrize(("pack", "key"), [(gzip.compress, "a.gz"), (zstandard.compress, "a.zst")])
def test_what_is_cut_or_spoilt_is_corrupt(pack: object, key: str) -> None:
    assert callable(pack)
    data = pack(TEXT)
    for spoilt in (data[:-1], data[: len(data) // 2], b"a,b\n1,2\n", data + b"more"):
        assert refusal(spoilt, key) is Reason.CORRUPT


def test_a_wrong_checksum_is_corrupt() -> None:
    data = bytearray(gzip.compress(b"a,b\n1,2\n"))
    data[-5] ^= 1
    assert refusal(bytes(data), "a.gz") is Reason.CORRUPT


@pytest.mark.parametrize("key", ["a.csv", "a.csv.gz", "a.csv.zst"])
def test_the_most_bytes(key: str) -> None:
    packed = b"".join(compressed([TEXT], key))
    assert plain(packed, key, most=len(TEXT)) == TEXT
    assert refusal(packed, key, most=len(TEXT) - 1) is Reason.TOO_BIG


@pytest.mark.parametrize("pack", [lambda data: zlib.compress(data, 9, wbits=31), zstandard.compress])
def test_a_bomb_is_refused_early_and_in_little_memory(pack: object) -> None:
    assert callable(pack)
    bomb = pack(bytes(300 << 20))
    key = "a.gz" if bomb.startswith(b"\x1f") else "a.zst"
    assert (300 << 20) / len(bomb) > MAX_RATIO
    tracemalloc.start()
    try:
        assert refusal(bomb, key, most=1 << 40) is Reason.TOO_BIG
        assert tracemalloc.get_traced_memory()[1] < 150 << 20
    finally:
        tracemalloc.stop()


def test_a_short_file_of_equal_rows_is_not_a_bomb() -> None:
    assert plain(zstandard.compress(b"1,2\n" * 200_000), "a.zst") == b"1,2\n" * 200_000
