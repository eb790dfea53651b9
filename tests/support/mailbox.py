"""A mailbox: a real SMTP server on loopback."""

from __future__ import annotations

import email
import socket
from contextlib import contextmanager
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from aiosmtpd.smtp import Envelope, Session


class Inbox:
    """Keeps what came; answers DATA with `answer`, and RCPT with those of `refused`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"
        self.refused: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802  # aiosmtpd calls it by this name
        self, _server: object, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # as above
        self, _server: object, _session: Session, envelope: Envelope
    ) -> str:
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.mails.append(email.message_from_bytes(content, policy=default))
            self.envelopes.append(envelope)
        return self.answer


@contextmanager
def mail_server(inbox: Inbox, **words: Any) -> Iterator[int]:  # noqa: ANN401  # those of aiosmtpd's Controller
    """Serve a mailbox on a free port, and return the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **words)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
