"""The client of Go, built with what the module proxy gives, and asked in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.clients import questions
from tests.clients.installed import compile_program, fetch, installed

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

MODULE = Path(__file__).parent / "go"
SOURCES = [MODULE / name for name in ("go.mod", "go.sum", "main.go")]
NO_REGISTRY = re.compile(
    r"dial tcp|connection refused|connection reset|timeout|unreachable|: 5\d\d |disabled by GOPROXY=off",
    re.IGNORECASE,
)

AS_FETCHED = os.environ | {
    "GOPROXY": "off",
    "GOFLAGS": "-mod=readonly -buildvcs=false",
    "GOTOOLCHAIN": "local",
}
"""The environment of a build that fetches nothing and changes no version."""


def program() -> Path:
    """Return the built program; skips the test where there is no Go or module proxy."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")

    def install(folder: Path) -> None:
        for source in SOURCES:
            shutil.copy(source, folder)
        fetch([go, "mod", "download"], folder, NO_REGISTRY)
        compile_program([go, "vet", "."], folder, AS_FETCHED)
        compile_program([go, "build", "-o", "ask", "."], folder, AS_FETCHED)

    return installed("client-go", SOURCES, install) / "ask"


def ask(
    endpoint: str,
    asked: Mapping[str, object],
    *,
    key: str = "any",
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Put questions to the client."""
    return questions.ask([str(program())], {"endpoint": endpoint, "key": key}, asked, environ)
