"""Requests to a server: the same results, and one sentence for each failure."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from anomaly_container.cli import main as cli
from anomaly_container.cli.detect.client import HttpClient, ServerError
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.support.payloads import daily_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Capture = pytest.CaptureFixture[str]
ENTIRE = engine.answer(daily_body(48), Operation.ENTIRE, ApiVersion.V1_1, Limits())


class Peer:
    """A server that answers each request alike and remembers the last one."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, ENTIRE.body, dict(ENTIRE.headers)
        self.path, self.key = "", None
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                peer.path, peer.key = self.path, self.headers["Ocp-Apim-Subscription-Key"]
                self.send_response(peer.status)
                for name, value in peer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(peer.body)))
                self.end_headers()
                self.wfile.write(peer.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.delenv("ANOMALY_DETECTOR_KEY", raising=False)
    made = Peer()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


def test_the_answer_of_a_server_is_printed_as_ours(
    peer: Peer, write: Callable[..., str], capsys: Capture
) -> None:
    assert cli.main(["detect", write(), "--format", "csv"]) == 0
    ours = capsys.readouterr().out
    arguments = ["detect", write(), "--format", "csv", "--url", f"{peer.url}/", "--version", "v1.1"]
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out == ours
    assert peer.path == "/anomalydetector/v1.1/timeseries/entire/detect"
    assert peer.key is None


def test_the_key_comes_from_the_environment(
    peer: Peer, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("ANOMALY_DETECTOR_KEY", "s3cret")
    assert cli.main(["detect", write(), "--url", peer.url]) == 0
    assert peer.key == "s3cret"
    captured = capsys.readouterr()
    assert "s3cret" not in captured.out + captured.err


@pytest.mark.parametrize("key", ["s3cret\n", "s3 cret", "s3cret\u00fc", "s3cret\x85"])
def test_a_key_that_no_header_can_carry_is_told_and_not_quoted(
    peer: Peer, write: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: Capture, key: str
) -> None:
    monkeypatch.setenv("ANOMALY_DETECTOR_KEY", key)
    assert cli.main(["detect", write(), "--url", peer.url]) == 1
    captured = capsys.readouterr()
    assert "ANOMALY_DETECTOR_KEY holds no key that a header can carry" in captured.err
    assert "s3" not in captured.out + captured.err


def test_a_refusal_of_the_contract_keeps_its_code(
    peer: Peer, write: Callable[..., str], capsys: Capture
) -> None:
    peer.status, peer.body = 400, b'{"code": "InvalidSeries", "message": "Too few."}'
    assert cli.main(["detect", write(), "--url", peer.url]) == 1
    assert capsys.readouterr().err.endswith("days.csv: Too few. (InvalidSeries)\n")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, b"", ""),
        (302, b"", ""),
        (429, b'{"error": {"code": "429", "message": "Wait."}}', ": Wait."),
        (401, b"[]", ""),
    ],
)
def test_another_status_is_named(peer: Peer, status: int, body: bytes, said: str) -> None:
    peer.status, peer.body = status, body
    with pytest.raises(ServerError) as refusal:
        HttpClient(peer.url, 30.0)(daily_body(48), Operation.ENTIRE, ApiVersion.V1_1)
    assert str(refusal.value) == f"{peer.url} answered with status {status}{said}"


def changed(**fields: object) -> bytes:
    return json.dumps({**json.loads(ENTIRE.body), **fields}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"5",
        b"{}",
        changed(period=None),
        changed(isAnomaly=[True]),
        changed(expectedValues=[1.0] * 49),
        changed(upperMargins=[[1.0]] * 48),
        changed(severity=[]),
        changed(lowerMargins=["x"] * 48),
    ],
)
def test_an_answer_of_another_shape_is_no_answer(
    peer: Peer, write: Callable[..., str], capsys: Capture, body: bytes
) -> None:
    peer.body = body
    assert cli.main(["detect", write(), "--url", peer.url, "--format", "csv"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("days.csv: the answer is none of the Anomaly Detector API\n")


def test_an_odd_number_of_the_detector_is_none(
    peer: Peer, write: Callable[..., str], capsys: Capture
) -> None:
    peer.headers["model-id"] = "9" * 5000
    assert cli.main(["detect", write(), "--url", peer.url]) == 0
    assert capsys.readouterr().out.endswith("1 anomaly in 48 points, period 7\n")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://" + "a" * 70 + "/"])
def test_a_server_that_is_not_there_is_named(write: Callable[..., str], capsys: Capture, url: str) -> None:
    assert cli.main(["detect", write(), "--url", url]) == 1
    err = capsys.readouterr().err
    assert re.search(rf"days\.csv: {url.rstrip('/')} cannot be reached \(\w+\)\n$", err)


def test_a_server_that_says_nothing_is_waited_for_so_long(write: Callable[..., str], capsys: Capture) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:
        url = f"http://127.0.0.1:{silent.server_port}"
        assert cli.main(["detect", write(), "--url", url, "--timeout", "0.1"]) == 1
    assert capsys.readouterr().err.endswith(f"{url} did not answer within 0.1 seconds\n")


def test_a_file_of_authorities_that_is_of_no_use_is_named(
    write: Callable[..., str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/root.pem")
    assert cli.main(["detect", write(), "--url", "https://127.0.0.1:1"]) == 1
    said = "days.csv: REQUESTS_CA_BUNDLE names a file that holds no certificate or cannot be read\n"
    assert capsys.readouterr().err.endswith(said)
