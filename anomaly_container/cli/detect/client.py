"""The clients of the command `detect`: one that detects in this process, and one for a server."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import requests

from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.errors import ContractError
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import detection_path

if TYPE_CHECKING:
    from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation

KEY_VARIABLE: Final = "ANOMALY_DETECTOR_KEY"
AUTHORITY_VARIABLE: Final = "REQUESTS_CA_BUNDLE"
"""The library `requests` reads it itself."""
NO_AUTHORITIES: Final = f"{AUTHORITY_VARIABLE} names a file that holds no certificate or cannot be read"


class Reply(NamedTuple):
    """The body of a response and the number of the detector."""

    body: bytes
    model_id: int


class ServerError(Exception):
    """A server cannot be reached, or refused a request for a reason outside the contract."""


class Client(Protocol):
    """Takes the body of a request and returns the reply.

    Raises
    ------
    ContractError
        If the request breaks the contract.
    ServerError
        If a server cannot be reached.
    """

    def __call__(self, body: bytes, operation: Operation, version: ApiVersion) -> Reply:
        """Return the reply to one request."""


def detect_in_process(body: bytes, operation: Operation, version: ApiVersion) -> Reply:
    """Detect in this process, within the limits of the service."""
    answer = engine.answer(body, operation, version, Limits())
    return Reply(answer.body, int(answer.headers["model-id"]))


class HttpClient:
    """Sends requests to a server.

    Parameters
    ----------
    url
        The URL of the server, without the path.
    seconds
        How long to wait for a connection and for each part of a response.
    """

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._session = requests.Session()
        self._session.headers["Content-Type"] = "application/json"
        key = os.environ.get(KEY_VARIABLE, "")
        self._has_usable_key = all("!" <= character <= "~" for character in key)
        if key and self._has_usable_key:
            self._session.headers["Ocp-Apim-Subscription-Key"] = key

    def __call__(self, body: bytes, operation: Operation, version: ApiVersion) -> Reply:
        """Send one request and return the reply."""
        if not self._has_usable_key:
            message = f"{KEY_VARIABLE} holds no key that a header can carry, such as one with a line break"
            raise ServerError(message)
        try:
            response = self._session.post(
                self._url + detection_path(operation, version),
                data=body,
                timeout=self._seconds,
                allow_redirects=False,
            )
        except requests.Timeout:
            message = f"{self._url} did not answer within {self._seconds:g} seconds"
            raise ServerError(message) from None
        except requests.exceptions.SSLError as error:
            raise ServerError(_tls_message(self._url, str(error))) from None
        # `requests` does not wrap the errors of names and keys that cannot be encoded.
        except (requests.RequestException, ValueError) as error:
            message = f"{self._url} cannot be reached ({type(error).__name__})"
            raise ServerError(message) from None
        except OSError:  # `requests` raises it if the file of authorities does not exist
            raise ServerError(NO_AUTHORITIES) from None
        if response.status_code == requests.codes.ok:
            return Reply(response.content, _number(response.headers.get("model-id", "")))
        raise _refusal(response, self._url)


def _tls_message(url: str, text: str) -> str:
    """Return why there is no encrypted connection; OpenSSL gives the reason only as text."""
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            f"{url} shows a certificate that is not from a known authority or not for that name; "
            f"{AUTHORITY_VARIABLE} may name a file of authorities"
        )
    if "NO_CERTIFICATE" in text:
        return NO_AUTHORITIES
    return f"{url} speaks no TLS that is understood here"


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _refusal(response: requests.Response, url: str) -> ContractError | ServerError:
    """Return the error of a status other than 200; a flat body is an error of the contract."""
    try:
        document = response.json()
    except ValueError:
        document = None
    document = document if isinstance(document, dict) else {}
    if isinstance(document.get("code"), str) and isinstance(document.get("message"), str):
        return ContractError(document["code"], document["message"], response.status_code)
    inner = document.get("error")
    message = f": {inner['message']}" if isinstance(inner, dict) and "message" in inner else ""
    return ServerError(f"{url} answered with status {response.status_code}{message}")
