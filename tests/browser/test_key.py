"""The home page of a server whose queries need a key."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from tests.browser.conftest import watched
from tests.browser.test_look import serious_findings
from tests.browser.test_workbench import queries, settle
from tests.system.server import GATE, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

CLIENT_KEY = "key-of-a-client"
STORED = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(f"{CLIENT_KEY}\n")
    with running([*GATE, f"Access:ApiKeys={keys}"]) as server:
        yield server


@pytest.fixture
def context(browser: Browser, closed: Server) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=closed.url)
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def refused(context: BrowserContext) -> Iterator[Page]:
    """The page after its first query, which had no key."""
    with watched(context) as page:
        page.goto("/")
        page.wait_for_selector("html[data-ready]")
        assert page.is_hidden("#key")
        page.click("[data-sample=hourly-requests]")
        page.wait_for_selector("#key-error:visible")
        yield page


def test_it_asks_for_a_key_in_the_service_s_words_and_all_may_read_them(refused: Page) -> None:
    assert refused.text_content("#key-error") == PLATFORM_MESSAGES[401]
    assert refused.evaluate("document.activeElement.id") == "key"
    assert refused.get_attribute("#key", "type") == "password"
    assert not serious_findings(refused)


def test_with_the_key_it_is_answered_and_keeps_it_nowhere(refused: Page) -> None:
    sent = queries(refused)
    refused.fill("#key", f" {CLIENT_KEY} ")
    refused.press("#key", "Enter")
    settle(refused, "entire")
    assert refused.is_hidden("#key-error")
    refused.check("input[value=last]", force=True)
    settle(refused, "last")
    assert [request.headers.get("ocp-apim-subscription-key") for request in sent] == [CLIENT_KEY] * 2
    assert CLIENT_KEY not in refused.evaluate(STORED)
    refused.reload()
    refused.wait_for_selector("html[data-ready]")
    assert refused.input_value("#key") == ""


def test_a_pasted_series_asks_for_the_key_and_leaves_the_focus_where_it_is(context: BrowserContext) -> None:
    with watched(context) as page:
        page.goto("/")
        page.wait_for_selector("html[data-ready]")
        page.focus("#data")
        page.fill("#data", "\n".join(str(hour % 7) for hour in range(48)))
        page.wait_for_selector("#key-error:visible")
        assert page.evaluate("document.activeElement.id") == "data"
        page.fill("#key", CLIENT_KEY)
        page.press("#key", "Enter")
        settle(page, "entire")
        assert page.text_content("#data-note") == "48 points."


@pytest.mark.parametrize("key", ["wrong", "wrong key", "schlüssel"])
def test_another_key_is_refused_beside_its_field(refused: Page, key: str) -> None:
    refused.fill("#key", key)
    refused.click("#run")
    refused.wait_for_selector("#result:not([aria-busy])")
    refused.wait_for_selector("#key-error:visible")
    said = refused.text_content("#key-error") or ""
    assert said == PLATFORM_MESSAGES[401] if key == "wrong" else said.startswith("A key has ")


@pytest.mark.parametrize(("button", "words"), [("curl", ["bash", "-c"]), ("python", [sys.executable, "-c"])])
def test_a_copied_request_reads_the_key_from_a_variable(refused: Page, button: str, words: list[str]) -> None:
    refused.fill("#key", CLIENT_KEY)
    refused.click("#run")
    settle(refused, "entire")
    refused.click(f"#copy-{button}")
    refused.wait_for_function("() => document.querySelector('#done').textContent.includes('done')")
    text = refused.evaluate("navigator.clipboard.readText()")
    assert CLIENT_KEY not in text
    environ = {"PATH": os.environ["PATH"], "ANOMALY_DETECTOR_KEY": CLIENT_KEY}
    done = subprocess.run([*words, text], env=environ, capture_output=True, text=True, check=True)  # noqa: S603  # what the page wrote
    assert '"isAnomaly"' in done.stdout
