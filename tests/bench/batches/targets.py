"""What a file may cost beside the original's rules, and what a process may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

BAR: Final = {("default", 100): 30.0, ("default", 1_000_000): 12.0}
"""At least how many times less processor time than the original's rules, by mode and rows."""
AIMED: Final = {
    ("default", 100): 40.0,
    ("default", 10_000): 10.0,
    ("default", 100_000): 12.0,
    ("default", 1_000_000): 15.0,
    ("compat", 100): 80.0,
    ("compat", 10_000): 4.0,
    ("compat", 100_000): 5.0,
    ("compat", 1_000_000): 7.0,
}
"""What to aim at."""
GROWTH: Final = 11.0
"""At most how many times the time of 100,000 rows a million takes."""
FILES_PER_CORE_SECOND: Final = 200.0
MEGABYTES: Final = 120.0
FLAT: Final = 0.10
"""The share by which the peak of ten times the rows may differ."""


@dataclass
class Verdicts:
    """Compares measurements with targets, and remembers what was missed."""

    compared: int = 0
    missed: list[str] = field(default_factory=list)

    def at_least(self, what: str, value: float, target: float) -> str:
        """Return the value with its target for a table."""
        return self._compare(what, value, target, value >= target, "≥")

    def at_most(self, what: str, value: float, target: float) -> str:
        """Return the value with its target for a table."""
        return self._compare(what, value, target, value <= target, "≤")

    def _compare(self, what: str, value: float, target: float, is_met: bool, sign: str) -> str:
        self.compared += 1
        if is_met:
            return f"{value:.3g} ({sign} {target:g})"
        self.missed.append(f"{what}: {value:.3g}, target {sign} {target:g}")
        return f"**{value:.3g}** ({sign} {target:g})"

    def words(self) -> str:
        """Return how many targets are met, and which are not."""
        met = f"{self.compared - len(self.missed)} of {self.compared} targets are met."
        return "\n".join(
            [met, *(["", "Missed:", ""] if self.missed else []), *(f"- {one}" for one in self.missed)]
        )
