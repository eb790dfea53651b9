"""An endpoint that sends the key back wherever an answer has room for text: it is printed nowhere."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from typing import TYPE_CHECKING

import requests

from tests.system.server import ENTRYPOINT, GATE, KEY, running
from tests.system.test_policy import until
from tests.system.test_privacy import files
from tests.unit.billing.raw_endpoint import answering

if TYPE_CHECKING:
    import socket
    from pathlib import Path

K = KEY.encode()
PAGES = ("status", "ready", "metrics", "livez")
# Each of them is an answer, or begins like one.
ECHOES = (
    b"HTTP/1.1 200 " + K + b"\r\n\r\n",
    b"HTTP/1.1 " + K + b"\r\n\r\n",
    K + b"\r\n\r\n",
    b"HTTP/" + K + b" 200 OK\r\n\r\n",
    b"HTTP/1.1 500 No\r\nX-Echo: " + K + b"\r\n" + K + b": 1\r\n\r\n",
    b"HTTP/1.1 500 No\r\n" + K + b"\r\nno colon " + K + b"\r\n\r\n",
    b"HTTP/1.1 500 No\r\n folded " + K + b"\r\nX: y\r\n\t" + K + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n: " + K + b"\r\nContent-Type: multipart/mixed; boundary=" + K + b"\r\n\r\n--" + K,
    b"HTTP/1.1 302 Found\r\nLocation: http://" + K + b"/\r\n\r\n",
    b"HTTP/1.1 307 Elsewhere\r\nLocation: /" + K + b"\r\n\r\n",
    b"HTTP/1.1 503 Busy\r\nRetry-After: " + K + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nSet-Cookie: a=" + K + b"; Domain=" + K + b"; Expires=" + K + b"\r\n\r\n",
    b"HTTP/1.1 403 No\r\nContent-Length: " + K + b"\r\n\r\n",
    b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n1;" + K + b"\r\n{\r\n" + K + b"\r\n",
    b"HTTP/1.1 403 No\r\nTransfer-Encoding: " + K + b"\r\nContent-Encoding: " + K + b"\r\n\r\n" + K,
    b'HTTP/1.1 403 No\r\n\r\n{"error":{"code":"' + K + b'","message":"' + K + b'"}}',
    b"HTTP/1.1 401 " + K + b"\r\nWWW-Authenticate: " + K + b"\r\n\r\n" + K,
    b"HTTP/1.1 407 " + K + b"\r\nProxy-Authenticate: " + K + b"\r\n\r\n",
    b"HTTP/1.1 101 " + K + b"\r\nUpgrade: " + K + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + K * 4000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + (b"X: " + K + b"\r\n") * 200 + b"\r\n",
    b"HTTP/1.1 400 No\r\n\r\n" + K,
)


def test_a_key_that_comes_back_is_in_no_output_file_page_or_record(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def echo(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(ECHOES[(len(heard) - 1) % len(ECHOES)])

    with answering(echo) as url:
        words = [
            *(word for word in GATE if not word.startswith("Billing")),
            *(f"Billing={url}", f"Mounts:Output={tmp_path}", "Metering:IntervalSeconds=0.02"),
            *("Logging:Disk:Format=json", "Logging:Disk:LogLevel=Trace", "Logging:Requests=json"),
            "Logging:Console:LogLevel:Default=Trace",
        ]
        with running(words, ready=False) as server:
            until(lambda: len(heard) > 2 * len(ECHOES))
            pages = [requests.get(f"{server.url}/{page}", timeout=10).content for page in PAGES]
            written = dict(files(tmp_path))
            out, err = server.stop()
    usage = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "anomaly_container", "usage", str(tmp_path / "metering")],
        cwd=ENTRYPOINT.parent,
        capture_output=True,
        check=True,
        timeout=60,
    )
    written |= files(tmp_path)
    written |= {f"page {name}": page for name, page in zip(PAGES, pages, strict=True)}
    written |= {"output": out.encode(), "errors": err.encode(), "usage": usage.stdout + usage.stderr}
    assert all(K in request for request in heard), "the endpoint gets it"
    assert "Metering attempt failed with status 'Invalid'." in out
    assert [name for name in written if name.endswith(".jsonl")]
    assert err == ""
    secrets = (K, b64encode(K), K.hex().encode(), repr(KEY).encode())
    assert not [name for name, octets in written.items() for secret in secrets if secret in octets]
