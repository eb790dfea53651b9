"""The fenced blocks of a page of documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCAL = "http://localhost:5000"
_BLOCK = re.compile(
    r"(?:^<!-- (?P<marker>[^\n]*) -->\n)?^```(?P<language>[a-z]*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes
    ----------
    page
        Path of the page from the root of the repository.
    line
        Where the block begins.
    language
        The word behind the fence, or nothing.
    marker
        The comment on the line before the fence, or nothing: what runs the block, or why nothing does.
    follows
        Whether nothing stands between it and the block before, so that it can show what that one prints.
    text
        What is between the fences.
    """

    page: str
    line: int
    language: str
    marker: str
    follows: bool
    text: str


def pages() -> list[str]:
    """Return every page of documentation."""
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(str(file.relative_to(ROOT)) for file in files)


def read(page: str) -> list[Block]:
    """Return the blocks of a page in their order."""
    text = (ROOT / page).read_text()
    blocks, end = [], 0
    for match in _BLOCK.finditer(text):
        blocks.append(
            Block(
                page,
                line=text.count("\n", 0, match.start("text")),
                language=match["language"],
                marker=match["marker"] or "",
                follows=end > 0 and not text[end : match.start()].strip(),
                text=match["text"],
            )
        )
        end = match.end()
    return blocks
