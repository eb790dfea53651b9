"""Requests with known answers, and how close an answer comes to them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from anomaly_container import engine
from anomaly_container.contract.errors import ContractError, univariate_body
from anomaly_container.contract.limits import Limits
from anomaly_container.contract.request import Request, parse
from anomaly_container.contract.response import render
from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.detection import StlRule

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(os.environ.get("CONFORMANCE_DIR", Path(__file__).parents[2].parent / "shared" / "conformance"))
GOLDEN = Path(__file__).parents[1] / "golden" / "cases"

EXACT = ("period", "suggestedWindow", "isAnomaly", "isNegativeAnomaly", "isPositiveAnomaly", "isChangePoint")
SCALED = (
    "expectedValue",
    "expectedValues",
    "upperMargin",
    "upperMargins",
    "lowerMargin",
    "lowerMargins",
)
UNIT = ("severity", "confidenceScores")


@dataclass
class Tally:
    """How many cases agree, the farthest one's distance, and the names of those that do not."""

    agreed: int = 0
    total: int = 0
    farthest: float = 0.0
    failed: list[str] = field(default_factory=list)

    def add(self, name: str, problems: list[str], distance: float) -> None:
        """Count one case."""
        self.total += 1
        self.farthest = max(self.farthest, distance)
        if problems:
            self.failed.append(f"{name}: {'; '.join(problems)}")
        else:
            self.agreed += 1


def read(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and content of every case of a folder, within that of all cases or anywhere."""
    for path in sorted((FOLDER / folder).glob("*.json")):
        yield path.stem, json.loads(path.read_bytes())


def parse_case(case: dict[str, Any], path: str, stl_rule: StlRule = StlRule.SERVICE) -> Request:
    """Parse a case's request as the route of `path` would."""
    version, operation = path.split("/anomalydetector/")[1].split("/timeseries/")
    request = parse(
        orjson.dumps(case["request"]),
        Operation(operation.split("/")[0].lower()),
        ApiVersion(version),
        Limits(),
    )
    return replace(request, options=replace(request.options, stl_rule=stl_rule))


def body(case: dict[str, Any], path: str, stl_rule: StlRule = StlRule.SERVICE) -> bytes:
    """Return the body that answers a case's request."""
    try:
        request = parse_case(case, path, stl_rule)
    except ContractError as error:
        return univariate_body(error)
    return render(request, engine.run(request))


def answer(case: dict[str, Any], path: str, stl_rule: StlRule = StlRule.SERVICE) -> dict[str, Any]:
    """Return the fields of the body that answers a case's request."""
    return dict(orjson.loads(body(case, path, stl_rule)))


def compare(case: dict[str, Any], got: dict[str, Any], tolerance: float = 1e-9) -> tuple[list[str], float]:
    """Return what differs from a case's answer, and the largest distance of a number.

    Flags, period and window are equal; expected values and margins within `tolerance` of max|value|,
    severity and confidence within `tolerance`.
    """
    wanted = case.get("error") or case["response"]
    if "error" in case:
        return ([] if got == wanted else [f"answered {str(got)[:120]}"]), 0.0
    scale = max(abs(float(point["value"])) for point in case["request"]["series"]) or 1.0
    problems, farthest = [], 0.0
    for name, value in wanted.items():
        if name not in got:
            problems.append(f"no {name}")
        elif name in EXACT:
            if got[name] != value:
                problems.append(f"{name} differs")
        elif name in SCALED or name in UNIT:
            ours, theirs = np.atleast_1d(got[name]), np.atleast_1d(value)
            if ours.shape != theirs.shape:
                problems.append(f"{name} has another length")
                continue
            distance = float(np.abs(ours - theirs).max()) / (scale if name in SCALED else 1.0)
            farthest = max(farthest, distance)
            if not distance <= tolerance:
                problems.append(f"{name} {distance:.1e} off")
        else:
            problems.append(f"unknown field {name}")
    return problems, farthest
