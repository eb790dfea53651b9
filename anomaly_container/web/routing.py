"""The table of routes and the lookup of a request in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from aiohttp.typedefs import Handler

    from anomaly_container.web.service import Service

R = TypeVar("R")
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
NO_FACTS: Final[Mapping[str, str]] = MappingProxyType({})


class Kind(StrEnum):
    """The kind of a route, which decides on authentication and the rate limit."""

    QUERY = "query"
    ADMIN = "admin"
    PAGE = "page"
    PROBE = "probe"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class Route(Generic[R]):
    """One row of a table of routes.

    Attributes
    ----------
    method
        The HTTP method; GET includes HEAD.
    path
        The path as it is documented.
    handler
        The handler, called with the resources of the service and the request.
    kind
        The kind of the route.
    facts
        Fields for the log, the trace and the errors of the service: `operation`, `apiVersion`.
    """

    method: str
    path: str
    handler: Callable[[R, web.Request], Awaitable[web.StreamResponse]]
    kind: Kind
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)


@dataclass(frozen=True, slots=True)
class Match:
    """The result of a lookup.

    Attributes
    ----------
    service
        The service that owns the path; the first of the port if none does.
    kind
        The kind of the route.
    path
        The path as it is documented; None if the path is not served.
    facts
        The facts of the route.
    handler
        The handler; None if the path is not served or does not allow the method.
    allow
        The methods that the path allows, if the method of the request is not among them.
    """

    service: Service[Any, Any]
    kind: Kind
    path: str | None = None
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)
    handler: Handler | None = None
    allow: tuple[str, ...] = ()


MATCH: Final = web.RequestKey("match", Match)
"""The match of a request, which the middleware of the metrics looks up for all."""
Bound = tuple["Service[Any, Any]", Route[Any], "Handler"]
"""A route with its service and a handler that needs only the request."""


class RouteConflictError(Exception):
    """Two services of one port claim the same path."""


class Table:
    """All routes of a port.

    Parameters
    ----------
    bound
        The routes of all services, those of the first service first.

    Raises
    ------
    RouteConflictError
        If a method and a path occur twice.
    """

    def __init__(self, bound: Iterable[Bound]) -> None:
        self._matches: dict[tuple[str, str], Match] = {}
        self._methods: dict[str, list[str]] = {}
        for service, route, handler in bound:
            if (route.path, route.method) in self._matches:
                reason = f"{route.method} {route.path} is claimed twice"
                raise RouteConflictError(reason)
            match = Match(service, route.kind, route.path, route.facts, handler)
            methods = ("GET", "HEAD") if route.method == "GET" else (route.method,)
            for method in methods:
                self._matches[route.path, method] = match
                self._methods.setdefault(route.path, []).append(method)
        matches = list(self._matches.values())
        self._first = matches[0].service
        self._services = list({match.service.name: match.service for match in matches}.values())
        self._guarded = {
            _first_segment(match.path or ""): match.service
            for match in matches
            if match.kind in {Kind.QUERY, Kind.ADMIN}
        }
        # A segment with pages, such as `/ui/`, is not guarded: its unknown paths are pages too.
        for match in matches:
            if match.kind is Kind.PAGE and "/" in (match.path or "").strip("/"):
                self._guarded.pop(_first_segment(match.path or ""), None)
        self._fixed: dict[tuple[str, str], str] = {}
        self._patterns: list[tuple[str, str, re.Pattern[str]]] = []
        for service in self._services:
            for path in self._methods:
                if "{" not in path:
                    self._fixed[service.name, service.spelling(path)] = path
                else:
                    self._patterns.append((service.name, path, _pattern(path, service.spelling)))
        self._patterns.sort(key=lambda row: by_fixed_text(row[1]))

    def match(self, request: web.Request) -> Match:
        """Return the match of a request."""
        resource = request.match_info.route.resource
        if resource is not None:
            found = self._matches.get((resource.canonical, request.method))
            if found is not None:
                return found
        return self._match_other(request)

    def methods(self, service: Service[Any, Any]) -> list[str]:
        """Return the methods of the routes of a service, in alphabetical order."""
        return sorted(
            {method for (_, method), match in self._matches.items() if match.service.name == service.name}
        )

    def _match_other(self, request: web.Request) -> Match:
        """Look up a path that has another spelling, allows other methods, or is not served."""
        method = request.method
        for service in self._services:
            spelt = service.spelling(request.path)
            path, parameters = self._path_of(service, spelt)
            if path is None:
                continue
            request.match_info.update(parameters)
            found = self._matches.get((path, method))
            if found is not None:
                return found
            methods = self._methods[path]
            first = self._matches[path, methods[0]]
            return Match(first.service, first.kind, path, first.facts, None, tuple(sorted(methods)))
        for service in self._services:
            owner = self._guarded.get(_first_segment(service.spelling(request.path)))
            if owner is not None:
                return Match(owner, Kind.QUERY)
        return Match(self._first, Kind.PAGE)

    def _path_of(self, service: Service[Any, Any], spelt: str) -> tuple[str | None, Mapping[str, str]]:
        """Return the path of the table for a spelling, and the values of its placeholders."""
        path = self._fixed.get((service.name, spelt))
        if path is not None:
            return path, NO_FACTS
        for name, pattern_path, pattern in self._patterns:
            found = pattern.fullmatch(spelt) if name == service.name else None
            if found is not None:
                return pattern_path, dict(zip(PLACEHOLDER.findall(pattern_path), found.groups(), strict=True))
        return None, NO_FACTS


def by_fixed_text(path: str) -> tuple[bool, int]:
    """Return a sort key that puts fixed paths first, then those with the most fixed text.

    `models/{id}:detect-batch` comes before `models/{id}`.
    """
    return "{" in path, -len(PLACEHOLDER.sub("", path))


def _first_segment(path: str) -> str:
    return path.lstrip("/").partition("/")[0]


def _pattern(path: str, spelling: Callable[[str], str]) -> re.Pattern[str]:
    """Return the pattern of a path with placeholders, in the spelling of the service."""
    template = PLACEHOLDER.sub("{}", path)
    return re.compile("([^/]+)".join(map(re.escape, spelling(template).split("{}"))))
