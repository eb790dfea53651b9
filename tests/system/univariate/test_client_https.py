"""The official clients over HTTPS, with an authority of one's own and with keys."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from azure.ai.anomalydetector import AnomalyDetectorClient
from azure.ai.anomalydetector.models import TimeSeriesPoint, UnivariateDetectionOptions
from azure.cognitiveservices.anomalydetector import AnomalyDetectorClient as OldClient
from azure.cognitiveservices.anomalydetector.models import Point, Request
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ServiceRequestError
from msrest.authentication import CognitiveServicesCredentials
from msrest.exceptions import ClientRequestError

from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from tests.clients import golang, maven
from tests.clients.javascript import CLIENTS, ask
from tests.clients.questions import QUESTIONS, plain_answers
from tests.clients.single import single
from tests.support.bodies import START
from tests.support.payloads import daily_values
from tests.system.site import CLIENT_KEY, running_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.server import Server

Unchecked: TypeAlias = Any  # the annotations of these clients let every field of an answer be absent

old_client: Unchecked = OldClient
UNKNOWN_AUTHORITY = "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
DAYS = [(START + timedelta(days=day), value) for day, value in enumerate(daily_values(48))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_site(tmp_path_factory.mktemp("site")) as started:
        yield started


def trusting(server: Server) -> dict[str, str]:
    """What makes node believe the authority."""
    return {"NODE_EXTRA_CA_CERTS": str(server.root)}


def plain(server: Server, version: str) -> dict[str, Any]:
    """What plain REST answers who has the key."""
    headers = {"Ocp-Apim-Subscription-Key": CLIENT_KEY}
    return plain_answers(version, url=server.url, verify=str(server.root), headers=headers)


@pytest.mark.parametrize("script", CLIENTS)
def test_a_javascript_client_reads_what_plain_rest_reads(server: Server, script: str) -> None:
    done = ask(script, server.url, QUESTIONS, key=CLIENT_KEY, environ=trusting(server))
    assert done.returncode == 0, done.stderr
    version, _ = CLIENTS[script]
    assert json.loads(done.stdout) == plain(server, version)


@pytest.mark.parametrize("script", CLIENTS)
def test_a_javascript_client_with_a_wrong_key_is_refused_in_the_service_s_words(
    server: Server, script: str
) -> None:
    done = ask(script, server.url, QUESTIONS, key="wrong", environ=trusting(server))
    assert done.returncode == 0, done.stderr
    refused = {"status": 401, "code": "401", "message": PLATFORM_MESSAGES[401]}
    # The client of v1.0 does not show headers.
    if CLIENTS[script][0] != "v1.0":
        refused["header"] = "401"
    assert json.loads(done.stdout) == dict.fromkeys(QUESTIONS, refused)


@pytest.mark.parametrize("script", CLIENTS)
def test_a_javascript_client_that_does_not_know_the_authority_does_not_connect(
    server: Server, script: str
) -> None:
    done = ask(script, server.url, QUESTIONS, key=CLIENT_KEY)
    assert (done.returncode, done.stdout) == (1, "")
    assert UNKNOWN_AUTHORITY in done.stderr


def period_of_the_current_client(server: Server) -> int | None:
    points = [TimeSeriesPoint(timestamp=day, value=value) for day, value in DAYS]
    options = UnivariateDetectionOptions(series=points, granularity="daily")
    with AnomalyDetectorClient(server.url, AzureKeyCredential(CLIENT_KEY), retry_total=0) as client:
        return client.detect_univariate_entire_series(options).period


def period_of_the_client_of_v1_0(server: Server) -> int:
    points = [Point(timestamp=day, value=value) for day, value in DAYS]
    with old_client(server.url, CognitiveServicesCredentials(CLIENT_KEY)) as client:
        client.config.retry_policy.retries = 0
        return int(client.entire_detect(Request(series=points, granularity="daily")).period)


def test_the_environment_tells_the_python_clients_of_the_authority(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.root))
    assert period_of_the_current_client(server) == 7
    assert period_of_the_client_of_v1_0(server) == 7


def test_a_python_client_that_does_not_know_the_authority_does_not_connect(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"):
        period_of_the_current_client(server)
    with pytest.raises(ClientRequestError) as refusal:
        period_of_the_client_of_v1_0(server)
    assert "CERTIFICATE_VERIFY_FAILED" in str(refusal.value.inner_exception)


def test_the_client_of_go_is_told_of_the_authority_by_the_environment(server: Server) -> None:
    trusting_go = {"SSL_CERT_FILE": str(server.root)}
    done = golang.ask(server.url, QUESTIONS, key=CLIENT_KEY, environ=trusting_go)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == plain(server, "v1.0")
    done = golang.ask(server.url, QUESTIONS, key="wrong", environ=trusting_go)
    assert done.returncode == 0, done.stderr
    refused = {"exception": "*azure.RequestError", "status": 401, "header": "401", "code": "401"}
    assert json.loads(done.stdout) == dict.fromkeys(QUESTIONS, refused | {"message": PLATFORM_MESSAGES[401]})


def test_the_client_of_go_that_does_not_know_the_authority_does_not_connect(server: Server) -> None:
    done = golang.ask(server.url, QUESTIONS, key=CLIENT_KEY)
    assert (done.returncode, done.stdout) == (1, "")
    assert "certificate signed by unknown authority" in done.stderr


def test_the_java_client_is_told_of_the_authority_by_a_store(server: Server, tmp_path: Path) -> None:
    maven.program()
    keytool = shutil.which("keytool")
    assert keytool is not None
    store = ("-keystore", str(tmp_path / "root.p12"), "-storepass", "changeit")
    subprocess.run(  # noqa: S603  # a test's own words
        [keytool, "-importcert", "-noprompt", "-alias", "root", "-file", str(server.root), *store], check=True
    )
    properties = (
        f"javax.net.ssl.trustStore={tmp_path / 'root.p12'}",
        "javax.net.ssl.trustStorePassword=changeit",
    )
    done = maven.ask(server.url, QUESTIONS, *properties, key=CLIENT_KEY)
    assert done.returncode == 0, done.stderr
    assert single(json.loads(done.stdout)) == single(plain(server, "v1.1-preview.1"))
    done = maven.ask(server.url, QUESTIONS, *properties, key="wrong")
    assert done.returncode == 0, done.stderr
    # Its error has a code and a message at the top level only, and this one is the platform's.
    refused = {"exception": "AnomalyDetectorErrorException", "status": 401, "header": "401"}
    assert json.loads(done.stdout) == dict.fromkeys(QUESTIONS, refused)


def test_the_java_client_that_does_not_know_the_authority_does_not_connect(server: Server) -> None:
    done = maven.ask(server.url, QUESTIONS, key=CLIENT_KEY)
    assert (done.returncode, done.stdout) == (1, "")
    assert "unable to find valid certification path" in done.stderr
