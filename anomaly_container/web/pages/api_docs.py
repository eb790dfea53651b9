"""The OpenAPI description of a port, and Swagger UI."""

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
    """Return the routes of the description in YAML and JSON and of Swagger UI.

    Parameters
    ----------
    description
        The OpenAPI description in YAML.

    Raises
    ------
    OSError
        If the description or a file of the page is missing.
    """
    as_yaml, as_json = _read_description(description)
    return [
        *(Route("GET", path, read(COMMON / name).send, Kind.PAGE) for path, name in FILES.items()),
        Route("GET", OPENAPI_YAML, as_yaml.send, Kind.PAGE),
        Route("GET", OPENAPI_JSON, as_json.send, Kind.PAGE),
        Route("GET", "/swagger", redirect_to_swagger, Kind.PAGE),
        Route("GET", "/docs", redirect_to_swagger, Kind.PAGE),
    ]


@cache
def _read_description(description: Path) -> tuple[File, File]:
    written = description.read_bytes()
    parsed = orjson.dumps(yaml.load(written, yaml.CSafeLoader))
    return file_of(OPENAPI_YAML, written), file_of(OPENAPI_JSON, parsed)


async def redirect_to_swagger(_resources: object, request: web.Request) -> web.Response:
    """Redirect to the page with a relative URL, which also works behind a proxy that strips a prefix."""
    path = request.rel_url.raw_path
    up = "../" * (len(path) - len(path.rstrip("/")))
    return web.Response(status=302, headers={"Location": f"{up}{SWAGGER.removeprefix('/')}"})
