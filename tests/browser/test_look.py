from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.conftest import watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.system.server import Server

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
SAMPLES = {"hourly-requests": "entire", "five-minute-sensor": "last", "weekly-signups": "changepoint"}
SERIOUS = {"serious", "critical"}


def serious_findings(page: Page) -> list[str]:
    page.evaluate(AXE)
    violations = page.evaluate("axe.run().then((result) => result.violations)")
    return [
        f"{found['id']}: {[node['html'][:120] for node in found['nodes']]}"
        for found in violations
        if found["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_clipped_and_nothing_is_out_of_reach(
    browser: Browser, server: Server, pictures: Path, width: int, theme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": 900}, color_scheme=theme
    )
    with watched(context) as page:
        page.goto("/")
        page.wait_for_selector("#state[data-state=ready]")
        page.screenshot(path=pictures / f"empty-{width}-{theme}.png", full_page=True)
        assert not serious_findings(page)
        for sample, operation in SAMPLES.items():
            page.click(f"[data-sample={sample}]")
            page.wait_for_selector(f"#shown[data-operation={operation}] .uplot")
            page.wait_for_selector("#result:not([aria-busy])")
            page.screenshot(path=pictures / f"{sample}-{width}-{theme}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert not serious_findings(page)
    context.close()


def test_axe_sees_what_is_wrong(page: Page) -> None:
    page.evaluate("document.body.append(document.createElement('button'))")
    assert [finding for finding in serious_findings(page) if finding.startswith("button-name")]
