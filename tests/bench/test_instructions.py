"""No branch of the engine takes a quarter more instructions than the stored figures say.

They are renewed, after a change that is meant, by `python tests/bench/instructions.py --renew`.
"""

from __future__ import annotations

import json
import shutil

import pytest

from tests.bench.instructions import MOST_MORE, STORED, builds, count, environment, slower


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
@pytest.mark.parametrize("build", ["compiled_wide", "compiled", "numpy"])
def test_no_branch_takes_a_quarter_more_instructions(build: str) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    if build not in builds():
        pytest.skip("this build of the kernels is not used here")
    if build not in stored or stored["environment"] != environment():
        pytest.skip(f"no figures for {build} on {environment()}")
    counted = count(builds()[build])
    assert counted.keys() == stored[build].keys()
    assert not slower(counted, stored[build])


def test_a_quarter_more_is_told() -> None:
    stored = {"entire": 1000, "last": 1000}
    just_allowed = round(MOST_MORE * 1000)
    assert not slower({"entire": just_allowed, "last": 10}, stored)
    assert slower({"entire": just_allowed + 1, "last": 10}, stored) == [
        f"entire: {just_allowed + 1} instructions, stored 1000"
    ]
    assert slower({"new": 1}, stored), "a case without a figure"
