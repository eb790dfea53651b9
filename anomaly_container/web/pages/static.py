"""Files of pages: a closed table for each service, read once when the server starts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ETag, web

from anomaly_container.web.routing import Kind, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anomaly_container.web.service import Service

COMMON: Final = Path(__file__).resolve().parents[1] / "ui"
"""The common look, which the pages of all services use."""

_NO_FRAME: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Pages load from this server alone, and nothing inline runs. uPlot and Swagger UI set styles by script, one
# property after another, which `style-src` lets pass; Swagger UI's icons are data URLs.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    f"connect-src 'self'; {_NO_FRAME}"
)
FILE_POLICY: Final = f"default-src 'none'; {_NO_FRAME}"

TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
}
INDEX: Final = "index.html"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent.

    Attributes
    ----------
    body
        Its bytes.
    content_type
        Their type; all are text in UTF-8.
    policy
        The Content-Security-Policy under which a browser shows it.
    tag
        Changes with the bytes.
    """

    body: bytes
    content_type: str
    policy: str
    tag: str

    async def send(self, _resources: object, request: web.Request) -> web.Response:
        """Send the file, or 304 if the client has it."""
        response = web.Response(
            body=self.body,
            content_type=self.content_type,
            charset="utf-8",
            headers={
                "Cache-Control": "no-cache",
                "Content-Security-Policy": self.policy,
                "Referrer-Policy": "no-referrer",
            },
        )
        response.etag = ETag(self.tag)
        if any(tag.value in {"*", self.tag} for tag in request.if_none_match or ()):
            response.set_status(304)
            response.body = None
        return response


def file_of(name: str, body: bytes) -> File:
    """Return a file with the type and the policy that its name asks for."""
    suffix = Path(name).suffix
    policy = PAGE_POLICY if suffix == ".html" else FILE_POLICY
    return File(body, TYPES[suffix], policy, hashlib.sha256(body).hexdigest()[:32])


def page_files(services: Sequence[Service[Any, Any]]) -> Mapping[str, Path]:
    """Return the files of all pages by the path under which they are served.

    The page of the first service is `/`, and its other files are below `/ui/` with those of the common look;
    the page of another is `/<name>`, and its files are below `/<name>/ui/`.
    """
    found = {}
    for number, service in enumerate(services):
        if service.ui is not None:
            prefix = f"/{service.name}" if number else ""
            found[prefix or "/"] = service.ui / INDEX
            found |= dict(_below(service.ui, f"{prefix}/ui"))
    if found:
        found |= dict(_below(COMMON, "/ui"))
    return found


def _below(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder and of its folders, each under its own name in lower case."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in TYPES and path.name != INDEX and "swagger" not in path.name:
            yield f"{prefix}/{path.name.lower()}", path


@cache
def read(path: Path) -> File:
    """Return a file from the disk, read once.

    Raises
    ------
    OSError
        If it is not there.
    """
    return file_of(path.name, path.read_bytes())


def static_routes(services: Sequence[Service[Any, Any]]) -> list[Route[Any]]:
    """Return the routes of all files of pages.

    Raises
    ------
    OSError
        If one is not there.
    """
    return [Route("GET", path, read(file).send, Kind.PAGE) for path, file in page_files(services).items()]
