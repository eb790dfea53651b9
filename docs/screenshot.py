"""Take the picture of the workbench for the README from a running server, in Chromium.

`make screenshot` runs it; it needs `chromium` on the path, as the tests of the browser do. Fonts differ from
machine to machine, so no test compares the picture to the pixel.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.system.server import running

FILE: Final = Path(__file__).parent / "pictures" / "workbench.png"
SAMPLE: Final = "hourly-requests"
WIDTH: Final = 1200
HEIGHT: Final = 760
COLOURS: Final = 256
"""The most that one byte for each dot can tell apart; the file is half as large as without a palette."""


def screenshot(url: str) -> bytes:
    """Open the home page, choose a sample, wait for its answer, and return the picture as PNG."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(base_url=url, color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.goto("/")
        page.wait_for_selector("#state[data-state=ready]")
        page.click(f"[data-sample={SAMPLE}]")
        page.wait_for_selector("#shown[data-operation=entire] .uplot")
        page.wait_for_selector("#result:not([aria-busy])")
        picture = page.screenshot()
        browser.close()
    return picture


def main(file: Path = FILE) -> None:
    """Write the picture with few colours."""
    with TemporaryDirectory() as folder:
        log = f"Billing=file://{folder}/usage-log.jsonl"
        with running(["Eula=accept", log, "ApiKey=any"]) as server:
            picture = Image.open(io.BytesIO(screenshot(server.url)))
    # By the span of colours, not by how often each occurs: the marks of anomalies are few dots.
    few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
