"""The routes of the univariate API, and the canonical spelling of its paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation, detection_path
from anomaly_container.services.univariate.handlers import detect
from anomaly_container.services.univariate.pages import probe
from anomaly_container.services.univariate.series_page import series
from anomaly_container.web.metered import metered
from anomaly_container.web.routing import Kind, Route

if TYPE_CHECKING:
    from anomaly_container.services.univariate.engine import Engine

# One published specification spells its version with a dash.
SYNONYMS: Final = {"v1.1-preview-1": "v1.1-preview.1"}


def routes(_settings: object) -> list[Route[Engine]]:
    """Return the routes of all operations and versions; GET is for clients that send it before POST."""
    found: list[Route[Engine]] = [Route("POST", "/ui/series", series, Kind.QUERY)]
    for version in ApiVersion:
        for operation in Operation:
            path = detection_path(operation, version)
            facts = {"operation": operation.value, "apiVersion": version.value}
            found.append(Route("GET", path, probe, Kind.QUERY, facts))
            found.append(Route("POST", path, metered(detect(operation, version)), Kind.QUERY, facts))
    return found


def canonical(path: str) -> str:
    """Return the path as spelt in the table: lower case, single slashes, no slash at the end."""
    segments = [segment for segment in path.lower().split("/") if segment]
    return "/" + "/".join(SYNONYMS.get(segment, segment) for segment in segments)
