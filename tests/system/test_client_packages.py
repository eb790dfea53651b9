"""Whether a test of a client is skipped or fails if its packages cannot be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients import golang, installed, maven, npm

if TYPE_CHECKING:
    import re
    from pathlib import Path

# As the three print it; `example.org` stands for the registry.
OUT_OF_REACH = [
    (
        maven.NO_REGISTRY,
        "transfer failed for https://example.org/a.pom: Unknown host example.org: Temporary failure",
    ),
    (maven.NO_REGISTRY, "Connect to example.org:443 [/127.0.0.1] failed: Connection refused -> [Help 1]"),
    (
        maven.NO_REGISTRY,
        "transfer failed for https://example.org/a.pom, status code: 503, reason phrase: Unavailable",
    ),
    (
        golang.NO_REGISTRY,
        'Get "https://example.org/a.mod": dial tcp 127.0.0.1:1: connect: connection refused',
    ),
    (golang.NO_REGISTRY, "reading https://example.org/a.mod: 503 Service Unavailable"),
    (npm.NO_REGISTRY, "npm error code ECONNREFUSED"),
]
WRONG = [
    (maven.NO_REGISTRY, "Could not find artifact com.azure:azure-ai-anomalydetector:jar:0.1 in central"),
    (maven.NO_REGISTRY, "Checksum validation failed, expected 'a' but is actually 'b'"),
    (golang.NO_REGISTRY, "reading https://example.org/a.mod: 404 Not Found"),
    (golang.NO_REGISTRY, "verifying module: checksum mismatch"),
    (npm.NO_REGISTRY, "npm error code EINTEGRITY"),
]


@pytest.mark.parametrize(("out_of_reach", "printed"), OUT_OF_REACH)
def test_skipped_where_the_registry_does_not_answer(
    tmp_path: Path, out_of_reach: re.Pattern[str], printed: str
) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"sh: its registry does not answer"):
        installed.fetch(["sh", "-c", 'echo "$1" >&2; exit 1', "", printed], tmp_path, out_of_reach)


@pytest.mark.parametrize(("out_of_reach", "printed"), WRONG)
def test_failed_where_it_answers_something_else(
    tmp_path: Path, out_of_reach: re.Pattern[str], printed: str
) -> None:
    with pytest.raises(AssertionError, match=printed[:20]):
        installed.fetch(["sh", "-c", 'echo "$1"; exit 1', "", printed], tmp_path, out_of_reach)


def test_skipped_where_it_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "SECONDS_TO_FETCH", 0.1)
    with pytest.raises(pytest.skip.Exception, match=r"sleep: its registry took more than 0\.1 seconds"):
        installed.fetch(["sleep", "5"], tmp_path, npm.NO_REGISTRY)


def test_what_is_installed_once_is_installed_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "BUILD", tmp_path)
    source = tmp_path / "versions"
    times: list[Path] = []
    for content in ("1", "1", "2"):
        source.write_text(content)
        installed.installed("client", [source], times.append)
    assert len(times) == len(set(times)) == 2
