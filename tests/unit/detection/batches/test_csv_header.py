"""The header says which separator the table has and what its columns are called.

The smallest example: of `a;b,c;d` three cells come by `;` and two by `,`.
"""

from __future__ import annotations

import pytest

from anomaly_container.detection.batches.csv_header import append_header, guess_separator, parse_header
from anomaly_container.detection.batches.csv_rows import Rows


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        (b"a;b,c;d\n", b";"),
        (b"a\tb\n", b"\t"),
        (b"a|b\r\n", b"|"),
        (b'"a;b;c",d\n', b","),
        (b"a,b;c\n", b","),
        (b"a\n", b","),
        (b"\n  \na|b\n", b"|"),
    ],
)
def test_the_separator_gives_the_most_cells(header: bytes, separator: bytes) -> None:
    assert guess_separator(Rows(header, 1, 1)) == separator


def test_names_are_trimmed_and_may_be_empty_or_repeated() -> None:
    header = Rows('\n Wind Speed ,,"a,\nb",Wärme,Wärme\r\n'.encode(), 1, 1)
    assert parse_header(header, b",") == ["Wind Speed", "", "a,\nb", "Wärme", "Wärme"]


def test_the_header_is_copied_as_it_stands() -> None:
    header = Rows(b'\r\n a ,"b ""c"""\r\n', 1, 1)
    assert append_header(header, b",", ["x", 'y"', "z,", "ä"]) == b' a ,"b ""c""",x,"y""","z,",\xc3\xa4\n'
