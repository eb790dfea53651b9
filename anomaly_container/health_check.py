"""Tell whether the server of this container lives: `python -m anomaly_container.health_check`.

It runs every half minute beside a server that needs the processor, so it imports nothing but the standard
library, and it resolves no setting: the server leaves its address in a file.
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
"""Names the file of the address, for the server and for the check; without it the server writes none."""
PAGE: Final = "/livez"
SECONDS: Final = 4.0
# 401 where the page needs a key: whoever says so lives.
ALIVE: Final = frozenset({http.HTTPStatus.OK, http.HTTPStatus.UNAUTHORIZED})
ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # looked up, not listened on


def leave_address(scheme: str, host: str, port: int) -> None:
    """Write down where the server can be asked from inside the container, if somebody wants to know.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    if name := os.environ.get(FILE_VARIABLE):
        near = ANYWHERE.get(host, host)
        near = f"[{near}]" if ":" in near else near
        Path(name).write_text(f"{scheme}://{near}:{port}", encoding="utf-8")


def main() -> int:
    """Ask, and return the exit code: 0 when the server lives, else 1 after one line that says why."""
    try:
        address = Path(os.environ.get(FILE_VARIABLE, "")).read_text(encoding="utf-8")
        status = _status(address)
    # ValueError: the file holds something else.
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
    """Return terms that take every certificate: it is for the names that others call the server by."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    sys.exit(main())
