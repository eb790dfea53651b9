"""The description of the routes of a port, and the page on which they are tried out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import orjson
import yaml
from aiohttp import web

from anomaly_container.web.pages.static import COMMON, file_of, read
from anomaly_container.web.routing import Kind, Route

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.web.pages.static import File

SWAGGER: Final = "/swagger/index.html"
OPENAPI_YAML: Final = "/openapi.yaml"
OPENAPI_JSON: Final = "/openapi.json"
FILES: Final = {
    SWAGGER: "swagger.html",
    "/swagger/swagger.css": "swagger.css",
    "/swagger/swagger.js": "swagger.js",
    "/swagger/swagger-ui.css": "vendor/swagger-ui/swagger-ui.css",
    "/swagger/swagger-ui-bundle.js": "vendor/swagger-ui/swagger-ui-bundle.js",
}


def api_docs_routes(description: Path) -> list[Route[Any]]:
    """Return the routes of the description in YAML and JSON and of the page that shows it.

    Parameters
    ----------
    description
        The OpenAPI description in YAML.

    Raises
    ------
    OSError
        If it, or a file of the page, is not there.
    """
    in_yaml, in_json = _described(description)
    return [
        *(Route("GET", path, read(COMMON / name).send, Kind.PAGE) for path, name in FILES.items()),
        Route("GET", OPENAPI_YAML, in_yaml.send, Kind.PAGE),
        Route("GET", OPENAPI_JSON, in_json.send, Kind.PAGE),
        Route("GET", "/swagger", to_swagger, Kind.PAGE),
        Route("GET", "/docs", to_swagger, Kind.PAGE),
    ]


@cache
def _described(description: Path) -> tuple[File, File]:
    written = description.read_bytes()
    parsed = orjson.dumps(yaml.load(written, yaml.CSafeLoader))
    return file_of(OPENAPI_YAML, written), file_of(OPENAPI_JSON, parsed)


async def to_swagger(_resources: object, request: web.Request) -> web.Response:
    """Lead to the page by a relative address, which holds behind a proxy that strips a prefix."""
    path = request.rel_url.raw_path
    up = "../" * (len(path) - len(path.rstrip("/")))
    return web.Response(status=302, headers={"Location": f"{up}{SWAGGER.removeprefix('/')}"})
