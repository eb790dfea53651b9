"""The command `detect` against a server with keys and HTTPS."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from tests.support.payloads import daily_body
from tests.system.server import ENTRYPOINT, Server, running
from tests.system.site import CLIENT_KEY, running_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_site(tmp_path_factory.mktemp("site")) as started:
        yield started


def detect(url: str, **environ: object) -> subprocess.CompletedProcess[str]:
    """Ask a server for the anomalies of a request that comes from standard input."""
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "anomaly_container", "detect", "-", "--url", url],
        cwd=ENTRYPOINT.parent,
        env={"PATH": os.environ["PATH"], **{name: str(value) for name, value in environ.items()}},
        input=daily_body(48).decode(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says why, without the name of the file; nothing else was printed."""
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    return line.removeprefix("standard input: ")


def test_with_its_key_and_its_authority_it_is_answered(server: Server) -> None:
    done = detect(server.url, ANOMALY_DETECTOR_KEY=CLIENT_KEY, REQUESTS_CA_BUNDLE=server.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert '"period":7' in done.stdout


@pytest.mark.parametrize("key", [{}, {"ANOMALY_DETECTOR_KEY": "wrong"}], ids=["no key", "wrong key"])
def test_without_its_key_it_is_refused_in_the_service_s_words(server: Server, key: dict[str, str]) -> None:
    said = refused(detect(server.url, REQUESTS_CA_BUNDLE=server.root, **key))
    assert said == f"{server.url} answered with status 401: {PLATFORM_MESSAGES[401]}"


def test_an_authority_that_is_not_known_is_one_line_that_says_what_to_do(server: Server) -> None:
    said = refused(detect(server.url, ANOMALY_DETECTOR_KEY=CLIENT_KEY))
    assert said == (
        f"{server.url} shows a certificate that is not from a known authority or not for that name; "
        "REQUESTS_CA_BUNDLE may name a file of authorities"
    )


def test_a_file_without_a_certificate_is_no_file_of_authorities(server: Server, tmp_path: Path) -> None:
    empty = tmp_path / "root.pem"
    empty.touch()
    said = refused(detect(server.url, ANOMALY_DETECTOR_KEY=CLIENT_KEY, REQUESTS_CA_BUNDLE=empty))
    assert said == "REQUESTS_CA_BUNDLE names a file that holds no certificate or cannot be read"


def test_http_and_https_are_not_taken_for_each_other(server: Server) -> None:
    plain = server.url.replace("https", "http")
    assert refused(detect(plain)) == f"{plain} cannot be reached (ConnectionError)"
    with running() as other:
        secret = other.url.replace("http", "https")
        assert refused(detect(secret)) == f"{secret} speaks no TLS that is understood here"
