from __future__ import annotations

import pytest

from anomaly_container.detection.forest import _kernels
from tests.unit.detection.forest.builds import COMPILED, NUMPY, compiled


@pytest.fixture(params=[*COMPILED, NUMPY])
def build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with each build of the kernels and with their twins in numpy."""
    name = str(request.param)
    monkeypatch.setattr(_kernels, "compiled", None if name == NUMPY else compiled(name))
