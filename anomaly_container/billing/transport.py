"""The one thing that leaves the container: usage records, to the endpoint named at start."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import requests
import urllib3

from anomaly_container import __version__
from anomaly_container.billing.policy import Failure, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.settings import Settings

LONGEST_ANSWER: Final = 65536
"""Bytes of an answer's body that are looked at; an error in the shape of this API takes a few hundred."""
LONGEST_WAIT: Final = 86400.0
"""Seconds of Retry-After that are honoured: an endpoint may put reports off for a day, not for ever."""


class Transport:
    """Sends records over HTTP and tells how each attempt ended; it raises nothing and quotes nothing.

    Parameters
    ----------
    settings
        Where to send, with which key, through which proxy and trusting whom. Nothing else in the environment
        of the process has a say in it.
    """

    def __init__(self, settings: Settings) -> None:
        self._address = f"{settings.billing.rstrip('/')}/{settings.metering_path.lstrip('/')}"
        self._key = settings.api_key
        self._seconds = settings.metering_timeout_seconds
        self._authorities = str(settings.metering_ca_bundle) if settings.metering_ca_bundle else True
        self._proxies = _proxies(settings)

    def send(self, wire: Mapping[str, object]) -> Outcome:
        """Send one record as `Record.to_wire` made it."""
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
            with requests.Session() as session:
                session.trust_env = False
                with session.post(
                    self._address,
                    data=json.dumps(wire, separators=(",", ":")).encode(),
                    headers=headers,
                    proxies=self._proxies,
                    verify=self._authorities,
                    timeout=self._seconds,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    wait = _seconds(answer.headers.get("Retry-After"))
                    return Outcome(answer.status_code, _code(answer), wait)
        except requests.exceptions.SSLError:
            return Outcome(failure=Failure.TLS)
        # Their texts may quote the address or the proxy with its password, so they end here.
        except (OSError, ValueError, urllib3.exceptions.HTTPError):
            return Outcome(failure=Failure.NO_ANSWER)


def _proxies(settings: Settings) -> dict[str, str]:
    if not settings.http_proxy:
        return {}
    address = settings.http_proxy
    if settings.http_proxy_creds:
        user, _, password = settings.http_proxy_creds.get_secret_value().partition(":")
        parts = urlsplit(address)
        address = parts._replace(netloc=f"{quote(user, '')}:{quote(password, '')}@{parts.netloc}").geturl()
    return {"http": address, "https": address}


def _code(answer: requests.Response) -> str | None:
    """Return the code word of an error, nested as this API nests it or not."""
    if answer.status_code != 403:
        return None
    try:
        body = json.loads(answer.raw.read(LONGEST_ANSWER))
    except (OSError, ValueError, RecursionError, urllib3.exceptions.HTTPError):
        return None
    error = body.get("error", body) if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else None


def _seconds(retry_after: str | None) -> float:
    """Return the seconds that a Retry-After header asks for, given as a number or as a date."""
    if retry_after is None:
        return 0.0
    if retry_after.strip().isdecimal():
        return min(float(retry_after), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    wait = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
    return min(max(0.0, wait.total_seconds()), LONGEST_WAIT)
