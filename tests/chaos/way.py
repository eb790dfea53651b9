"""The way to the metering endpoint, which can be cut in several manners."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import requests

from tests.system.metering import PassingOn, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.metering import Receiver


class Outage(StrEnum):
    """What happens to a record on its way."""

    REFUSED = "answered 500"
    BUSY = "answered 503"
    HANGING = "not answered"
    CLOSED = "connection closed"
    ANSWER_LOST = "stored, answer lost"


@dataclass
class Way:
    """The way, as it is now; `outage` None lets records pass."""

    url: str = ""
    outage: Outage | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when an outage is over: who hangs then goes on."""
    happened: Counter[str] = field(default_factory=Counter)

    def cut(self, outage: Outage) -> None:
        """Begin an outage."""
        self.ended.clear()
        self.outage = outage

    def mend(self) -> None:
        """End it."""
        self.outage = None
        self.ended.set()


@contextmanager
def way_to(receiver: Receiver) -> Iterator[Way]:
    """Serve a way to the receiver until the block ends."""
    way = Way()

    class Handler(PassingOn):
        receiver_url = receiver.url

        def do_POST(self) -> None:  # noqa: N802  # as `http.server` calls it
            body = self.rfile.read(int(self.headers["Content-Length"]))
            outage = way.outage
            way.happened[outage or "stored"] += 1
            if outage is Outage.HANGING:
                way.ended.wait()
            if outage in {Outage.HANGING, Outage.CLOSED}:
                return
            if outage is Outage.REFUSED:
                self.reply(500)
            elif outage is Outage.BUSY:
                self.reply(503)
            else:
                status = self.forward(body)
                if outage is None:
                    self.reply(status)

        def forward(self, body: bytes) -> int:
            try:
                return super().forward(body)
            except requests.ConnectionError:
                return 502  # the whole run was interrupted, and the endpoint ended first

    with serving(Handler) as url:
        way.url = url
        try:
            yield way
        finally:
            way.mend()
