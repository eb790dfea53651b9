"""Keys and certificates, as an operator gives them and changes them."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import requests
from azure.ai.anomalydetector import AnomalyDetectorClient
from azure.ai.anomalydetector.models import TimeSeriesPoint, UnivariateDetectionOptions
from azure.cognitiveservices.anomalydetector import AnomalyDetectorClient as OldClient
from azure.cognitiveservices.anomalydetector.models import APIErrorException, Point, Request
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError
from msrest.authentication import CognitiveServicesCredentials

from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from tests.support.authority import authority
from tests.support.bodies import START
from tests.support.payloads import ENTIRE_PATH, daily_body, daily_values
from tests.system.server import SECONDS_TO_START, Server, free_port, is_open, running, spawn
from tests.system.site import CLIENT_KEY, NEXT_KEY, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

Unchecked: TypeAlias = Any  # the annotations of these clients let every field of an answer be absent

old_client: Unchecked = OldClient

SECONDS_TO_RELOAD = 20.0


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, authority(tmp_path))


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with running(site.words, workers=2, root=site.signer.root) as started:
        yield started


def ask(server: Server, key: str | None, session: Unchecked = requests) -> int:
    headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
    answer: requests.Response = session.post(
        f"{server.url}{ENTIRE_PATH}",
        data=daily_body(24),
        headers=headers,
        timeout=30,
        verify=str(server.root),
    )
    return answer.status_code


def shown_name(server: Server) -> str:
    """The name in the certificate that a new connection is shown."""
    context = ssl.create_default_context(cafile=server.root)
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        certificate: Unchecked = connection.getpeercert()
    [[(_, name)]] = certificate["subject"]
    return str(name)


def test_the_start_says_what_is_protected_and_no_key_is_seen_anywhere(site: Site) -> None:
    with running(site.words, root=site.signer.root) as server:
        assert ask(server, CLIENT_KEY) == 200
        assert ask(server, "wrong-key") == 401
        titles = [
            Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (server.process.pid, *server.worker_pids)
        ]
        out, err = server.stop()
    assert "WARNING: No access control enabled!" not in out
    assert (
        f"Access control: queries need a key, pages and probes do not. Keys in '{site.keys}': 1."
        in out.splitlines()
    )
    assert f"Now listening on: https://127.0.0.1:{server.port}" in out.splitlines()
    assert all(b"gunicorn" in title for title in titles)
    for key in (CLIENT_KEY, "wrong-key"):
        assert key not in out + err
        assert not [title for title in titles if key.encode() in title]


def test_files_of_no_use_are_one_line_each_and_nothing_listens(site: Site) -> None:
    site.keys.write_text("# none\n")
    port = free_port()
    process = spawn([*site.words, "Host=127.0.0.1", f"Port={port}"])
    out, err = process.communicate(timeout=SECONDS_TO_START)
    assert (process.returncode, out) == (1, "")
    assert err == f"The file of Access:ApiKeys, '{site.keys}', holds no key.\n"
    site.keys.write_text(f"{CLIENT_KEY}\n")
    site.pair.key.write_text("no key")
    process = spawn([*site.words, "Host=127.0.0.1", f"Port={port}"])
    out, err = process.communicate(timeout=SECONDS_TO_START)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("Tls:Certificate and Tls:Key are no certificate with its private key")
    assert len(err.splitlines()) == 1
    assert not is_open(port)


def test_the_current_client_over_https_with_a_key(server: Server) -> None:
    points = [
        TimeSeriesPoint(timestamp=START + timedelta(days=day), value=value)
        for day, value in enumerate(daily_values(48))
    ]
    options = UnivariateDetectionOptions(series=points, granularity="daily")
    right, wrong = (
        AnomalyDetectorClient(server.url, AzureKeyCredential(key), connection_verify=str(server.root))
        for key in (CLIENT_KEY, "wrong")
    )
    with right, wrong:
        assert right.detect_univariate_entire_series(options).period == 7
        with pytest.raises(ClientAuthenticationError) as refusal:
            wrong.detect_univariate_entire_series(options)
    assert refusal.value.status_code == 401
    error: Unchecked = refusal.value.error
    assert (error.code, error.message) == ("401", PLATFORM_MESSAGES[401])


def test_the_client_of_v1_0_over_https_with_a_key(server: Server) -> None:
    points = [
        Point(timestamp=START + timedelta(days=day), value=value)
        for day, value in enumerate(daily_values(48))
    ]
    request = Request(series=points, granularity="daily")
    for key in (CLIENT_KEY, "wrong"):
        with old_client(server.url, CognitiveServicesCredentials(key)) as client:
            client.config.connection.verify = str(server.root)
            if key == CLIENT_KEY:
                assert client.entire_detect(request).period == 7
                continue
            with pytest.raises(APIErrorException) as refusal:
                client.entire_detect(request)
            assert refusal.value.response.status_code == 401
            assert refusal.value.response.json() == {
                "error": {"code": "401", "message": PLATFORM_MESSAGES[401]}
            }


class Load:
    """Clients that ask without a pause, some on one connection, some on a new one each time."""

    def __init__(self, server: Server, keys: list[str]) -> None:
        self._server = server
        self._keys = keys
        self._stopping = threading.Event()
        self.seen: Counter[str] = Counter()
        self._threads = [threading.Thread(target=self._ask, args=(kept,)) for kept in (True, True, False)]

    def _ask(self, kept: bool) -> None:
        with requests.Session() as session:
            while not self._stopping.is_set():
                try:
                    status = ask(self._server, self._keys[0], session if kept else requests)
                    self.seen[str(status)] += 1
                except requests.RequestException as error:
                    self.seen[type(error).__name__] += 1

    def __enter__(self) -> Counter[str]:
        for thread in self._threads:
            thread.start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def until(condition: Unchecked) -> None:
    deadline = time.monotonic() + SECONDS_TO_RELOAD
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_certificate_and_keys_change_under_load_and_nobody_is_cut_off(site: Site, server: Server) -> None:
    assert shown_name(server) == "first"
    keys = [CLIENT_KEY]
    with Load(server, keys) as seen:
        until(lambda: seen["200"] > 20)
        site.use_certificate("second")
        # Each worker looks for itself; ten in a row are hardly all one worker's.
        until(lambda: {shown_name(server) for _ in range(10)} == {"second"})
        # First both keys are good, then the clients change over, then the old one goes.
        site.keys.write_text(f"{CLIENT_KEY}\n{NEXT_KEY}\n")
        until(lambda: {ask(server, NEXT_KEY) for _ in range(10)} == {200})
        keys[0] = NEXT_KEY
        time.sleep(0.5)
        site.keys.write_text(f"{NEXT_KEY}\n")
        until(lambda: {ask(server, CLIENT_KEY) for _ in range(10)} == {401})
        # A broken pair changes nothing.
        site.pair.key.write_text("no key")
        before = seen["200"]
        time.sleep(2.0)
        until(lambda: seen["200"] > before + 20)
        assert shown_name(server) == "second"
    assert set(seen) == {"200"}
    out, err = server.stop()
    assert err == ""
    assert 1 <= out.count("The certificate that was read before stays in use.") <= 2
    assert CLIENT_KEY not in out


def test_a_worker_that_dies_comes_back_with_access_control(site: Site, server: Server) -> None:
    site.keys.write_text(f"{NEXT_KEY}\n")
    victims = server.worker_pids
    for pid in victims:
        os.kill(pid, 9)
    until(lambda: not {*victims} & {*server.worker_pids} and server.worker_pids)
    server.wait_until_it_answers("livez")
    assert ask(server, CLIENT_KEY) == 401
    assert ask(server, NEXT_KEY) == 200
