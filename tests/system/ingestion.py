"""An endpoint of Application Insights that takes telemetry and keeps it as it was before it was packed."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from tests.system.metering import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "0a1b2c3d-1111-2222-3333-444455556666"


@dataclass
class Ingestion:
    """What came: the head of each request, and what its body says."""

    url: str
    status: int = 200
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def word(self) -> str:
        return f"ApplicationInsights:ConnectionString=InstrumentationKey={KEY};IngestionEndpoint={self.url}"

    def envelopes(self) -> list[dict[str, Any]]:
        return [envelope for body in self.bodies for envelope in json.loads(body)]

    def spans(self) -> list[dict[str, Any]]:
        return [envelope["data"]["baseData"] for envelope in self.envelopes()]


@contextmanager
def ingestion() -> Iterator[Ingestion]:
    """An endpoint that has stopped when the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            state.heads.append(f"{self.requestline}\n".encode() + bytes(self.headers))
            state.bodies.append(body)
            count = len(json.loads(body))
            answer = json.dumps({"itemsReceived": count, "itemsAccepted": count, "errors": []}).encode()
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Leave the output to the test."""

    with serving(Handler) as url:
        state = Ingestion(url)
        yield state
