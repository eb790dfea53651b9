"""The files of the home page and of the Swagger page: a closed table, read once when the server starts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
import yaml
from aiohttp import ETag, web

from anomaly_container.web.state import FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

UI: Final = Path(__file__).resolve().parent / "ui"
OPENAPI: Final = Path(__file__).resolve().parents[2] / "openapi.yaml"

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

HOME: Final = "/"
SWAGGER: Final = "/swagger/index.html"
OPENAPI_YAML: Final = "/openapi.yaml"
OPENAPI_JSON: Final = "/openapi.json"

_MODULES: Final = (
    "answer",
    "chart",
    "copy",
    "download",
    "errors",
    "fields",
    "format",
    "gaps",
    "granularity",
    "marks",
    "page",
    "reading",
    "request",
    "result",
    "series_list",
    "source",
    "state",
    "table",
    "theme",
    "tooltip",
)
_SAMPLES: Final = ("daily-revenue", "five-minute-sensor", "hourly-requests", "weekly-signups")

# From the path of a request, in lower case as the table of routes spells it, to the file below `ui`.
SOURCES: Final = {
    HOME: "index.html",
    "/ui/icon.svg": "icon.svg",
    "/ui/page.css": "page.css",
    "/ui/uplot.iife.min.js": "vendor/uplot/uPlot.iife.min.js",
    "/ui/uplot.min.css": "vendor/uplot/uPlot.min.css",
    **{f"/ui/{name}.js": f"{name}.js" for name in _MODULES},
    **{f"/ui/{name}.json": f"samples/{name}.json" for name in _SAMPLES},
    SWAGGER: "swagger.html",
    "/swagger/swagger.css": "swagger.css",
    "/swagger/swagger.js": "swagger.js",
    "/swagger/swagger-ui.css": "vendor/swagger-ui/swagger-ui.css",
    "/swagger/swagger-ui-bundle.js": "vendor/swagger-ui/swagger-ui-bundle.js",
}
PATHS: Final = (*SOURCES, OPENAPI_YAML, OPENAPI_JSON)


@dataclass(frozen=True, slots=True)
class File:
    """What is sent for a path.

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


@cache
def read_files() -> Mapping[str, File]:
    """Return every file by the path under which it is served.

    Raises
    ------
    OSError
        When one is missing.
    """
    found = {path: (UI / source).read_bytes() for path, source in SOURCES.items()}
    found[OPENAPI_YAML] = OPENAPI.read_bytes()
    found[OPENAPI_JSON] = orjson.dumps(yaml.load(found[OPENAPI_YAML], yaml.CSafeLoader))
    return {path: _file(SOURCES.get(path, path), body) for path, body in found.items()}


def _file(name: str, body: bytes) -> File:
    suffix = Path(name).suffix
    policy = PAGE_POLICY if suffix == ".html" else FILE_POLICY
    return File(body, TYPES[suffix], policy, hashlib.sha256(body).hexdigest()[:32])


def file(path: str) -> Handler:
    """Return the handler that sends the file of a path, or 304 when the client has it."""

    async def send(request: web.Request) -> web.Response:
        found = request.app[FILES][path]
        response = web.Response(
            body=found.body,
            content_type=found.content_type,
            charset="utf-8",
            headers={
                "Cache-Control": "no-cache",
                "Content-Security-Policy": found.policy,
                "Referrer-Policy": "no-referrer",
            },
        )
        response.etag = ETag(found.tag)
        if any(tag.value in {"*", found.tag} for tag in request.if_none_match or ()):
            response.set_status(304)
            response.body = None
        return response

    return send


async def to_swagger(request: web.Request) -> web.Response:
    """Lead to the Swagger page by a relative address, which holds behind a proxy that strips a prefix."""
    path = request.rel_url.raw_path
    up = "../" * (len(path) - len(path.rstrip("/")))
    return web.Response(status=302, headers={"Location": f"{up}{SWAGGER.removeprefix('/')}"})
