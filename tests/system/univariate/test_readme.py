"""The README's commands do what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from tests.system.server import Server

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_curl_gets_the_answer_shown(server: Server) -> None:
    [command] = [block for block in blocks("sh") if block.startswith("curl")]
    [answer] = blocks("json")
    program, flag, url, data_flag, body = shlex.split(command)
    assert (program, flag, data_flag) == ("curl", "-s", "-d")
    url = url.replace("http://localhost:5000", server.url)
    response = requests.post(url, data=body.encode(), timeout=30)
    assert response.text == answer.strip()


def test_sdk_sample_connects(server: Server) -> None:
    sample = next(block for block in blocks("python") if "AnomalyDetectorClient" in block)
    names: dict[str, object] = {}
    exec(compile(sample.replace("http://localhost:5000", server.url), "README.md", "exec"), names)  # noqa: S102  # our own sample
    client = names["client"]
    series = [{"timestamp": f"2026-01-{day:02}T00:00:00Z", "value": 5.0} for day in range(1, 13)]
    result = client.detect_univariate_last_point({"series": series, "granularity": "daily"})  # type: ignore[attr-defined] # made by the sample
    assert not result.is_anomaly


def test_library_sample_runs() -> None:
    sample = next(block for block in blocks("python") if "anomaly_container" in block)
    names: dict[str, object] = {}
    exec(compile(sample, "README.md", "exec"), names)  # noqa: S102  # our own sample
    assert names["result"].period == 24  # type: ignore[attr-defined] # made by the sample


def test_every_linked_file_exists() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def anchors(page: Path) -> set[str]:
    """The names that GitHub, and `make docs`, give to the headings of a page."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_linked_heading_exists() -> None:
    found = 0
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
            linked = page.parent / target if target else page
            assert anchor in anchors(linked), f"{page.name} links to {target}#{anchor}"
            found += 1
    assert found


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        assert set(re.findall(r"`make ([a-z-]+)`", page.read_text())) <= targets
