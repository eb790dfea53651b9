"""Both pages behind a proxy that speaks HTTPS and strips a prefix, as docs/page.md promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import watched
from tests.browser.test_swagger import OPERATION
from tests.browser.test_workbench import SAMPLES, choose
from tests.support.authority import authority
from tests.system.haproxy import proxying
from tests.system.server import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

PREFIX = "/tools/detector"
CONFIGURATION = """
defaults
  mode http
  timeout connect 2s
  timeout client 40s
  timeout server 120s
frontend proxy
  bind 127.0.0.1:{port} ssl crt {certificate}
  http-request deny deny_status 404 unless {{ path_beg {prefix}/ }}
  http-request replace-path {prefix}/(.*) /\\1
  default_backend detector
backend detector
  server one 127.0.0.1:{behind}
"""


@pytest.fixture(scope="module")
def proxied(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("proxy")
    pair, port = authority(folder).pair("proxy"), free_port()
    both = folder / "both.pem"
    both.write_text(pair.certificate.read_text() + pair.key.read_text())
    configuration = CONFIGURATION.format(port=port, certificate=both, prefix=PREFIX, behind=server.port)
    url = f"https://127.0.0.1:{port}"
    with proxying(configuration, folder, f"{url}{PREFIX}/livez", folder / "root.pem"):
        yield url


@pytest.fixture
def context(browser: Browser, proxied: str) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=proxied, ignore_https_errors=True)
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


def test_the_workbench_works(context: BrowserContext, proxied: str) -> None:
    with watched(context) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{PREFIX}/")
        page.wait_for_selector("#state[data-state=ready]")
        for sample in SAMPLES:
            choose(page, sample)
        page.click("#copy-curl")
        page.wait_for_function("() => document.querySelector('#done').textContent.includes('done')")
        assert f"{proxied}{PREFIX}/anomalydetector/" in page.evaluate("navigator.clipboard.readText()")
        assert not [url for url in asked if not url.startswith((f"{proxied}{PREFIX}/", "blob:"))]


@pytest.mark.parametrize("start", ["/swagger", "/swagger/", "/docs", "/swagger/index.html"])
def test_swagger_calls_the_server_below_the_prefix(context: BrowserContext, proxied: str, start: str) -> None:
    with watched(context) as page:
        page.goto(f"{PREFIX}{start}")
        page.click(f"{OPERATION} .opblock-summary-control")
        page.wait_for_selector(f"{OPERATION} textarea")
        with page.expect_response(lambda response: response.url.endswith("/entire/detect")) as answered:
            page.click(f"{OPERATION} .execute")
        assert answered.value.url.startswith(f"{proxied}{PREFIX}/")
        assert answered.value.status == 200
