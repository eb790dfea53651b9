from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import watched
from tests.browser.test_look import serious_findings

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

OPERATION = "[id$=-detectEntireSeriesV11]"
# What axe finds in the library's own part of the page; docs/page.md says so.
OF_SWAGGER_UI = {
    "color-contrast",
    "label",
    "nested-interactive",
    "scrollable-region-focusable",
    "select-name",
}


@pytest.mark.parametrize("start", ["/swagger", "/docs/", "/swagger/index.html"])
def test_try_it_out_calls_this_server(context: BrowserContext, start: str) -> None:
    with watched(context) as page:
        page.goto(start)
        page.click(f"{OPERATION} .opblock-summary-control")
        page.wait_for_selector(f"{OPERATION} textarea")
        assert '"series"' in page.input_value(f"{OPERATION} textarea")
        with page.expect_response(lambda response: response.url.endswith("/entire/detect")) as answered:
            page.click(f"{OPERATION} .execute")
        assert answered.value.status == 200
        page.wait_for_selector(f"{OPERATION} .live-responses-table .response-col_status:has-text('200')")


def test_a_request_to_another_host_fails_a_test(context: BrowserContext) -> None:
    def visit() -> None:
        with watched(context) as page:
            page.goto("/status")
            page.evaluate("fetch('http://127.0.0.2:9/').catch(() => null)")

    with pytest.raises(AssertionError, match="other hosts"):
        visit()


def test_what_is_serious_is_known_of_swagger_ui_and_nothing_else_is(context: BrowserContext) -> None:
    with watched(context) as page:
        page.goto("/swagger/index.html")
        page.click(f"{OPERATION} .opblock-summary-control")
        page.wait_for_selector(f"{OPERATION} textarea")
        found = serious_findings(page)
        assert "color-contrast" in {finding.partition(":")[0] for finding in found} <= OF_SWAGGER_UI
        assert not [finding for finding in found if "Home and workbench" in finding]
