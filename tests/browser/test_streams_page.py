"""The live page of streams in Chromium.

The smallest example: an event with fifty times the usual response time is in the table, with its reason.
"""

from __future__ import annotations

import json
import time
from itertools import product
from typing import TYPE_CHECKING, Literal

import pytest
import requests

from anomaly_container.web.errors import MESSAGES
from tests.browser.conftest import watched
from tests.browser.test_look import serious_findings
from tests.system.server import GATE, Server, running
from tests.system.streams.processes import sample_lines, trained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

CLIENT_KEY = "key-of-a-client"
SECONDS = 30.0
BEGIN = 1_768_400_000
# Markup in a path, which the page must show and not read.
PATH = "/<img src=x onerror=alert(1)>"


def line(place: int, response_time: float | None, path: str = "/api/items") -> bytes:
    """An event of the stream; without a response time the field is missing."""
    event = {"timestamp": BEGIN + 5 * place, "level": "INFO", "method": "GET", "path": path}
    return json.dumps(event if response_time is None else {**event, "response_time": response_time}).encode()


def words_of(folder: Path) -> list[str]:
    """Return the words that start the service on a file of a folder."""
    trained(sample_lines()[:16_000]).save(folder / "model")
    source = folder / "web.log"
    lines = [*(line(place, 60 + place % 7) for place in range(60)), line(60, 9000, PATH)]
    source.write_bytes(b"".join(one + b"\n" for one in lines))
    return [
        *GATE,
        "Service=streams",
        "Streams:Name=shop",
        f"Streams:Source={source}",
        f"Streams:Model={folder / 'model'}",
        f"Streams:StateDirectory={folder / 'state'}",
    ]


def wait_for(server: Server, results: int, key: str = "") -> None:
    """Wait until so many results are on the chart."""
    headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        state = requests.get(f"{server.url}/streams/v1/state", headers=headers, timeout=5).json()
        if len(state["results"]) >= results:
            return
        time.sleep(0.1)
    message = f"there are no {results} results after {SECONDS} seconds"
    raise TimeoutError(message)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stream")


@pytest.fixture(scope="module")
def stream(folder: Path) -> Iterator[Server]:
    with running(words_of(folder)) as server:
        wait_for(server, 61)
        yield server


@pytest.fixture
def context(browser: Browser, stream: Server) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=stream.url)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The page with its chart."""
    with watched(context) as made:
        made.goto("/")
        made.wait_for_selector("#chart[data-drawn] .uplot")
        yield made


def cells(page: Page, selector: str) -> list[list[str]]:
    """The texts of the cells of a table, row by row."""
    rows = page.query_selector_all(f"{selector} tbody tr")
    return [[cell.inner_text() for cell in row.query_selector_all("th, td")] for row in rows]


def test_it_shows_the_anomaly_with_its_reasons_and_reads_no_markup(page: Page) -> None:
    newest = cells(page, "#anomalies")[0]
    assert newest[0] == "2026-01-14 14:18:20"
    assert float(newest[1]) > float(newest[2]) > 1
    assert "response_time high (" in newest[3]
    assert ": 9,000, usually " in newest[3]
    assert newest[4] == "web.log-61"
    assert page.query_selector("main img") is None
    assert page.inner_text("#name") == page.title() == "Stream shop"


def test_it_shows_alarms_lag_features_and_sinks(page: Page) -> None:
    assert ["anomalies", "ok"] in cells(page, "#alarms")
    assert page.inner_text("#lag") == "0 bytes waiting"
    assert cells(page, "#partitions") == [["web.log", "0", "2026-01-14 14:18:20"]]
    features = cells(page, "#features")
    assert [row[0] for row in features][:4] == ["response_time", "log_level", "method", "path"]
    assert features[0][1:] == ["0.00 %", "0.00 %"]
    assert cells(page, "#sinks") == [["parking", "0", "works"]]
    assert page.inner_text("#drift").endswith("deviations from the training")


def test_the_keyboard_goes_from_point_to_point(page: Page) -> None:
    assert "1 of them above" in (page.get_attribute("#chart", "aria-label") or "")
    page.focus("#chart")
    page.press("#chart", "ArrowLeft")
    said = "(word) => document.querySelector('#announcement').textContent.includes(word)"
    page.wait_for_function(said, arg="high outlier")
    page.press("#chart", "ArrowLeft")
    page.wait_for_function(said, arg="normal")
    assert "UTC, score " in page.inner_text("#announcement")


@pytest.mark.parametrize("theme_and_width", [*product(("light", "dark"), (1280, 390))])
def test_nothing_is_clipped_and_nothing_is_out_of_reach(
    browser: Browser,
    stream: Server,
    pictures: Path,
    theme_and_width: tuple[Literal["light", "dark"], int],
) -> None:
    theme, width = theme_and_width
    context = browser.new_context(
        base_url=stream.url, viewport={"width": width, "height": 900}, color_scheme=theme
    )
    with watched(context) as page:
        page.goto("/")
        page.wait_for_selector("#chart[data-drawn] .uplot")
        page.screenshot(path=pictures / f"streams-{width}-{theme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not serious_findings(page)
    context.close()


def test_the_page_itself_holds_no_data(stream: Server) -> None:
    text = requests.get(stream.url, timeout=5).text
    assert "shop" not in text
    assert "web.log" not in text


def test_a_feature_that_goes_missing_and_an_alarm_appear_by_themselves(page: Page, folder: Path) -> None:
    with (folder / "web.log").open("ab") as log:
        log.write(b"".join(line(100 + place, None) + b"\n" for place in range(1000)))
        log.write(b"".join(line(1100 + place, 9000, PATH) + b"\n" for place in range(10)))
    page.wait_for_selector("#changed:visible")
    assert page.inner_text("#changed") == "Most of the last events lack response_time."
    assert page.inner_text("tr.changed th") == "response_time"
    page.wait_for_selector("td[data-alarm=ALARM]")
    assert ["anomalies", "alarm"] in cells(page, "#alarms")
    assert page.get_attribute("#chart", "data-drawn") == "400"


def test_with_keys_it_asks_for_one_and_keeps_it_nowhere(browser: Browser, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{CLIENT_KEY}\n")
    with running([*words_of(tmp_path), f"Access:ApiKeys={keys}"]) as server:
        wait_for(server, 61, CLIENT_KEY)
        context = browser.new_context(base_url=server.url)
        with watched(context) as page:
            page.goto("/")
            page.wait_for_selector("#key-error:visible")
            assert page.inner_text("#key-error") == MESSAGES[401]
            assert page.evaluate("document.activeElement.id") == "key"
            page.fill("#key", f" {CLIENT_KEY} ")
            page.press("#key", "Enter")
            page.wait_for_selector("#chart[data-drawn] .uplot")
            assert page.is_hidden("#access")
            assert page.is_hidden("#reports")
            stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
            assert CLIENT_KEY not in page.evaluate(stored)
        context.close()
