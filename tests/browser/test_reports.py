"""Files of the kinds that people have, through the page: right, and as the command line has them.

`02_day_us_dates_newest_first_spike_on_newest.csv` begins with 03/25/2025,400, and ends with a plain 100 of
1 January: its last point is the 25th of March, which is an anomaly.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Page, Response

REPORTS = Path(__file__).resolve().parents[1] / "reports"
OPTIONS = {"sort": "--sort", "noTimes": "--no-times", "valueColumn": "--value-column", "by": "--by"}


@dataclass(frozen=True)
class Case:
    """A file, what is asked about it, and what is right.

    Attributes
    ----------
    found
        How many anomalies or change points each series has, by name.
    step
        As the page says it.
    says
        Words beside the data.
    chosen
        What the page asks for, and what is chosen.
    """

    file: str
    found: Mapping[str | None, int]
    step: str = "every hour"
    operation: str = "entire"
    says: str = "points."
    chosen: Mapping[str, str | bool] = field(default_factory=dict)


CASES = [
    Case("01_kusto_v1.0_entire_no_granularity.json", {None: 1}, "no regular step"),
    Case("01_kusto_v1.0_changepoint_no_granularity.json", {None: 3}, "no regular step", "changepoint"),
    Case(
        "02_day_us_dates_three_days_missing.csv",
        {None: 0},
        "every day: granularity “daily”. 3 points are missing",
    ),
    Case(
        "02_day_us_dates_newest_first_spike_on_newest.csv",
        {None: 1},
        "every day",
        "last",
        "The newest stood first; put in time order.",
    ),
    Case("03_page_newest_first_iso.csv", {None: 1}, "every day", "last", "The newest stood first"),
    Case("04_page_pandas_index_column.csv", {None: 1}),
    Case("04_page_long_table_like_live_demo.csv", {"sensor_1": 0, "sensor_2": 0}),
    Case("05_page_tab_thousands_comma.tsv", {None: 11}, "every day"),
    Case("06_cli_quoted_thousands.csv", {None: 11}, "every day"),
    Case("07_date_and_time_columns.csv", {None: 1}),
    Case("08_page_device_id_before_time.csv", {None: 1}),
    Case("09_cli_rolling_mean_leading_nan.csv", {None: 1}, says="2 rows without a value."),
    Case("10_grafana_excel_sep_line.csv", {None: 1}),
    Case("11_request_with_bom.json", {None: 1}),
    Case("12_epoch_seconds_before_2001.csv", {None: 1}, "every day"),
    Case("12_list_with_null_value.json", {None: 1}, "every hour: granularity “hourly”. 1 point is missing"),
    Case("12_list_with_numbers_as_text.json", {None: 1}),
    Case("12_pandas_to_json_default_epoch_ms.json", {None: 1}),
    Case("12_powerbi_request_pascal.json", {None: 1}),
    Case("13_powerbi_tutorial_us_text_dates.json", {None: 0}, "every day"),
    Case("15_trailing_comma.csv", {None: 1}),
    Case("16_counter_as_timestamp.csv", {None: 1}, "no regular step", chosen={"noTimes": True}),
]
REFUSED = {
    "02_first_time_cell_blank.csv": "Line 2: ",
    "16_counter_as_timestamp.csv": "Line 2: ",
}


def command_line(case: Case) -> list[dict[str, Any]]:
    """The answers of `detect`, one for each series."""
    options = [word for name, value in case.chosen.items() for word in option(name, value)]
    words = ["detect", str(REPORTS / case.file), "--operation", case.operation, "--format", "json", *options]
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "anomaly_container", *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [answer.get("answer", answer) for answer in answers]


def option(name: str, value: str | bool) -> list[str]:
    return [OPTIONS[name]] if value is True else [OPTIONS[name], str(value)]


def count(answer: Mapping[str, Any]) -> int:
    verdicts = answer.get("isAnomaly", answer.get("isChangePoint"))
    return int(verdicts) if isinstance(verdicts, bool) else sum(verdicts or [])


def camel_case(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A request in PascalCase is answered so on the command line; the page asks in camelCase."""
    return {name[0].lower() + name[1:]: value for name, value in answer.items()}


def open_file(page: Page, name: str) -> None:
    with page.expect_response("**/ui/series*"):
        page.set_input_files("#file", REPORTS / name)


def choose(page: Page, name: str, value: str | bool) -> None:
    page.wait_for_selector(f"#{name}-error:not([hidden])")
    with page.expect_response("**/ui/series*"):
        if value is True:
            page.check(f"#{name}")
        else:
            page.select_option(f"#{name}", str(value))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}-{case.operation}")
def test_a_report_is_answered_right_and_as_by_the_command_line(page: Page, case: Case) -> None:
    responses: list[Response] = []
    page.on("response", lambda answer: responses.append(answer) if answer.url.endswith("/detect") else None)
    page.check(f"input[value={case.operation}]", force=True)
    open_file(page, case.file)
    for name, value in case.chosen.items():
        choose(page, name, value)
    page.wait_for_function(
        "says => document.querySelector('#data-note').textContent.includes(says)", arg=case.says
    )
    page.click("#run")
    page.wait_for_selector(f"#shown[data-operation={case.operation}] .uplot")
    page.wait_for_selector("#result:not([aria-busy])")
    answers = [response.json() for response in responses]
    assert [count(answer) for answer in answers] == list(case.found.values())
    assert answers == [camel_case(answer) for answer in command_line(case)]
    if None in case.found:
        assert case.step in (page.text_content("#granularity-note") or "")
        assert page.is_hidden("#series-list")
    else:
        rows = page.locator("#series-list tbody tr").all_inner_texts()
        assert [row.split("\t") for row in rows] == [
            [name, str(len(answer["isAnomaly"])), case.step, str(found)]
            for (name, found), answer in zip(case.found.items(), answers, strict=True)
        ]


@pytest.mark.parametrize("file", REFUSED)
def test_a_report_that_is_refused_is_told_the_line(page: Page, file: str) -> None:
    open_file(page, file)
    page.wait_for_selector(".error:visible")
    assert (page.text_content(".error:visible") or "").startswith(REFUSED[file])


def test_every_report_is_here() -> None:
    assert {path.name for path in REPORTS.glob("[0-9]*.*sv")} | {
        path.name for path in REPORTS.glob("[0-9]*.json")
    } == {case.file for case in CASES} | set(REFUSED)


def test_a_series_of_more_points_than_a_query_takes_is_refused_in_its_words(page: Page) -> None:
    hours = "\n".join(f"{946684800 + 3600 * hour},{hour % 24}" for hour in range(8641))
    page.set_input_files(
        "#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": f"t,v\n{hours}\n".encode()}
    )
    page.wait_for_function(
        "() => document.querySelector('#data-note').textContent.startsWith('8,641 points')"
    )
    page.click("#run")
    page.wait_for_selector("#data-error:visible")
    assert page.text_content("#data-error") == "The 'series' field cannot have more than 8640 points."
