"""A collector of OpenTelemetry that takes spans by OTLP over HTTP and decodes them as its makers do."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.system.metering import serving

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@dataclass(frozen=True)
class Collected:
    """A span as it came."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    state: str
    seconds: float
    status: int
    attributes: dict[str, str | int]


@dataclass
class Collector:
    """What came: the path and the headers of each request, and what its body says."""

    url: str
    status: int = 200
    paths: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    is_open: threading.Event = field(default_factory=threading.Event)

    @property
    def word(self) -> str:
        return f"OpenTelemetry:Endpoint={self.url}"

    def resources(self) -> list[dict[str, str | int]]:
        return [attributes(of.resource.attributes) for one in self._requests() for of in one.resource_spans]

    def spans(self) -> list[Collected]:
        return [
            Collected(
                name=span.name,
                kind=span.kind,
                trace_id=span.trace_id.hex(),
                span_id=span.span_id.hex(),
                parent_id=span.parent_span_id.hex(),
                state=span.trace_state,
                seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                status=span.status.code,
                attributes=attributes(span.attributes),
            )
            for one in self._requests()
            for of in one.resource_spans
            for scope in of.scope_spans
            for span in scope.spans
        ]

    def _requests(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]


def attributes(pairs: object) -> dict[str, str | int]:
    """Attributes by name, whatever type their values have."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}  # type: ignore[attr-defined]  # lists of protobuf have no type of their own


@contextmanager
def collector(tls: ssl.SSLContext | None = None) -> Iterator[Collector]:
    """A collector that has stopped when the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.paths.append(self.path)
            state.heads.append(f"{self.requestline}\n".encode() + bytes(self.headers))
            state.bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            state.is_open.wait()
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Leave the output to the test."""

    with serving(Handler, tls) as url:
        state = Collector(url)
        state.is_open.set()
        yield state
