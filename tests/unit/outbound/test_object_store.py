"""One function opens every store.

The smallest example: `open_store("file:///data")` is a folder.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.errors import MissingExtraError
from anomaly_container.outbound.folder_store import FolderStore
from anomaly_container.outbound.object_store import open_store
from tests.support.samples import ROOT

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_folder_needs_no_extra(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/new")
    assert isinstance(store, FolderStore)
    assert await store.probe()
    await store.close()


@pytest.mark.parametrize("url", ["s3://plant", "gs://plant", "az://plant"])
def test_a_bucket_without_the_extra_names_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anomaly_container.outbound.object_store.NEEDED", "a_package_that_is_not_there")
    with pytest.raises(MissingExtraError, match=r"install anomaly-container\[batches\]"):
        open_store(url)


def test_opening_a_folder_loads_nothing_of_the_extra() -> None:
    program = (
        "import sys; from anomaly_container.outbound.object_store import open_store; "
        "open_store('file:///nowhere'); import anomaly_container.outbound.aws; "
        "print({'obstore', 'botocore', 'boto3', 'aiohttp', 'numpy'} & {*sys.modules})"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # our own
    assert done.stdout == "set()\n"
