"""`python -m anomaly_container`, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.payloads import daily_body
from tests.system.server import ENTRYPOINT


def test_a_request_from_standard_input_is_answered() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "anomaly_container", "detect", "-"],
        cwd=ENTRYPOINT.parent,
        input=daily_body(48),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert len(json.loads(done.stdout)["isAnomaly"]) == 48
    assert done.stderr == b""
