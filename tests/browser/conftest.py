"""Chromium and a server; every test here is skipped where Chromium is not installed."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.system.server import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium")
MILLISECONDS = 20_000


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as started:
        yield started


# Not for longer than a module: Playwright keeps an event loop running, which asynchronous tests would meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """A page that asks one host alone, breaks no policy and throws nothing, or the test fails."""
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    problems: list[str] = []
    hosts: set[str] = set()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    yield page
    assert not problems
    own = {urlsplit(page.url).netloc, ""}  # blobs have no host
    assert hosts <= own, f"requests to other hosts: {hosts - own}"


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=server.url, accept_downloads=True)
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The home page, ready for use."""
    with watched(context) as made:
        made.goto("/")
        made.wait_for_selector("html[data-ready]")
        yield made


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go, out of the version history."""
    folder = Path(__file__).resolve().parents[2] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
