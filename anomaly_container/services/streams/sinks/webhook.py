"""A webhook: batches of outputs as JSON, or as a text for Slack, with a signature."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.outbound.errors import Unavailable, UrlError
from anomaly_container.outbound.http_client import UnexpectedStatus
from anomaly_container.services.streams.sinks.retry_after import seconds_of
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed, SinkRefused
from anomaly_container.services.streams.sinks.text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.outbound.http_client import HttpClient
    from anomaly_container.services.streams.outputs import Output

SIGNATURE: Final = "X-Anomaly-Signature"
TRY_AGAIN: Final = frozenset({408, 425, 429})
"""With 5xx, the statuses after which the same may be taken later."""
SLACK_LINES: Final = 50


class WebhookSink:
    """Posts outputs to a URL.

    Parameters
    ----------
    client
        The client that sends requests, which does not follow redirects.
    url
        The URL, of https, of http on loopback, or of http with `allow_http`.
    stream
        The name of the stream.
    clock
        A function that returns the time in seconds since 1970.
    secret
        The secret that signs each request; None for no signature.
    batch
        The largest number of outputs in a request.
    seconds
        The longest time that the receiver may take.
    is_slack
        True if the body is a text for Slack instead of the documents.
    allow_http
        True if the URL may be http to another machine.
    """

    repeat_seconds: float | None = None

    def __init__(  # noqa: PLR0913  # its settings
        self,
        client: HttpClient,
        url: str,
        *,
        stream: str,
        clock: Callable[[], float],
        secret: str | None = None,
        batch: int = 100,
        seconds: float = 10.0,
        is_slack: bool = False,
        allow_http: bool = False,
    ) -> None:
        self.most = batch
        self._client = client
        self._url = url
        self._stream = stream
        self._clock = clock
        self._secret = secret
        self._seconds = seconds
        self._is_slack = is_slack
        self._allow_http = allow_http

    async def open(self) -> None:
        """See `Sink`: each request has a connection of its own."""

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        """Post outputs in one request; see `Sink`."""
        body = self._slack(outputs) if self._is_slack else self._json(outputs)
        ids = "\n".join(output.identity for output in outputs)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": hashlib.sha256(ids.encode()).hexdigest(),
        }
        if self._secret is not None:
            headers[SIGNATURE] = signature(self._secret, body, int(self._clock()))
        try:
            await self._client.post(
                self._url, body, headers, allow_http=self._allow_http, seconds=self._seconds
            )
        except UnexpectedStatus as answer:
            if answer.status in TRY_AGAIN or answer.status >= 500:
                wish = seconds_of(answer.retry_after, self._clock())
                raise SinkFailed(str(answer), wish) from None
            raise SinkRefused(str(answer)) from None
        except (Unavailable, UrlError) as error:
            raise SinkFailed(str(error)) from None
        return ALL_TAKEN

    async def close(self) -> None:
        """See `Sink`: nothing is open."""

    def _json(self, outputs: Sequence[Output]) -> bytes:
        documents = b",".join(output.line for output in outputs)
        return b'{"stream":%b,"outputs":[%b]}' % (orjson.dumps(self._stream), documents)

    def _slack(self, outputs: Sequence[Output]) -> bytes:
        lines = [text_of(output) for output in outputs[:SLACK_LINES]]
        if len(outputs) > SLACK_LINES:
            lines.append(f"and {len(outputs) - SLACK_LINES} more")
        text = "\n".join(lines)
        for sign, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(sign, escaped)
        return orjson.dumps({"text": text})


def signature(secret: str, body: bytes, now: int) -> str:
    """Return the signature of a body: the time, and the HMAC-SHA256 of the time, a dot and the body.

    Parameters
    ----------
    secret
        The secret that the sender and the receiver share.
    body
        The body.
    now
        The time in seconds since 1970; a receiver refuses one that is too far from its own.

    Examples
    --------
    >>> signature("secret", b"{}", 1700000000)
    't=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163'
    """
    signed = b"%d.%b" % (now, body)
    return f"t={now},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
