"""The hourly report of streams in a browser: one file, read from a disk, that asks for nothing.

The smallest example: the page of an hour with 400 events has one chart with a dot for each anomaly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams.report_making import report_of
from anomaly_container.services.streams.report_page import html
from tests.support.stream_results import HOUR
from tests.unit.services.streams.test_report_making import sums_of_an_hour

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.mark.parametrize("events", [400, 20_000])
def test_the_page_opens_without_a_request(browser: Browser, tmp_path: Path, events: int) -> None:
    report = report_of("shop", HOUR, sums_of_an_hour(events), history={})
    file = tmp_path / "report.html"
    file.write_text(html(report), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(file.as_uri())

    assert asked == [file.as_uri()]
    assert page.locator("svg circle.anomaly").count() == len(report.trace["anomalies"]) > 0
    assert page.locator("h1").inner_text() == "shop: 2026-01-08 10:00 UTC"
    chart = page.locator("svg").bounding_box()
    assert chart is not None
    assert chart["width"] > 500
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    context.close()
    assert not wide
