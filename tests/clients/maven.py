"""The Java client, fetched by Maven and asked in a process of java."""

from __future__ import annotations

import hashlib
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

PROJECT = Path(__file__).parent / "java"
PROGRAM = PROJECT / "Ask.java"
SUMS = PROJECT / "jars.sha256"
NO_REGISTRY = re.compile(
    r"unknown ?host|connection refused|connection reset|timed out|unreachable|no route to host"
    r"|status(?: code)?: 5\d\d|cannot access .* in offline mode",
    re.IGNORECASE,
)


def program() -> Path:
    """Return the folder of the compiled program; skips the test where there is no JDK, Maven or registry."""
    maven, compiler = shutil.which("mvn"), shutil.which("javac")
    if maven is None or compiler is None:
        pytest.skip("Maven and a JDK are not installed")

    def install(folder: Path) -> None:
        shutil.copy(PROJECT / "pom.xml", folder)
        # Without -U a registry that was out of reach once is not asked again for a day.
        fetch([maven, "-B", "-q", "-U", "--strict-checksums", "generate-sources"], folder, NO_REGISTRY)
        jars = sorted((folder / "jars").glob("*.jar"))
        sums = "".join(f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in jars)
        assert sums == SUMS.read_text()
        # The jars name classes of annotations that they do without.
        checks = ("-Xlint:all,-classfile", "-Werror")
        compile_program([compiler, *checks, "-cp", "jars/*", "-d", "classes", str(PROGRAM)], folder)

    return installed("client-java", [PROJECT / "pom.xml", SUMS, PROGRAM], install)


def java(*words: str) -> list[str]:
    """Return what starts a virtual machine in which the program and the client are, but for the class."""
    folder = program()
    machine = shutil.which("java")
    assert machine is not None
    # The first compiler alone: programs end before the second would be worth its start.
    return [machine, "-XX:TieredStopAtLevel=1", *words, "-cp", f"{folder}/classes:{folder}/jars/*"]


def ask(
    endpoint: str,
    asked: Mapping[str, object],
    *properties: str,
    key: str = "any",
    **options: object,
) -> subprocess.CompletedProcess[str]:
    """Put questions to the client, in a virtual machine with such properties."""
    words = [*java(*(f"-D{word}" for word in properties)), "Ask"]
    return questions.ask(words, {"endpoint": endpoint, "key": key, "options": options}, asked)
