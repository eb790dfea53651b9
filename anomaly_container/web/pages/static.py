"""The static files of pages, read once when the server starts."""

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
"""The common files, which the pages of all services use."""

_NO_FRAME: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Pages load from this server only, without inline code. uPlot and Swagger UI set single style properties by
# script, which `style-src` allows; the icons of Swagger UI are data URLs.
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
    """A static file.

    Attributes
    ----------
    body
        The bytes.
    content_type
        The type; every file is UTF-8 text.
    policy
        The Content-Security-Policy.
    tag
        The entity tag, a hash of the bytes.
    """

    body: bytes
    content_type: str
    policy: str
    tag: str

    async def send(self, _resources: object, request: web.Request) -> web.Response:
        """Respond with the file, or with 304 if the client has it."""
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
    """Return a file with the type and the policy for its name."""
    suffix = Path(name).suffix
    policy = PAGE_POLICY if suffix == ".html" else FILE_POLICY
    return File(body, TYPES[suffix], policy, hashlib.sha256(body).hexdigest()[:32])


def page_files(services: Sequence[Service[Any, Any]]) -> Mapping[str, Path]:
    """Return the files of all pages by URL path.

    The page of the first service is `/`, and its other files are below `/ui/` with the common files; the page
    of another service is `/<name>`, and its files are below `/<name>/ui/`.
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
    """Yield the files of a folder and its subfolders by URL path, with their names in lower case."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in TYPES and path.name != INDEX and "swagger" not in path.name:
            yield f"{prefix}/{path.name.lower()}", path


@cache
def read(path: Path) -> File:
    """Return a file from the disk, read once.

    Raises
    ------
    OSError
        If the file is missing.
    """
    return file_of(path.name, path.read_bytes())


def static_routes(services: Sequence[Service[Any, Any]]) -> list[Route[Any]]:
    """Return the routes of all files of pages.

    Raises
    ------
    OSError
        If a file is missing.
    """
    return [Route("GET", path, read(file).send, Kind.PAGE) for path, file in page_files(services).items()]
