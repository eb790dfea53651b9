from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import watched

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

OPERATION = "[id$=-detectEntireSeriesV11]"


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
