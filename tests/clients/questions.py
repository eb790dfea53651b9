"""The questions that are put to clients in other languages, and what plain REST answers them."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import requests

from tests.payloads import daily_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATHS: Final = {"entire": "entire", "last": "last", "changePoint": "changepoint"}
STEP: Final = [float(day % 7) for day in range(30)] + [float(200 + 40 * day + day % 7) for day in range(30)]
DIGITS: Final = 3
"""After the point: few enough for Java's client, which reads and writes values in single precision."""


def question(
    values: Sequence[float], step: timedelta = timedelta(days=1), **fields: object
) -> dict[str, Any]:
    """Return a question about a series, of days if nothing else is said."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    series = [
        {
            "timestamp": (start + index * step).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "value": round(value, DIGITS),
        }
        for index, value in enumerate(values)
    ]
    return {"series": series, "granularity": "daily", **fields}


QUESTIONS: Final = {
    "entire": question(daily_values(48), customInterval=1, maxAnomalyRatio=0.25, sensitivity=95),
    "last": question([*daily_values(48), 20.0], period=7),
    "changePoint": question(STEP, period=7, stableTrendWindow=5, threshold=0.9),
}
# The most points, steps of more than one, the fewest points, values alone, nothing to find.
AT_THE_EDGES: Final = {
    "entire": question(
        daily_values(8640), timedelta(minutes=5), granularity="minutely", customInterval=5, sensitivity=0
    ),
    "last": {"granularity": "none", "series": [{"value": float(index % 2)} for index in range(12)]},
    "changePoint": question([5.0] * 48, timedelta(hours=2), granularity="hourly", customInterval=2),
}
OF_NO_PERIOD: Final = {"entire": question(daily_values(48), period=-1)}


def ask(
    words: Sequence[str],
    told: Mapping[str, object],
    questions: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Put a question of each operation to a client in a process of its own, and return what that did.

    Parameters
    ----------
    words
        Start the process.
    told
        What the client is told: the `endpoint`, the `key`, and `options` of its own.
    questions
        By the name of the operation.
    environ
        All that the process has in its environment; nothing by default.
    """
    asked = [{"operation": operation, "body": body} for operation, body in questions.items()]
    return subprocess.run(  # noqa: S603  # our own programs
        words,
        input=json.dumps({**told, "questions": asked}),
        env=environ or {},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def plain_answers(
    version: str,
    questions: Mapping[str, object] = QUESTIONS,
    **connection: Any,  # noqa: ANN401  # words of requests
) -> dict[str, Any]:
    """What plain REST answers the same questions; `url` is the server, the rest is for `requests`."""
    url = connection.pop("url")
    answers = {}
    for operation, asked in questions.items():
        response = requests.post(
            f"{url}/anomalydetector/{version}/timeseries/{PATHS[operation]}/detect",
            json=asked,
            timeout=30,
            **connection,
        )
        assert response.status_code == 200
        answers[operation] = response.json()
    return answers
