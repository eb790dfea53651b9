"""Synthetic events of a small web application over two weeks, with five marked episodes in the last part.

The rate has a daily wave and is lower at weekends. A response takes longer under load and for a POST.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.detection.numeric.arrays import FloatArray

EVENTS: Final = 20_000
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
DAYS: Final = 14
DEFAULT_SEED: Final = 1
SECONDS_PER_DAY: Final = 86_400
STEPS_PER_DAY: Final = 288
PATHS: Final = ("/", "/api/items", "/api/items/{id}", "/api/orders", "/login", "/static/app.js")
PATH_SHARES: Final = (0.22, 0.26, 0.20, 0.12, 0.08, 0.12)
MILLISECONDS: Final = (30.0, 60.0, 35.0, 45.0, 60.0, 55.0)
"""The median response of each path."""
POST_SHARES: Final = (0.0, 0.1, 0.0, 0.3, 0.9, 0.0)
SPREAD: Final = 0.32
"""The deviation of the logarithm of a response time."""
POST_FACTOR: Final = 1.5
LOAD_FACTOR: Final = 0.4
LEVELS: Final = ("INFO", "WARN", "ERROR")
LEVEL_SHARES: Final = (0.965, 0.025, 0.01)
WEEKEND: Final = 0.336
WAVE: Final = 0.5
PEAK_HOUR: Final = 14


@dataclass(frozen=True, slots=True)
class Episode:
    """Events that differ from the others.

    Attributes
    ----------
    name
        The name of what happens.
    begin, end
        The indexes of its first event, and of the first one after it.
    """

    name: str
    begin: int
    end: int


EPISODES: Final = (
    Episode("nine times slower", 16_220, 16_250),
    Episode("POSTs that fail fast", 17_000, 17_025),
    Episode("DELETEs of unseen paths", 17_600, 17_612),
    Episode("slowly slower", 18_130, 18_530),
    Episode("one time-out", 19_450, 19_451),
)


@dataclass(slots=True)
class _Columns:
    times: FloatArray
    paths: list[str]
    methods: list[str]
    levels: list[str]
    response_times: FloatArray


def lines(seed: int = DEFAULT_SEED) -> Iterator[bytes]:
    """Make the events, each a line of JSON.

    Parameters
    ----------
    seed
        The seed of the random numbers; the same seed makes the same bytes.

    Yields
    ------
    bytes
        A line without its end.

    Examples
    --------
    >>> next(lines(1))[:41]
    b'{"timestamp":"2026-01-01T00:00:19.601Z","'
    """
    columns = _columns(np.random.Generator(np.random.PCG64(seed)))
    rows = zip(
        columns.times.tolist(),
        columns.response_times.tolist(),
        columns.levels,
        columns.methods,
        columns.paths,
        strict=True,
    )
    for time, response_time, level, method, path in rows:
        stamp = datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")
        yield orjson.dumps(
            {
                "timestamp": stamp.replace("+00:00", "Z"),
                "response_time": round(response_time, 2),
                "log_level": level,
                "method": method,
                "path": path,
            }
        )


def episode_of(index: int) -> Episode | None:
    """Return the episode of an event; None if it is not in an episode.

    Parameters
    ----------
    index
        The number of its line, from 0.
    """
    return next((one for one in EPISODES if one.begin <= index < one.end), None)


def _columns(random: np.random.Generator) -> _Columns:
    times, loads = _times(random)
    places = random.choice(len(PATHS), EVENTS, p=PATH_SHARES)
    is_post = random.random(EVENTS) < np.array(POST_SHARES)[places]
    numbers = random.integers(1000, 100_000, EVENTS).tolist()
    levels = random.choice(len(LEVELS), EVENTS, p=LEVEL_SHARES).tolist()
    noise = np.exp(SPREAD * random.standard_normal(EVENTS))
    response_times = np.array(MILLISECONDS)[places] * (1 + LOAD_FACTOR * loads) * noise
    response_times *= np.where(is_post, POST_FACTOR, 1.0)
    columns = _Columns(
        times=times,
        paths=[PATHS[place].format(id=number) for place, number in zip(places, numbers, strict=True)],
        methods=["POST" if post else "GET" for post in is_post.tolist()],
        levels=[LEVELS[level] for level in levels],
        response_times=response_times,
    )
    _add_episodes(columns, random)
    return columns


def _times(random: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return the times of all events, and the load at each, 0 to 1."""
    steps = np.arange(DAYS * STEPS_PER_DAY + 1) * (SECONDS_PER_DAY / STEPS_PER_DAY)
    hours = steps / 3600 % 24
    days = (steps // SECONDS_PER_DAY + 3) % 7  # the first day is a Thursday
    wave = np.cos((hours - PEAK_HOUR) * (2 * np.pi / 24))
    rates = (1 + WAVE * wave) * np.where(days >= 5, WEEKEND, 1.0)
    expected = np.concatenate([[0.0], np.cumsum(rates[:-1])])
    places = np.sort(random.random(EVENTS)) * expected[-1]
    seconds = np.interp(places, expected, steps)
    return BEGIN + seconds, np.interp(seconds, steps, rates) / (1 + WAVE)


def _add_episodes(columns: _Columns, random: np.random.Generator) -> None:
    slower, failing, unseen, growing, out = EPISODES
    columns.response_times[slower.begin : slower.end] *= 9
    for place in range(failing.begin, failing.end):
        columns.methods[place], columns.levels[place], columns.paths[place] = "POST", "ERROR", "/api/orders"
        columns.response_times[place] = 2 + 2 * random.random()
    for place in range(unseen.begin, unseen.end):
        columns.methods[place] = "DELETE"
        columns.paths[place] = f"/admin/{('users', 'keys', 'roles', 'backup')[place % 4]}"
    columns.response_times[growing.begin : growing.end] *= np.linspace(1, 3.5, growing.end - growing.begin)
    columns.response_times[out.begin] = 30_000.0
