"""Encodings of tables.

The smallest example: the bytes FF FE 61 00 are the letter a in UTF-16.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.decoding import Decoder

TEXT = "a,ü,表,😀\n1,2,3,4\n"


def decoded(data: bytes, *, strict: bool = False, piece: int = 1 << 20) -> tuple[str, str]:
    decoder = Decoder(is_strict=strict)
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]
    return b"".join(decoder.decode(pieces)).decode(), decoder.encoding


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xff\xfea\0", "utf-16-le"),
        (TEXT.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"a", "utf-8"),
    ],
)
def test_a_byte_order_mark_decides(data: bytes, encoding: str, strict: bool, piece: int) -> None:
    text, found = decoded(data, strict=strict, piece=piece)
    expected = {b"\xff\xfea\0": "a", b"": "", b"\xef\xbb\xbf": "", b"a": "a"}.get(data, TEXT)
    assert (text, found) == (expected, encoding)


@pytest.mark.parametrize("piece", [1, 3, 1000])
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9,1\n", "café,1\n"),
        ("ü".encode() + b",\x80\n", "ü,€\n"),
        (b"a,b\n\xe2\x82", "a,b\n\xe2\u201a"),
        (b"\x81", "\ufffd"),
        (b"\xef\xbb\xbfa\xe9", "aé"),
    ],
)
def test_what_is_not_utf_8_is_windows_1252_from_there_on(data: bytes, text: str, piece: int) -> None:
    assert decoded(data, piece=piece) == (text, "windows-1252")
    with pytest.raises(DeadLetterError) as refused:
        decoded(data, strict=True, piece=piece)
    assert refused.value.reason is Reason.BAD_ENCODING


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xff\xfe\x00\xd8", b"\xff\xfe\x00\xdca\0", b"\xfe\xff\xd8"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_mark_that_does_not_belong_to_the_bytes(data: bytes, strict: bool) -> None:
    with pytest.raises(DeadLetterError) as refused:
        decoded(data, strict=strict)
    assert refused.value.reason is Reason.BAD_ENCODING
