"""The builds of the kernels that tests of tables are run with."""

from __future__ import annotations

from importlib import import_module

import pytest

from anomaly_container.detection.batches import _kernels


@pytest.fixture(params=["_compiled", "_compiled_wide", "csv module"])
def build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with each build of the kernels and with their twin."""
    if request.param == "csv module":
        monkeypatch.setattr(_kernels, "compiled", None)
        return
    plain = pytest.importorskip(f"{_kernels.__name__}._compiled", reason="there was no compiler")
    if request.param == "_compiled_wide" and not plain.has_wide():
        pytest.skip("this processor has no wide registers")
    monkeypatch.setattr(_kernels, "compiled", import_module(f"{_kernels.__name__}.{request.param}"))
