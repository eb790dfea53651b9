"""The HTTP sender of usage records to the metering endpoint. No other data leaves the container."""

from __future__ import annotations

import json
import logging
import threading
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import urllib3
from certifi import where

from anomaly_container import __version__
from anomaly_container.metering.exchange import METHOD, Exchange, pool_classes
from anomaly_container.metering.policy import Failure, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.settings.base import CommonSettings

LONGEST_ANSWER: Final = 65536
"""The bytes of a response body that are read. An error in the form of this API takes a few hundred."""
LONGEST_WAIT: Final = 86400.0
"""The longest Retry-After that is honoured, in seconds. An endpoint may delay reports by a day at most."""
SECONDS_TO_END: Final = 1.0
"""Seconds for a thread to end after its connections are shut down."""
BUSY: Final = frozenset({429, 503})
"""The statuses with a Retry-After that is honoured."""
REFUSALS_OF_KEY: Final = frozenset({401, 403})
"""The statuses that count even if nothing else of the response can be read."""

log = logging.getLogger(__name__)


class Transport:
    """A sender of records over HTTP. A failure is an outcome, never an exception or a quoted message.

    An attempt has one deadline for all its steps: resolving the address, connecting, the TLS handshake,
    sending, and the whole response, however slowly it arrives. One thread makes the attempt and another waits
    for it, because address resolution cannot be interrupted. A thread that is stuck there is left behind, and
    the next attempt waits for it first.

    Parameters
    ----------
    settings
        The endpoint, the key, the proxy and the trusted certificates. Nothing else in the environment of the
        process affects them.
    """

    def __init__(self, settings: CommonSettings) -> None:
        self._address = f"{settings.billing.rstrip('/')}/{settings.metering_path.lstrip('/')}"
        self._key = settings.api_key
        self._seconds = settings.metering_timeout_seconds
        self._authorities = str(settings.metering_ca_bundle or where())
        self._proxy = settings.http_proxy
        self._proxy_credentials = settings.http_proxy_creds
        self._left_behind: threading.Thread | None = None
        _silence_quotations()

    def send(self, wire: Mapping[str, object]) -> Outcome:
        """Send one record as returned by `Record.to_wire`, and return within the deadline."""
        if self._left_behind is not None:
            self._left_behind.join(self._seconds)
            if self._left_behind.is_alive():
                log.warning("The address of the metering endpoint is still looked for.")
                return Outcome(failure=Failure.NO_ANSWER)
            self._left_behind = None
        exchange, outcomes = Exchange(), list[Outcome]()
        thread = threading.Thread(
            target=lambda: outcomes.append(self._exchange(exchange, wire)),
            name="metering attempt",
            daemon=True,
        )
        thread.start()
        thread.join(self._seconds)
        # Before the connections are shut down: what a reader makes of that is not the endpoint's response.
        outcome = outcomes[0] if outcomes else Outcome(failure=Failure.NO_ANSWER)
        exchange.end()
        thread.join(SECONDS_TO_END)
        if thread.is_alive():
            self._left_behind = thread
        if outcome.status_code is None and exchange.status in REFUSALS_OF_KEY:
            return Outcome(exchange.status)
        return outcome

    def _exchange(self, exchange: Exchange, wire: Mapping[str, object]) -> Outcome:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",  # the next record is minutes away
            "Content-Type": "application/json",
            "Idempotency-Key": str(wire["id"]),
            "Ocp-Apim-Subscription-Key": self._key.get_secret_value(),
            "User-Agent": f"anomaly-container/{__version__}",
        }
        try:
            with self._manager(exchange) as manager:
                response = manager.urlopen(
                    METHOD,
                    self._address,
                    body=json.dumps(wire, separators=(",", ":")).encode(),
                    headers=headers,
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    decode_content=False,
                )
                try:
                    return _outcome(response)
                finally:
                    response.close()
        except urllib3.exceptions.SSLError:
            return Outcome(failure=Failure.TLS)
        # Their messages are dropped: they may contain the address, or the proxy with its password.
        except (OSError, ValueError, urllib3.exceptions.HTTPError):
            return Outcome(failure=Failure.NO_ANSWER)
        except Exception as error:  # noqa: BLE001  # any exception is a failed attempt
            log.error("The metering attempt met %s.", type(error).__name__)  # noqa: TRY400  # the text may quote anything
            return Outcome(failure=Failure.NO_ANSWER)

    def _manager(self, exchange: Exchange) -> urllib3.PoolManager:
        """Return the pool manager of one attempt."""
        make = (
            partial(urllib3.ProxyManager, self._proxy, proxy_headers=self._proxy_headers())
            if self._proxy
            else urllib3.PoolManager
        )
        manager: urllib3.PoolManager = make(
            timeout=self._seconds, cert_reqs="CERT_REQUIRED", ca_certs=self._authorities
        )
        manager.pool_classes_by_scheme = pool_classes(exchange)
        return manager

    def _proxy_headers(self) -> dict[str, str]:
        if self._proxy_credentials is None:
            return {}
        credentials = b64encode(self._proxy_credentials.get_secret_value().encode("latin-1"))
        return {"Proxy-Authorization": f"Basic {credentials.decode()}"}


def _silence_quotations() -> None:
    """Stop urllib3 from logging headers that it cannot parse: they may repeat what was sent."""
    logging.getLogger("urllib3.connection").addFilter(_nothing)


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _outcome(response: urllib3.BaseHTTPResponse) -> Outcome:
    code = _code(response) if response.status == 403 else None
    wait = _seconds(response.headers.get("Retry-After")) if response.status in BUSY else 0.0
    return Outcome(response.status, code, wait)


def _code(response: urllib3.BaseHTTPResponse) -> str | None:
    """Return the code of an error, nested in an `error` object or not."""
    try:
        body = json.loads(response.read(LONGEST_ANSWER))
    except (OSError, ValueError, RecursionError, urllib3.exceptions.HTTPError):
        return None
    error = body.get("error", body) if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else None


def _seconds(retry_after: str | None) -> float:
    """Return the seconds in a Retry-After header, given as a number or as a date."""
    if retry_after is None:
        return 0.0
    if retry_after.strip().isdecimal():
        return min(float(retry_after), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(retry_after)
        wait = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):  # not a date, or one out of range
        return 0.0
    return min(max(0.0, wait), LONGEST_WAIT)
