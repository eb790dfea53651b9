"""A folder on a disk that is full.

The smallest example: on a disk of 1 MB a file of 2 MB is refused, and the one that it was to replace stays.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.samples import ROOT
from tests.system.small_disk import words_for_a_megabyte

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import asyncio, os, sys
from anomaly_container.outbound.errors import Unavailable
from anomaly_container.outbound.object_store import open_store

async def main():
    store = open_store("file://" + sys.argv[1])
    etag = await store.put("out/x", b"before")
    for write in (store.put("out/x", bytes(2 << 20)), store.update("out/x", bytes(2 << 20), etag),
                  store.create("out/y", bytes(2 << 20)), store.put("out/z", iter([bytes(1 << 19)] * 4))):
        try:
            await write
        except Unavailable as error:
            print(error)
    await store.put("out/w", b"after")
    print([(info.key, info.size) async for info in store.list()], (await store.read("out/x", 9)).data)
    await store.close()

asyncio.run(main())
print(sorted(os.listdir(sys.argv[1] + "/out")))
"""


def test_what_was_there_stays_and_nothing_is_left(tmp_path: Path) -> None:
    words = words_for_a_megabyte(tmp_path)
    if not words:
        pytest.skip("this machine lets nobody mount a disk in a namespace of one's own")
    done = subprocess.run(  # noqa: S603  # our own
        [*words, sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == [
        *["The folder cannot be written to: No space left on device."] * 4,
        "[('out/w', 5), ('out/x', 6)] b'before'",
        "['w', 'x']",
    ]
