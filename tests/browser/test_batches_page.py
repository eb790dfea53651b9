"""The page of batches in Chromium.

The smallest example: of a file with one value far above the others the page shows one flagged row.
"""

from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING, Literal

import pytest
import requests

from anomaly_container.web.errors import MESSAGES
from tests.browser.conftest import watched
from tests.browser.test_look import serious_findings
from tests.system.server import GATE, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

CLIENT_KEY = "key-of-a-client"
SECONDS = 30.0
ROWS = 60
PEAK = 33
# Markup in a name, which the page must show and not read.
NAME = "<img src=x onerror=alert(1)>.csv"
BROKEN = "time,other\n1,x\n"


def table(peak: int | None) -> str:
    """Two channels with a small wave; a row of the first one may be far above it."""
    lines = ["timestamp,oil,water"]
    for row in range(ROWS):
        value = 90 if row == peak else 20 + row * 7 % 10 / 10
        lines.append(f"2026-03-01T00:{row:02}:00,{value},{5 + row * 3 % 10 / 10}")
    return "\n".join(lines) + "\n"


def wait_for(server: Server, path: str, wanted: int, key: str = "") -> None:
    """Wait until a list of the service has a number of entries, all of which are finished."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
        [found] = [
            one
            for one in requests.get(f"{server.url}/{path}", headers=headers, timeout=5).json().values()
            if isinstance(one, list)
        ][:1]
        if len(found) == wanted and all(one.get("state") != "committed" for one in found):
            return
        time.sleep(0.1)
    message = f"{path} has no {wanted} entries after {SECONDS} seconds"
    raise TimeoutError(message)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("store")
    raw = made / "raw"
    raw.mkdir()
    (raw / "a.csv").write_text(table(None))
    return made


@pytest.fixture(scope="module")
def batches(folder: Path) -> Iterator[Server]:
    words = [*GATE, "Service=batches", f"Batches:Url=file://{folder}", "Batches:PollSeconds=1"]
    with running(words) as server:
        wait_for(server, "batches", 1)
        (folder / "raw" / NAME).write_text(table(PEAK))
        (folder / "raw" / "broken.csv").write_text(BROKEN)
        wait_for(server, "batches", 2)
        wait_for(server, "deadletters", 1)
        yield server


@pytest.fixture
def context(browser: Browser, batches: Server) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=batches.url)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The page with the chart of the newest batch."""
    with watched(context) as made:
        made.goto("/")
        made.wait_for_selector("#chart[data-drawn] .uplot")
        yield made


def cells(page: Page, selector: str) -> list[list[str]]:
    """The texts of the cells of a table, row by row."""
    rows = page.query_selector_all(f"{selector} tbody tr")
    return [[cell.inner_text() for cell in row.query_selector_all("th, td")] for row in rows]


def test_it_shows_batches_with_their_strongest_reason_and_reads_no_markup(page: Page) -> None:
    newest, first = cells(page, "#batches")
    assert newest[0] == NAME
    assert newest[2:4] == ["60", "1"]
    assert newest[4].startswith("zscore:oil (")
    assert newest[5] == "published"
    assert (first[0], first[3], first[4]) == ("a.csv", "0", "none")
    assert page.query_selector("main img") is None
    assert page.inner_text("#totals").startswith("2 files, 120 rows, 1 row flagged (0.83 %)")


def test_the_chart_has_the_band_and_the_mark(page: Page) -> None:
    assert page.inner_text("#name") == f"raw/{NAME}"
    assert page.eval_on_selector("#channel", "select => select.value") == "oil"
    assert "1 value of 60 flagged" in (page.get_attribute("#chart", "aria-label") or "")
    page.focus("#chart")
    for _ in range(PEAK + 1):
        page.press("#chart", "ArrowRight")
    page.wait_for_function("() => document.querySelector('#announcement').textContent.includes('90')")
    said = page.inner_text("#announcement")
    assert "2026-03-01 00:33" in said
    assert "Band" in said
    assert "above" in said


def test_another_channel_and_another_batch(page: Page) -> None:
    page.select_option("#channel", "water")
    page.wait_for_selector("#chart[data-drawn=water]")
    assert "1 value of 60 flagged" in (page.get_attribute("#chart", "aria-label") or "")
    page.focus("#batches button >> nth=1")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#name').textContent === 'raw/a.csv'")
    assert page.get_attribute("#batches button >> nth=1", "aria-current") == "true"
    assert page.evaluate("document.activeElement.textContent") == "a.csv"


def test_the_baseline_says_how_mature_each_channel_is(page: Page) -> None:
    rows = cells(page, "#channels")
    assert [row[0] for row in rows] == ["oil", "water"]
    assert [row[1] for row in rows] == ["120", "120"]
    assert [row[4] for row in rows] == ["mature", "mature"]
    assert page.eval_on_selector("#channels progress", "bar => [bar.value, bar.max]") == [30, 30]


def test_a_new_batch_appears_by_itself_and_the_focus_stays(page: Page, folder: Path, batches: Server) -> None:
    page.focus("#batches button >> nth=1")
    (folder / "raw" / "later.csv").write_text(table(None))
    wait_for(batches, "batches", 3)
    page.wait_for_function("() => document.querySelectorAll('#batches tbody tr').length === 3")
    assert cells(page, "#batches")[0][0] == "later.csv"
    assert page.evaluate("document.activeElement.textContent") == "a.csv"
    assert page.inner_text("#name") == f"raw/{NAME}"


def test_a_dead_letter_is_tried_again(page: Page, folder: Path) -> None:
    [letter] = cells(page, "#dead-letters")
    assert letter[0] == "raw/broken.csv"
    assert letter[2].startswith("no_columns: ")
    page.click("#dead-letters button")
    page.wait_for_function("() => document.querySelector('#done').textContent !== ''")
    assert page.inner_text("#done") == "raw/broken.csv is tried again."
    # It fails again, with a later time, and the button is as before.
    page.wait_for_function(
        "(before) => document.querySelector('#dead-letters td').textContent !== before"
        " && document.querySelector('#dead-letters button').textContent === 'Retry'",
        arg=letter[1],
    )
    (folder / "raw" / "broken.csv").write_text(table(None))
    page.wait_for_selector("#no-dead-letters:visible")
    assert cells(page, "#batches")[0][0] == "broken.csv"


@pytest.mark.parametrize("theme_and_width", [*product(("light", "dark"), (1280, 390))])
def test_nothing_is_clipped_and_nothing_is_out_of_reach(
    browser: Browser,
    batches: Server,
    folder: Path,
    pictures: Path,
    theme_and_width: tuple[Literal["light", "dark"], int],
) -> None:
    theme, width = theme_and_width
    (folder / "raw" / "empty.csv").write_text("")
    wait_for(batches, "deadletters", 1)
    context = browser.new_context(
        base_url=batches.url, viewport={"width": width, "height": 900}, color_scheme=theme
    )
    with watched(context) as page:
        page.goto("/")
        page.wait_for_selector("#chart[data-drawn] .uplot")
        page.click("#batches button >> text=img")
        page.wait_for_function("() => document.querySelector('#name').textContent.includes('img')")
        page.wait_for_selector("#chart[data-drawn=oil]")
        page.screenshot(path=pictures / f"batches-{width}-{theme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not serious_findings(page)
    context.close()


def test_the_page_itself_holds_no_data(batches: Server) -> None:
    text = requests.get(batches.url, timeout=5).text
    assert not {"a.csv", "oil", "water"} & set(text.replace("<", " ").replace(">", " ").split())


def test_with_keys_it_asks_for_one_and_keeps_it_nowhere(browser: Browser, tmp_path: Path) -> None:
    keys, store = tmp_path / "keys", tmp_path / "store"
    keys.write_text(f"{CLIENT_KEY}\n")
    (store / "raw").mkdir(parents=True)
    (store / "raw" / "a.csv").write_text(table(PEAK))
    words = [*GATE, "Service=batches", f"Batches:Url=file://{store}", f"Access:ApiKeys={keys}"]
    with running(words) as server:
        wait_for(server, "batches", 1, CLIENT_KEY)
        context = browser.new_context(base_url=server.url)
        with watched(context) as page:
            page.goto("/")
            page.wait_for_selector("#key-error:visible")
            assert page.inner_text("#key-error") == MESSAGES[401]
            assert page.evaluate("document.activeElement.id") == "key"
            page.fill("#key", "wrong")
            page.press("#key", "Enter")
            page.wait_for_function("() => !document.querySelector('#key-error').hidden")
            page.fill("#key", f" {CLIENT_KEY} ")
            page.press("#key", "Enter")
            page.wait_for_selector("#chart[data-drawn] .uplot")
            assert page.is_hidden("#access")
            stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
            assert CLIENT_KEY not in page.evaluate(stored)
        context.close()


def test_the_partitions_of_a_store_can_be_chosen(browser: Browser, tmp_path: Path) -> None:
    for name, peak in {"pump": None, "fan": PEAK}.items():
        (tmp_path / "raw" / name).mkdir(parents=True)
        (tmp_path / "raw" / name / "a.csv").write_text(table(peak))
    words = [*GATE, "Service=batches", f"Batches:Url=file://{tmp_path}", "Batches:Partition=device"]
    with running(words) as server:
        wait_for(server, "batches", 2)
        context = browser.new_context(base_url=server.url)
        with watched(context) as page:
            page.goto("/")
            page.wait_for_selector("#divided:not([hidden])")
            assert page.inner_text("label[for=partition]") == "device"
            assert len(cells(page, "#batches")) == 2
            channels = [row[0] for row in cells(page, "#channels")]
            assert channels == ["fan/oil", "fan/water", "pump/oil", "pump/water"]
            page.select_option("#partition", "pump")
            page.wait_for_function("() => document.querySelectorAll('#batches tbody tr').length === 1")
            assert cells(page, "#batches")[0][0] == "pump/a.csv"
            assert [row[0] for row in cells(page, "#channels")] == ["oil", "water"]
        context.close()
