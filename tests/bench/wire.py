"""Requests as they go over the wire, ready to be sent again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anomaly_container.services.univariate.contract.versions import Operation

HOST = b"Host: 127.0.0.1\r\n"


def path_of(operation: Operation) -> str:
    """Where an operation is answered in API v1.1."""
    return f"/anomalydetector/v1.1/timeseries/{operation}/detect"


def get(path: str) -> bytes:
    """A request for a page."""
    return b"GET %b HTTP/1.1\r\n%b\r\n" % (path.encode(), HOST)


def query(operation: Operation, body: bytes, *, closes: bool = False) -> bytes:
    """A request for a detection, after which the connection stays open or is closed."""
    head = b"POST %b HTTP/1.1\r\n%bContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n"
    last = b"Connection: close\r\n" if closes else b""
    return head % (path_of(operation).encode(), HOST, len(body), last) + body
