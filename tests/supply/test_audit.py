"""The audit asks about every package, and says so when it cannot: a database that is silent is no pass."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest

from tests.supply.audit import CLEAN, UNKNOWN, VARIABLE, VULNERABLE, Finding, read
from tests.supply.bill import LOCK, ROOT, locked, normalised
from tests.system.metering import serving
from tests.system.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = {"numpy", "orjson"}
PINNED = "orjson==3.11.0 --hash=sha256:" + "0" * 64 + "\nnumpy==2.2.0 --hash=sha256:" + "1" * 64 + "\n"


def entry(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": [], **more}


def report(*entries: dict[str, object]) -> str:
    return json.dumps({"dependencies": entries, "fixes": []})


def test_all_looked_up_and_nothing_known_is_clean() -> None:
    finding = read(report(entry("numpy"), entry("orjson")), NAMES)
    assert finding.exit_code == CLEAN
    assert finding.lines() == ["No vulnerability is known of the 2 packages."]


def test_what_is_known_is_told_with_its_remedy() -> None:
    known = [{"id": "X-1", "fix_versions": ["1.1"]}, {"id": "X-2", "fix_versions": []}]
    finding = read(report(entry("numpy", vulns=known), entry("orjson")), NAMES)
    assert finding.exit_code == VULNERABLE
    assert finding.lines() == ["VULNERABLE: numpy 1.0: X-1, fixed in 1.1", "VULNERABLE: numpy 1.0: X-2"]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Traceback (most recent call last)",
        "[]",
        report(),
        report(entry("numpy")),
        report(entry("numpy"), {"name": "orjson", "skip_reason": "could not be audited"}),
    ],
)
def test_a_package_that_nobody_looked_up_is_no_pass(said: str) -> None:
    finding = read(said, NAMES)
    assert "orjson" in finding.not_audited
    assert finding.exit_code == UNKNOWN
    assert finding.lines()[-1].endswith(f"{len(finding.not_audited)} of 2 packages. This is no pass.")


def test_what_is_known_goes_before_what_is_not() -> None:
    assert Finding(["numpy 1.0: X-1"], ["orjson"], 2).exit_code == VULNERABLE


@contextmanager
def database(known: dict[str, str]) -> Iterator[str]:
    """A database that knows one vulnerability of each package of `known`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked["package"]["name"]
            vulnerability = {
                "id": known.get(name),
                "modified": "2026-01-01T00:00:00Z",
                "published": "2026-01-01T00:00:00Z",
                "summary": "made up by a test",
                "affected": [
                    {
                        "package": {"name": name, "ecosystem": "PyPI"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.0"}]}],
                    }
                ],
            }
            body = json.dumps({"vulns": [vulnerability]} if name in known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Leave the output to the test."""

    with serving(Handler) as url:
        yield f"{url}/v1/query"


def audit(lock: Path, url: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("pip_audit", reason="pip-audit is not there")
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "tests.supply.audit", str(lock)],
        cwd=ROOT,
        env={VARIABLE: url, "HOME": str(lock.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(PINNED)
    return path


def test_the_auditor_itself_finds_what_a_database_knows(lock: Path) -> None:
    with database({"orjson": "PYSEC-2026-1"}) as url:
        done = audit(lock, url)
    assert done.stdout.splitlines()[1:] == ["VULNERABLE: orjson 3.11.0: PYSEC-2026-1, fixed in 9.0"]
    assert done.returncode == VULNERABLE


def test_the_auditor_itself_passes_what_a_database_knows_nothing_of(lock: Path) -> None:
    with database({}) as url:
        done = audit(lock, url)
    assert done.stdout.splitlines()[1:] == ["No vulnerability is known of the 2 packages."]
    assert done.returncode == CLEAN


def test_the_auditor_itself_does_not_pass_without_a_database(lock: Path) -> None:
    done = audit(lock, f"http://127.0.0.1:{free_port()}/v1/query")
    assert "NOT AUDITED" in done.stdout
    assert done.returncode == UNKNOWN


def test_every_package_of_the_lock_is_asked_about() -> None:
    text = LOCK.read_text()
    pins = [line for line in text.splitlines() if line and line[0].isalnum()]
    assert len(locked(text)) == len(pins)
    assert {"numpy", "aiohttp", "pydantic-core"} <= set(locked(text))
    assert normalised("Pydantic_Core") == "pydantic-core"
