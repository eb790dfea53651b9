"""Mail, by the standard library on a thread of its own."""

from __future__ import annotations

import asyncio
import hashlib
import re
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from html import escape
from typing import TYPE_CHECKING, Final, Literal

from anomaly_container.services.streams.outputs import What
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed
from anomaly_container.services.streams.sinks.text import document_of, result_text, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.services.streams.outputs import Output

MOST: Final = 100
SECONDS: Final = 20.0
"""The longest time that the server may take for each of its answers."""
PERMANENT: Final = 500
"""From this code of SMTP on, the same message will never be taken."""
LOCAL_PART: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
MOST_OF_SUBJECT: Final = 150
PREFORMATTED: Final = "<!doctype html><meta charset=utf-8><pre>{}</pre>"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The connection to a mail server.

    Parameters
    ----------
    host, port
        The server.
    tls
        `none`, `starttls` or `tls`; the certificate is verified.
    user, password
        The credentials; blank for no login.
    trust
        The authorities that are trusted; those of the system by default.
    """

    host: str
    port: int = 25
    tls: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = ""
    trust: ssl.SSLContext | None = None

    def connect(self) -> smtplib.SMTP:
        """Connect and log in."""
        context = self.trust or ssl.create_default_context()
        if self.tls == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            client = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.tls == "starttls":
                client.starttls(context=context)
            if self.user:
                client.login(self.user, self.password)
        except BaseException:
            client.close()
            raise
        return client


class MailSink:
    """Sends one mail for each notice and report, and one for results that come together.

    Parameters
    ----------
    server
        The server.
    sender
        The address of the sender.
    recipients
        The addresses of the recipients.
    stream
        The name of the stream.
    clock
        A function that returns the time in seconds since 1970.
    """

    most: int = MOST
    repeat_seconds: float | None = None

    def __init__(
        self,
        server: MailServer,
        *,
        sender: str,
        recipients: Sequence[str],
        stream: str,
        clock: Callable[[], float],
    ) -> None:
        self._server = server
        self._sender = sender
        self._recipients = tuple(recipients)
        self._stream = stream
        self._clock = clock
        self._thread: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        """See `Sink`: each call connects."""

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        """Send outputs; see `Sink`."""
        if not outputs:
            return ALL_TAKEN
        self._thread = self._thread or ThreadPoolExecutor(max_workers=1, thread_name_prefix="sink-mail")
        mails = [(group, self._mail(group)) for group in _together(outputs)]
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._hand_over, mails)

    async def close(self) -> None:
        """Stop the thread."""
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    def _hand_over(self, mails: Sequence[tuple[Sequence[Output], EmailMessage]]) -> Receipt:
        again: list[Output] = []
        refused: list[Output] = []
        detail = ""
        try:
            client = self._server.connect()
        except (smtplib.SMTPException, OSError, ValueError):
            raise SinkFailed(message="The mail server cannot be reached, or does not let us in.") from None
        try:
            for group, mail in mails:
                try:
                    client.send_message(mail, self._sender, self._recipients)
                except (smtplib.SMTPException, OSError) as error:
                    detail = "The mail server did not take a message."
                    (refused if _is_permanent(error) else again).extend(group)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()
        return Receipt(tuple(again), tuple(refused), detail)

    def _mail(self, outputs: Sequence[Output]) -> EmailMessage:
        first = outputs[0]
        subject = text_of(first) if len(outputs) == 1 else f"{len(outputs)} results of {self._stream}"
        text = "\n".join(map(_long_text, outputs))
        mail = EmailMessage()
        mail["Subject"] = " ".join(subject.split())[:MOST_OF_SUBJECT]
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._recipients)
        mail["Date"] = formatdate(self._clock())
        mail["Message-ID"] = message_id("\n".join(output.identity for output in outputs), self._sender)
        mail.set_content(text)
        mail.add_alternative(first.html or PREFORMATTED.format(escape(text)), subtype="html")
        return mail


def message_id(identity: str, sender: str) -> str:
    """Return the Message-ID of what is sent: the same whenever it is sent again.

    Examples
    --------
    >>> message_id("shop/anomalies/7", "alarms@shop.example")
    '<shop.anomalies.7@shop.example>'
    """
    local = identity.replace("/", ".")
    if not LOCAL_PART.fullmatch(local):
        local = hashlib.sha256(identity.encode()).hexdigest()
    return f"<{local}@{sender.rpartition('@')[2]}>"


def _together(outputs: Sequence[Output]) -> list[list[Output]]:
    """Group outputs for mails: results and parked records together, each of the others in its own mail."""
    groups: list[list[Output]] = []
    for output in outputs:
        is_alone = output.what in {What.ALARMS, What.REPORTS}
        if is_alone or not groups or groups[-1][0].what is not output.what:
            groups.append([output])
        else:
            groups[-1].append(output)
    return groups


def _long_text(output: Output) -> str:
    """Return an output in lines: a notice with its highest anomalies and the link."""
    if output.what is not What.ALARMS:
        return text_of(output)
    document = document_of(output)
    lines = [text_of(output), *(f"  {result_text(one)}" for one in document.get("anomalies") or ())]
    return "\n".join([*lines, *([document["link"]] if document.get("link") else [])])


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= PERMANENT
