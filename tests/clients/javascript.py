"""The JavaScript clients, asked in a process of node, and the questions that are put to them."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import requests

from tests.clients.npm import SCRIPTS, packages
from tests.payloads import daily_values

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of each script, the version of the API that its client speaks, and whether severity is answered.
CLIENTS: Final = {
    "v1_0": ("v1.0", False),
    "v1_1_preview_1": ("v1.1-preview.1", True),
    "v1_1": ("v1.1", True),
}
PATHS: Final = {"entire": "entire", "last": "last", "changePoint": "changepoint"}
STEP: Final = [float(day % 7) for day in range(30)] + [float(200 + 40 * day + day % 7) for day in range(30)]


def _question(values: list[float], **fields: object) -> dict[str, Any]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    series = [
        {"timestamp": (start + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "value": value}
        for day, value in enumerate(values)
    ]
    return {"series": series, "granularity": "daily", **fields}


QUESTIONS: Final = {
    "entire": _question(daily_values(48), customInterval=1, maxAnomalyRatio=0.25, sensitivity=95),
    "last": _question([*daily_values(48), 20.0], period=7),
    "changePoint": _question(STEP, period=7, stableTrendWindow=5, threshold=0.9),
}
OF_NO_PERIOD: Final = {"entire": _question(daily_values(48), period=-1)}


def ask(
    script: str,
    endpoint: str,
    questions: Mapping[str, object],
    *,
    key: str = "any",
    environ: Mapping[str, str] | None = None,
    **options: object,
) -> subprocess.CompletedProcess[str]:
    """Put a question of each operation to a client of its own, and return what node did.

    Parameters
    ----------
    script
        One of `CLIENTS`.
    endpoint
        What the client is told of the server, with or without a slash.
    questions
        By the name of the operation.
    key
        What the client is told to send.
    environ
        Variables besides.
    options
        Of the client itself; only that of v1.1 takes any.
    """
    node = shutil.which("node")
    assert node is not None
    asked = [{"operation": operation, "body": body} for operation, body in questions.items()]
    return subprocess.run(  # noqa: S603  # our own script
        [node, str(SCRIPTS / f"{script}.cjs")],
        input=json.dumps({"endpoint": endpoint, "key": key, "options": options, "questions": asked}),
        env={"NODE_PATH": str(packages()), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def plain_answers(version: str, **connection: Any) -> dict[str, Any]:  # noqa: ANN401  # words of requests
    """What plain REST answers the same questions; `url` is the server, the rest is for `requests`."""
    url = connection.pop("url")
    answers = {}
    for operation, path in PATHS.items():
        response = requests.post(
            f"{url}/anomalydetector/{version}/timeseries/{path}/detect",
            json=QUESTIONS[operation],
            timeout=30,
            **connection,
        )
        assert response.status_code == 200
        answers[operation] = response.json()
    return answers
