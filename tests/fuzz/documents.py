"""Changes of a document that leave it a document, for bytes at random seldom do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from anomaly_container.services.univariate.contract.errors import (
    BOUNDARY_VERSIONS,
    GRANULARITIES,
    IMPUTE_MODES,
)
from anomaly_container.services.univariate.contract.names import FIELD_NAMES, pascal_case
from tests.fuzz.mutations import NASTY_LITERALS

if TYPE_CHECKING:
    from random import Random

_MARK = "@literal@"
_WORDS = {
    "granularity": GRANULARITIES,
    "imputeMode": IMPUTE_MODES,
    "fillUpMode": IMPUTE_MODES,
    "boundaryVersion": BOUNDARY_VERSIONS,
}
_NUMBERS = ("0", "1", "2", "3", "7", "24", "50", "99", "100", "0.01", "0.25", "0.49", "0.99", "3.5", "1e100")
_LITERALS = (*_NUMBERS, *NASTY_LITERALS)


def change(data: bytes, random: Random) -> bytes | None:
    """Return an input after one part of its document was set, taken out or repeated; None if it has none."""
    try:
        document = json.loads(data[1:])
        if not isinstance(document, dict):
            return None
        _change(document, random)
        text = json.dumps(document)
    except (ValueError, RecursionError):
        return None
    return data[:1] + text.replace(json.dumps(_MARK), random.choice(_LITERALS)).encode()


def _change(document: dict[str, Any], random: Random) -> None:
    spell = pascal_case if "Series" in document else str
    series = document.get(spell("series"))
    points = [item for item in series if isinstance(item, dict)] if isinstance(series, list) else []
    place = random.choice(points) if points and random.random() < 0.3 else document
    drawn = random.random()
    if drawn < 0.7:
        name = random.choice(FIELD_NAMES[1:])
        place[spell(name)] = random.choice([_MARK, *_WORDS.get(name, ())])
    elif drawn < 0.85 and place:
        place.pop(random.choice(list(place)))
    elif isinstance(series, list) and series:
        at = random.randrange(len(series))
        series[at:] = series[at : at + 1] + series[at:] if random.random() < 0.3 else series[at + 1 :]
