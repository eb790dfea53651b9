"""The health check of the image: `python -m anomaly_container.process.health_check`.

It runs every 30 seconds beside a server that needs the processor. So it imports only the standard library and
resolves no settings: the server writes its address to a file.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

FILE_VARIABLE: Final = "HEALTH_CHECK_FILE"
"""The variable that names the file for the server and the check; if it is not set, no file is written."""
PAGE: Final = "/livez"
SECONDS: Final = 4.0
# 401 if the page needs a key: the server that answers so is alive.
ALIVE: Final = frozenset({http.HTTPStatus.OK, http.HTTPStatus.UNAUTHORIZED})
ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # a key of a table, not bound


def leave_address(scheme: str, host: str, port: int) -> None:
    """Write the address at which the server is reached from inside the container, if a file is named for it.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    if name := os.environ.get(FILE_VARIABLE):
        near = ANYWHERE.get(host, host)
        near = f"[{near}]" if ":" in near else near
        Path(name).write_text(f"{scheme}://{near}:{port}", encoding="utf-8")


def main() -> int:
    """Request the page, and return 0 if the server is alive, else 1 after a line that says why."""
    try:
        address = Path(os.environ.get(FILE_VARIABLE, "")).read_text(encoding="utf-8")
        status = _status(address)
    # A ValueError comes from a file that does not hold an address.
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        return 1
    if status in ALIVE:
        return 0
    sys.stdout.write(f"{address}{PAGE} answered {status}\n")
    return 1


def _status(address: str) -> int:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=SECONDS, context=_any_certificate()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    try:
        connection.request("GET", PAGE)
        return connection.getresponse().status
    finally:
        connection.close()


def _any_certificate() -> ssl.SSLContext:
    """Return a context that accepts every certificate: its names are those that clients outside use."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    sys.exit(main())
