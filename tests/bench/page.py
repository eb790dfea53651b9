"""The measured part of docs/performance.md; what was written by hand around it stays."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.pace import Pace
    from tests.bench.targets import Verdicts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PACKAGES = ("numpy", "scipy", "aiohttp", "uvloop", "orjson", "msgspec")


def write(measured: str, path: Path = PAGE) -> None:
    """Replace what is between the two markers.

    Raises
    ------
    ValueError
        When the page has not each marker once, in order.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in after:
        message = f"{path.name} must have {BEGIN} and {END} once each, in this order"
        raise ValueError(message)
    path.write_text(f"{before}{BEGIN}\n{measured.strip()}\n{END}{after}", encoding="utf-8")


def machine() -> str:
    """What the figures were measured on."""
    cpu_info = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in cpu_info if line.startswith("model name")), "?")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{model}, {os.cpu_count()} processors, {platform.system()} {platform.machine()},"
        f" {platform.python_implementation()} {platform.python_version()}, {packages}"
    )


def summary(verdicts: Verdicts, pace: Pace) -> str:
    """How many targets are met, and which are not: as measured, and at the pace of the targets' machine."""
    lines = _met(verdicts, 1.0, "")
    if pace.factor is not None:
        lines += ["", pace.words(), ""]
        lines += _met(
            verdicts, pace.factor, f" with times divided by {pace.factor:.2f}, as these fits differ"
        )
    return "\n".join(lines)


def _met(verdicts: Verdicts, factor: float, how: str) -> list[str]:
    missed = verdicts.missed(factor)
    lines = [f"{verdicts.compared - len(missed)} of {verdicts.compared} targets are met{how}."]
    return [*lines, "Missed:", "", *(f"- {what}" for what in missed)] if missed else lines
