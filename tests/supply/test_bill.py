"""The bill of materials is that of the environment, the same each time, and held against the lock."""

from __future__ import annotations

import json
import venv
from typing import TYPE_CHECKING

import pytest

from anomaly_container import __version__
from tests.supply import bill

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("cyclonedx_py", reason="cyclonedx-bom is not there")

METADATA = "Metadata-Version: 2.4\nName: Numpy\nVersion: 2.2.0\n"


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """An environment with one package, of which a test says what is known."""
    environment = tmp_path / "environment"
    venv.create(environment, symlinks=True)
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "numpy-2.2.0.dist-info").mkdir()
    (packages / "numpy-2.2.0.dist-info" / "METADATA").write_text(f"{METADATA}License-Expression: MIT\n")
    return environment / "bin" / "python"


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text("numpy==2.2.0 --hash=sha256:0\n")
    monkeypatch.setattr(bill, "LOCK", path)
    return path


def test_the_bill_of_the_lock_is_the_same_each_time(interpreter: Path, lock: Path, tmp_path: Path) -> None:
    assert lock.exists()
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert bill.write(interpreter, first) == bill.write(interpreter, second) == 1
    assert first.read_bytes() == second.read_bytes()
    written = json.loads(first.read_text())
    program = written["metadata"]["component"]
    assert (program["name"], program["version"]) == ("anomaly-container", __version__)
    assert [one["purl"] for one in written["components"]] == ["pkg:pypi/numpy@2.2.0"]


def test_an_environment_that_is_not_the_lock_s_has_no_bill(
    interpreter: Path, lock: Path, tmp_path: Path
) -> None:
    lock.write_text("numpy==2.2.1 --hash=sha256:0\norjson==3.11.0 --hash=sha256:0\n")
    with pytest.raises(bill.BillError, match=r": numpy, orjson$"):
        bill.write(interpreter, tmp_path / "sbom.json")


def test_a_package_without_a_licence_is_told(interpreter: Path, lock: Path, tmp_path: Path) -> None:
    assert lock.exists()
    [metadata] = interpreter.parents[1].glob("lib/python*/site-packages/*/METADATA")
    metadata.write_text(METADATA)
    with pytest.raises(bill.BillError, match="no licence is known of Numpy"):
        bill.write(interpreter, tmp_path / "sbom.json")
