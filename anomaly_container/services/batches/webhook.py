"""The webhook: one request for each batch with anomalies, after its results are published."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import OutboundError, Unavailable
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.keys import summary_key

if TYPE_CHECKING:
    from anomaly_container.outbound.http_client import HttpClient
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.ledger import Entry

ATTEMPTS: Final = 5
FIRST_PAUSE: Final = 1.0
"""Seconds until the second attempt; they double with each."""
LONGEST: Final = 1 << 20
HEADERS: Final = {"Content-Type": "application/json"}

log = logging.getLogger(__name__)


class Webhook:
    """Sends the summaries of batches with anomalies.

    Parameters
    ----------
    client
        Sends requests.
    store
        Has the summaries.
    url
        Where they are sent.
    allow_http
        Whether the URL may be http to another machine.
    """

    def __init__(self, client: HttpClient, store: ObjectStore, url: str, *, allow_http: bool) -> None:
        self._client = client
        self._store = store
        self._url = url
        self._allow_http = allow_http

    async def send(self, entry: Entry) -> None:
        """Send the summary of a batch, several times if needed; a failure is counted and logged.

        Parameters
        ----------
        entry
            The batch, which is published.
        """
        try:
            await self._until_taken(entry)
        except OutboundError:
            metrics.WEBHOOK.labels("failed").inc()
            log.error("The webhook did not take the summary of batch %s.", entry.id)  # noqa: TRY400  # one line says it
        else:
            metrics.WEBHOOK.labels("sent").inc()

    async def _until_taken(self, entry: Entry) -> None:
        headers = {**HEADERS, "Idempotency-Key": entry.id}
        for attempt in range(ATTEMPTS):
            try:
                body = (await self._store.read(summary_key(entry.key), LONGEST)).data
                await self._client.post(self._url, body, headers, allow_http=self._allow_http)
            except Unavailable:
                if attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(FIRST_PAUSE * 2**attempt)
            else:
                return
