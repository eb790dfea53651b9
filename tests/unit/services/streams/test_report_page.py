"""The report of an hour as a page of its own.

The smallest example: a page has one chart, no script, and no address of another file.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from anomaly_container.services.streams.report import HourFigures
from anomaly_container.services.streams.report_making import report_of
from anomaly_container.services.streams.report_page import html, section, table
from tests.support.stream_results import HOUR
from tests.unit.services.streams.test_report_making import sums_of_an_hour

VOID = {"meta", "path", "circle"}


class Nesting(HTMLParser):
    """Follows which elements are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("events", [0, 1, 500, 20_000])
def test_a_page_is_whole_small_and_asks_for_nothing(events: int) -> None:
    history = {HOUR - 3600: HourFigures(9, 1, 1 / 9, 5.0)}
    page = html(report_of("shop", HOUR, sums_of_an_hour(events) if events else [], history=history))

    nesting = Nesting()
    nesting.feed(page)
    nesting.close()
    assert nesting.open == []
    assert "svg" in nesting.seen
    assert not {"script", "link", "img", "iframe", "object"} & nesting.seen
    assert not {"src", "href", "style", "onload"} & nesting.attributes
    assert re.findall(r"https?://[^\"]*|url\(|@import", page) == ["http://www.w3.org/2000/svg"]
    assert len(page.encode()) < 300_000
    assert not re.search(r"\b(nan|inf|None)\b", page)


def test_a_page_tells_what_happened() -> None:
    page = html(report_of("shop", HOUR, sums_of_an_hour(500), history={}))

    assert "<h1>shop: 2026-01-08 10:00 UTC</h1>" in page
    assert '<tr><td>Events</td><td class="number">500</td><td>-</td><td>-</td></tr>' in page
    assert "path high (70%), method high (20%)" in page


def test_what_events_say_is_escaped() -> None:
    assert table(("<path>",), [["<script>alert(1)</script>"]]) == (
        "<table><thead><tr><th>&lt;path&gt;</th></tr></thead>"
        "<tbody><tr><td>&lt;script&gt;alert(1)&lt;/script&gt;</td></tr></tbody></table>"
    )


def test_a_section_without_content_is_left_out() -> None:
    assert section("Alarms", "") == ""
