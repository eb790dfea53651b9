"""Tables read character by character, and their cells by Python's own numbers (batches.md 4)."""

from __future__ import annotations

import math
from typing import NamedTuple

GAPS = b" #N/A N/A NA n/a NULL null NaN nan None <NA> #NA -nan -NaN 1.#IND 1.#QNAN -1.#IND -1.#QNAN".split(
    b" "
)
SIGNED_INFINITIES = {sign + word for sign in (b"", b"+", b"-") for word in (b"inf", b"infinity")}


class Row(NamedTuple):
    cells: list[bytes]
    text: bytes
    line: int


class Unclosed(Exception):  # noqa: N818  # a state at the end of the text
    """The text ends inside quotes."""


def rows(text: bytes, separator: int, first_line: int = 1) -> list[Row]:
    """Every row that is not blank."""
    found: list[Row] = []
    at, line = 0, first_line
    while at < len(text):
        start, begins_at_line = at, line
        cells = [b""]
        state = "start"
        while True:
            c = text[at] if at < len(text) else None
            two = text[at : at + 2]
            if state == "quoted":
                if c is None:
                    raise Unclosed
                if two == b'""':
                    cells[-1] += b'"'
                    at += 1
                elif c == ord('"'):
                    state = "plain"
                else:
                    cells[-1] += text[at : at + 1]
                    line += c == 10 or (c == 13 and two != b"\r\n")
            elif c is None or c in b"\r\n":
                break
            elif c == separator:
                cells.append(b"")
                state = "start"
            elif c == ord('"') and state == "start":
                state = "quoted"
            else:
                cells[-1] += text[at : at + 1]
                state = "plain"
            at += 1
        row = text[start:at]
        if any(c == separator or c not in b" \t" for c in row):
            found.append(Row(cells, row, begins_at_line))
        at += 2 if text[at : at + 2] == b"\r\n" else 1
        line += 1
    return found


def number(cell: bytes, *, comma: bool) -> tuple[float, str]:
    """The number in a cell or NaN, and what the cell is."""
    if cell in GAPS or cell == b"#N/A N/A":
        return math.nan, "gap"
    if cell.lower() in SIGNED_INFINITIES:
        return math.nan, "out of range"
    if comma and cell.count(b",") + cell.count(b".") == 1:
        cell = cell.replace(b",", b".")
    if any(c not in b"0123456789+-.eE \t\n\v\f\r" for c in cell):
        return math.nan, "text"
    try:
        value = float(cell)
    except ValueError:
        return math.nan, "text"
    return (value, "number") if abs(value) <= 1e150 else (math.nan, "out of range")
