from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.payloads import daily_body

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page, Request

PNG = b"\x89PNG\r\n\x1a\n"
SAMPLES = {
    "hourly-requests": ("entire", 5, "hourly", "1"),
    "daily-revenue": ("entire", 2, "daily", "1"),
    "five-minute-sensor": ("last", 1, "minutely", "5"),
    "weekly-signups": ("changepoint", 2, "weekly", "1"),
}


def queries(page: Page) -> list[Request]:
    """The queries, which are metered, that the page sends from now on."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/detect") else None)
    return sent


def settle(page: Page, operation: str) -> None:
    page.wait_for_selector(f"#shown[data-operation={operation}] .uplot")
    page.wait_for_selector("#result:not([aria-busy])")


def choose(page: Page, sample: str) -> None:
    page.click(f"[data-sample={sample}]")
    settle(page, SAMPLES[sample][0])


def paste(page: Page, text: str) -> None:
    page.fill("#data", text)
    page.wait_for_function("() => document.querySelector('#data-note').textContent !== ''")


def slide(page: Page, name: str, value: str) -> None:
    page.eval_on_selector(
        f"#{name}",
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})) }",
        value,
    )


def csv(count: int, separator: str = ",", step: str = "2026-03-{:02d}") -> str:
    values = json.loads(daily_body(count))["series"]
    return "\n".join(f"{step.format(day + 1)}{separator}{point['value']}" for day, point in enumerate(values))


def test_the_state_of_the_container_is_shown(page: Page) -> None:
    page.wait_for_selector("#state[data-state=ready]")
    assert (page.text_content("#state") or "").startswith("Ready · ")


def test_nothing_is_asked_before_the_user_does(page: Page) -> None:
    sent = queries(page)
    paste(page, csv(24))
    slide(page, "sensitivity", "50")
    page.wait_for_timeout(600)  # three times the pause after which a slider would ask
    assert not sent
    page.click("#run")
    settle(page, "entire")
    assert len(sent) == 1


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_answered_at_once(page: Page, sample: str) -> None:
    operation, found, granularity, interval = SAMPLES[sample]
    sent = queries(page)
    choose(page, sample)
    assert len(sent) == 1
    assert sent[0].url.endswith(f"/anomalydetector/v1.1/timeseries/{operation}/detect")
    assert page.input_value("#granularity") == granularity
    assert page.input_value("#customInterval") == interval
    assert page.locator("#found tbody tr").count() == found


def test_the_sliders_are_those_of_the_operation(page: Page) -> None:
    for operation, has, lacks in (
        ("entire", "sensitivity", "threshold"),
        ("last", "maxAnomalyRatio", "threshold"),
        ("changepoint", "threshold", "sensitivity"),
    ):
        page.check(f"input[value={operation}]", force=True)
        assert page.is_visible(f"#{has}")
        assert page.is_hidden(f"#{lacks}")


def test_a_slider_redraws_by_one_query_when_it_rests(page: Page) -> None:
    choose(page, "hourly-requests")
    sent = queries(page)
    with page.expect_response("**/detect"):
        for value in ("60", "40", "20", "0"):
            slide(page, "sensitivity", value)
    page.wait_for_selector("#result:not([aria-busy])")
    assert [json.loads(request.post_data or "")["sensitivity"] for request in sent] == [0]
    assert page.text_content("output[for=sensitivity]") == "0"
    assert page.locator("#found tbody tr").count() < SAMPLES["hourly-requests"][1]
    with page.expect_response("**/detect"):
        slide(page, "maxAnomalyRatio", "0.01")
    assert json.loads(sent[-1].post_data or "")["maxAnomalyRatio"] == 0.01


def test_a_dropped_file_is_read(page: Page) -> None:
    page.evaluate(
        """(text) => {
            const data = new DataTransfer();
            data.items.add(new File([text], "series.csv"));
            const drop = new DragEvent("drop", {dataTransfer: data, cancelable: true});
            document.querySelector("#drop").dispatchEvent(drop);
        }""",
        csv(24, ";"),
    )
    page.wait_for_function("() => document.querySelector('#data-note').textContent.startsWith('24 points')")
    assert "every day: granularity “daily”" in (page.text_content("#granularity-note") or "")


def test_an_opened_file_is_read(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "series.json"
    path.write_bytes(daily_body(30))
    page.set_input_files("#file", path)
    page.wait_for_function("() => document.querySelector('#data-note').textContent.startsWith('30 points')")


def test_the_guess_is_said(page: Page) -> None:
    paste(page, csv(12, ",", "2026-03-01 08:{:02d}"))
    assert page.text_content("#granularity-note") == "A point every minute: granularity “minutely”."


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("time,value\n2026-03-01,1\n2026-03-02,x\n2026-03-03,3", "data", "Line 3: the value is not a number"),
        (csv(11), "data", "The 'series' field must have at least 12 points."),
        ("", "data", "Paste a series, drop a file, or choose a sample."),
    ],
)
def test_what_is_wrong_with_the_series_is_said_beside_it(
    page: Page, text: str, field: str, words: str
) -> None:
    page.fill("#data", text)
    page.click("#run")
    page.wait_for_selector(f"#{field}-error:not([hidden])")
    assert page.text_content(f"#{field}-error") == words
    assert page.get_attribute(f"#{field}", "aria-invalid") == "true"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("period", "-1", "The 'period' field must be an integer >= 0."),
        ("customInterval", "0", "The 'customInterval' field must be an integer > 0."),
        ("period", "20", "The 'series' field must have more than 2 periods points"),
    ],
)
def test_an_error_of_the_api_is_said_beside_its_field(page: Page, name: str, value: str, words: str) -> None:
    paste(page, csv(24))
    page.click("summary")
    page.fill(f"#{name}", value)
    page.click("#run")
    page.wait_for_selector(f"#{name}-error:not([hidden])")
    assert page.text_content(f"#{name}-error") == words
    page.fill(f"#{name}", "1")
    page.click("#run")
    settle(page, "entire")
    assert page.is_hidden(f"#{name}-error")


def test_a_point_off_the_grid_is_named(page: Page) -> None:
    paste(page, csv(24))
    page.select_option("#granularity", "weekly")
    page.click("#run")
    page.wait_for_selector("#granularity-error:not([hidden])")
    assert "That is point 2, 2026-03-02T00:00:00Z." in (page.text_content("#granularity-error") or "")


def test_a_refusal_is_said_beside_the_button(page: Page) -> None:
    error = {"error": {"code": "429", "message": "Too many requests are waiting."}}
    page.route("**/detect", lambda route: route.fulfill(status=429, headers={"Retry-After": "7"}, json=error))
    page.click("[data-sample=daily-revenue]")
    page.wait_for_selector("#run-error:not([hidden])")
    assert page.text_content("#run-error") == "Too many requests are waiting. Try again in 7 s."


def canvas(page: Page) -> str:
    return str(page.evaluate("document.querySelector('#chart canvas').toDataURL()"))


def test_zoom_by_buttons_keys_and_mouse(page: Page) -> None:
    choose(page, "hourly-requests")
    whole = canvas(page)
    acts: list[Callable[[], None]] = [
        lambda: page.click("#zoom-in"),
        lambda: page.press("#chart", "+"),
        lambda: page.locator(".u-over").drag_to(
            page.locator(".u-over"), source_position={"x": 100, "y": 60}, target_position={"x": 220, "y": 60}
        ),
    ]
    for act in acts:
        act()
        page.wait_for_function(
            "whole => document.querySelector('#chart canvas').toDataURL() !== whole", arg=whole
        )
        page.press("#chart", "Escape")
        page.click("#zoom-reset")
        page.wait_for_function(
            "whole => document.querySelector('#chart canvas').toDataURL() === whole", arg=whole
        )


def test_mouse_and_keyboard_tell_about_a_point(page: Page) -> None:
    choose(page, "daily-revenue")
    page.hover(".u-over", position={"x": 200, "y": 80})
    page.wait_for_selector(".tooltip:not([hidden])")
    assert {"Value", "Expected", "Band"} <= set(page.inner_text(".tooltip").split())
    page.press("#chart", "Escape")
    page.press("#chart", "ArrowRight")
    assert "2026-03-02 UTC" in (page.text_content("#announcement") or "")


def test_a_row_of_the_table_shows_its_point(page: Page) -> None:
    choose(page, "daily-revenue")
    page.click("#found tbody button >> nth=0")
    page.wait_for_selector(".tooltip:not([hidden])")
    assert "Anomaly above" in page.inner_text(".tooltip")


def test_a_gap_is_a_gap(page: Page) -> None:
    choose(page, "hourly-requests")
    data = page.evaluate(
        """async () => {
            const { columns } = await import("./ui/chart.js");
            const flat = { value: 1, expected: 1, upper: 2, lower: 0 };
            const rows = [0, 1, 4, 5].map((hour) => ({ time: hour * 3600000, ...flat }));
            return columns(rows, "hourly", 1).data;
        }"""
    )
    assert data[0] == [0, 3600, 9000, 14400, 18000]
    assert [column[2] for column in data[1:]] == [None] * 4


def test_marks_grow_with_severity(page: Page) -> None:
    radii = page.evaluate(
        "import('./ui/marks.js').then(({ markRadius }) => [0, 0.1, 0.5, 1].map(markRadius))"
    )
    assert radii == sorted(set(radii))


def run(command: list[str]) -> dict[str, object]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603  # what the page made
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def saved(page: Page, kind: str) -> bytes:
    with page.expect_download() as waiting:
        page.click(f"#save-{kind}")
    assert waiting.value.suggested_filename == f"anomalies-entire.{kind}"
    return waiting.value.path().read_bytes()


def test_copies_run_and_answer_what_is_shown(page: Page) -> None:
    choose(page, "daily-revenue")
    shown = json.loads(saved(page, "json"))
    for kind, command in (("curl", ["bash", "-c"]), ("python", [sys.executable, "-c"])):
        page.click(f"#copy-{kind}")
        page.wait_for_function("() => document.querySelector('#done').textContent.endsWith(': done.')")
        assert run([*command, str(page.evaluate("navigator.clipboard.readText()"))]) == shown


def test_downloads(page: Page) -> None:
    choose(page, "daily-revenue")
    answer = json.loads(saved(page, "json"))
    heading, *lines = saved(page, "csv").decode().splitlines()
    rows = [dict(zip(heading.split(","), line.split(","), strict=True)) for line in lines]
    assert [float(row["expectedValue"]) for row in rows] == answer["expectedValues"]
    assert [row["isAnomaly"] == "true" for row in rows] == answer["isAnomaly"]
    picture = saved(page, "png")
    assert picture.startswith(PNG)
    assert len(picture) > 5_000


def test_the_theme_can_be_changed(page: Page) -> None:
    choose(page, "daily-revenue")
    light = canvas(page)
    page.click("#theme")
    assert page.get_attribute("html", "data-theme") == "dark"
    assert canvas(page) != light


def test_no_series_is_stored(page: Page) -> None:
    choose(page, "daily-revenue")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.focus("[data-sample=daily-revenue]")
    page.keyboard.press("Enter")
    settle(page, "entire")
    page.focus("input[value=entire]")
    with page.expect_response(lambda response: response.url.endswith("/last/detect")):
        page.keyboard.press("ArrowRight")
    settle(page, "last")
