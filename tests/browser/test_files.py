"""Files that leave something open, and files of several series.

`TWO` has a point every hour of `pump` and of `fan`; the 30th of `fan` is 500 where the others are about 20.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.conftest import watched
from tests.browser.test_look import serious_findings
from tests.browser.test_workbench import queries

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Request, Route

    from tests.system.server import Server

HOURS = [f"2026-03-{1 + hour // 24:02d} {hour % 24:02d}:00" for hour in range(48)]
PUMP = [100 + hour % 7 for hour in range(48)]
FAN = [500 if hour == 30 else 20 + hour % 3 for hour in range(48)]
TWO = "when,machine,load\n" + "\n".join(
    f"{hour},pump,{pump}\n{hour},fan,{fan}" for hour, pump, fan in zip(HOURS, PUMP, FAN, strict=True)
)
WIDE = "when,pump,fan\n" + "\n".join(
    f"{hour},{pump},{fan}" for hour, pump, fan in zip(HOURS, PUMP, FAN, strict=True)
)
DAYS = "day,visits\n" + "\n".join(f"1/{month}/2026,{month}" for month in range(1, 13))


def read(page: Page, text: str) -> None:
    with page.expect_response("**/ui/series*"):
        page.fill("#data", text)


def note(page: Page, begins: str) -> None:
    page.wait_for_function(
        "begins => document.querySelector('#data-note').textContent.startsWith(begins)", arg=begins
    )


def detect(page: Page) -> None:
    """Ask about what was read: the result is busy as soon as the button is pressed."""
    page.click("#run")
    page.wait_for_selector("#result:not([aria-busy])")


def said(sent: list[Request], name: str) -> list[object]:
    """What each query says in a field."""
    return [json.loads(request.post_data or "")[name] for request in sent]


def rows(page: Page) -> list[list[str]]:
    return [row.split("\t") for row in page.locator("#series-list tbody tr").all_inner_texts()]


def ask_about_two(page: Page) -> None:
    read(page, TWO)
    note(page, "2 series, 96 points.")
    page.click("#run")
    page.wait_for_selector("#series-list caption:has-text('2 series: 1 anomaly')")
    page.wait_for_selector("#result:not([aria-busy])")


def test_several_series_are_a_list_and_a_name_shows_its_series(page: Page) -> None:
    sent = queries(page)
    ask_about_two(page)
    assert rows(page) == [["pump", "48", "every hour", "0"], ["fan", "48", "every hour", "1"]]
    assert len(sent) == 2
    assert (page.text_content("#summary") or "").startswith("pump: No anomaly")
    page.click("#series-list button:text-is('fan')")
    assert (page.text_content("#summary") or "").startswith("fan: 1 anomaly")
    assert page.locator("#series-list tr[aria-current=true]").inner_text().startswith("fan")
    assert page.text_content("#found tbody button") == "2026-03-02 06:00"
    assert len(sent) == 2


def test_the_keyboard_reaches_every_series(page: Page) -> None:
    ask_about_two(page)
    page.focus("#series-list button:text-is('pump')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert (page.text_content("#summary") or "").startswith("fan: ")


def test_one_download_has_all_series_and_times_as_they_came_in(page: Page) -> None:
    ask_about_two(page)
    assert page.text_content("#save-csv") == "CSV of all"
    with page.expect_download() as waiting:
        page.click("#save-csv")
    table = list(csv.DictReader(io.StringIO(waiting.value.path().read_text())))
    assert [(row["series"], row["timestamp"], float(row["value"])) for row in table] == [
        *[("pump", hour, float(value)) for hour, value in zip(HOURS, PUMP, strict=True)],
        *[("fan", hour, float(value)) for hour, value in zip(HOURS, FAN, strict=True)],
    ]
    assert [(row["series"], row["timestamp"]) for row in table if row["isAnomaly"] == "true"] == [
        ("fan", HOURS[30])
    ]


def test_of_several_series_an_option_asks_only_when_the_user_says_so(page: Page) -> None:
    ask_about_two(page)
    sent = queries(page)
    page.fill("#sensitivity", "50")
    page.wait_for_timeout(600)  # three times the pause after which a slider would ask
    assert not sent
    detect(page)
    assert said(sent, "sensitivity") == [50, 50]


def test_each_series_keeps_its_own_step_or_all_have_one(page: Page) -> None:
    days = "\n".join(f"2026-01-{day:02d},daily,{day % 7}" for day in range(1, 29))
    read(page, f"{TWO}\n{days}")
    note(page, "3 series")
    assert page.input_value("#granularity") == "own"
    assert page.is_hidden("#customInterval")
    sent = queries(page)
    detect(page)
    assert said(sent, "granularity") == ["hourly", "hourly", "daily"]
    assert [row[2] for row in rows(page)] == ["every hour", "every hour", "every day"]
    page.select_option("#granularity", "none")
    assert page.is_visible("#customInterval")
    detect(page)
    assert said(sent[3:], "granularity") == ["none"] * 3


def test_a_series_that_is_refused_leaves_the_others_alone(page: Page) -> None:
    short = "\n".join(f"2026-01-{day:02d},short,{day}" for day in range(1, 6))
    read(page, f"{TWO}\n{short}")
    note(page, "3 series")
    page.click("#run")
    page.wait_for_selector("#series-list caption:has-text('3 series: 1 anomaly, 1 refused')")
    words = "The 'series' field must have at least 12 points."
    assert rows(page)[2] == ["short", "5", "every day", words]
    page.click("#series-list button:text-is('short')")
    assert page.text_content("#run-error") == f"short: {words}"
    page.click("#series-list button:text-is('fan')")
    assert page.is_hidden("#run-error")


def test_of_several_columns_the_page_asks_for_one_or_takes_all(page: Page) -> None:
    sent = queries(page)
    read(page, WIDE)
    page.wait_for_selector("#valueColumn-error:visible")
    assert page.locator("#valueColumn option").all_inner_texts() == [
        *("choose …", "pump", "fan", "all of them, a series each")
    ]
    assert "--" not in (page.text_content("#valueColumn-error") or "")
    page.click("#run")
    page.wait_for_function("() => document.activeElement.id === 'valueColumn'")
    assert not sent
    page.select_option("#valueColumn", "fan")
    note(page, "48 points.")
    assert page.is_hidden("#valueColumn-error")
    page.select_option("#valueColumn", "all")
    note(page, "2 series, 96 points.")
    detect(page)
    assert [row[0] for row in rows(page)] == ["pump", "fan"]
    read(page, TWO)
    note(page, "2 series")
    assert page.is_hidden("#reading")


def test_a_column_may_be_said_to_name_the_series(page: Page) -> None:
    numbered = TWO.replace("pump", "1").replace("fan", "2")
    read(page, numbered)
    page.wait_for_selector("#by-error:visible")
    assert page.locator("#by-choices option").count() >= 1
    page.fill("#by", "machine")
    page.press("#by", "Tab")
    note(page, "2 series, 96 points.")


def test_the_order_of_dates_is_asked_for_where_the_file_leaves_it_open(page: Page) -> None:
    read(page, DAYS)
    page.wait_for_selector("#dateOrder-error:visible")
    page.select_option("#dateOrder", label="day first, as 31/12")
    note(page, "12 points.")
    assert "every month" in (page.text_content("#granularity-note") or "")
    page.select_option("#dateOrder", label="month first, as 12/31")
    page.wait_for_function(
        "() => document.querySelector('#granularity-note').textContent.includes('every day')"
    )


def test_points_out_of_order_are_sorted_once_that_is_wanted(page: Page) -> None:
    lines = WIDE.splitlines()
    first, second, *others = [line.rpartition(",")[0] for line in lines[1:]]
    read(page, "\n".join(["when,pump", second, first, others[1], others[0], *others[2:]]))
    page.wait_for_selector("#sort-error:visible")
    assert (page.text_content("#sort-error") or "").startswith("Line 3: ")
    page.check("#sort")
    note(page, "48 points. Put in time order.")


def test_points_without_times_are_drawn_by_their_number(page: Page) -> None:
    read(page, "\n".join(map(str, FAN)))
    note(page, "48 points.")
    detect(page)
    assert page.text_content("#found thead th") == "Point"
    assert page.text_content("#found tbody button") == "31"
    assert page.is_hidden("#times-note")
    page.click("#found tbody button")
    page.wait_for_selector(".tooltip:not([hidden])")
    assert page.inner_text(".tooltip").startswith("Point 31")


def test_a_short_wait_is_waited_for(page: Page) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            error = {"error": {"code": "429", "message": "Too many requests are waiting."}}
            route.fulfill(status=429, headers={"Retry-After": "1"}, json=error)

    page.route("**/ui/series*", refuse_once)
    page.fill("#data", TWO)
    note(page, "2 series")
    assert len(refused) == 1


def test_a_file_is_sent_as_it_is(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_bytes(TWO.encode("utf-16"))
    page.set_input_files("#file", path)
    note(page, "2 series, 96 points.")
    assert page.input_value("#data") == ""
    read(page, WIDE)
    page.wait_for_selector("#valueColumn-error:visible")


def test_a_packed_file_is_unpacked_by_the_server(page: Page) -> None:
    packed = gzip.compress(TWO.encode())
    page.set_input_files("#file", {"name": "a.csv.gz", "mimeType": "application/gzip", "buffer": packed})
    note(page, "2 series, 96 points.")
    read(page, "\n".join(map(str, FAN)))
    note(page, "48 points.")


def test_what_a_request_says_and_a_field_does_not_take_is_said_there(page: Page) -> None:
    points = [{"timestamp": hour, "value": value} for hour, value in zip(HOURS, FAN, strict=True)]
    read(page, json.dumps({"granularity": "Hourly", "sensitivity": 80, "series": points}))
    page.wait_for_selector("#granularity-error:visible")
    assert page.input_value("#sensitivity") == "80"
    sent = queries(page)
    page.click("#run")
    page.wait_for_selector("#granularity-error:text-is('Choose one of these.')")
    assert not sent
    page.select_option("#granularity", "hourly")
    detect(page)
    assert said(sent, "granularity") == ["hourly"]


def test_a_file_of_more_bytes_than_a_body_is_refused_in_words(page: Page) -> None:
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": b"1\n" * 2_000_000})
    page.wait_for_selector("#data-error:visible")
    assert page.text_content("#data-error") == "The request body is too large."


def test_what_is_typed_meanwhile_counts(page: Page) -> None:
    for text in (WIDE, DAYS, TWO):
        page.fill("#data", text)
        page.wait_for_timeout(260)  # the pause after which it is read
    note(page, "2 series, 96 points.")
    assert page.is_hidden("#reading")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_of_it_is_clipped_or_out_of_reach(
    browser: Browser, server: Server, pictures: Path, width: int, theme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": 900}, color_scheme=theme
    )
    with watched(context) as page:
        page.goto("/")
        page.wait_for_selector("html[data-ready]")
        ask_about_two(page)
        page.screenshot(path=pictures / f"several-{width}-{theme}.png", full_page=True)
        assert not serious_findings(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for text, asked in ((WIDE, "valueColumn"), (DAYS, "dateOrder"), (TWO.replace("pump", "1"), "by")):
            read(page, text.replace("fan,", "2,") if asked == "by" else text)
            page.wait_for_selector(f"#{asked}-error:visible")
            page.screenshot(path=pictures / f"{asked}-{width}-{theme}.png", full_page=True)
            assert not serious_findings(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
