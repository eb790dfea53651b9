"""With keys and a certificate from Secrets: what the chart says is given to a server, and that is asked."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import requests

from tests.support.authority import authority
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.system.server import KEY, SECONDS_TO_START, SECONDS_TO_STOP, free_port, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.deploy.conftest import Cluster

Secrets: TypeAlias = "Mapping[str, Mapping[str, str]]"

DETECTOR = "anomaly-container"
CLIENT_KEY = "key-of-a-client"
PROMETHEUS_KEY = "key-of-prometheus"


@pytest.fixture
def closed(clusters: dict[str, Cluster]) -> Cluster:
    return clusters["closed"]


def pod(cluster: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = cluster["StatefulSet", DETECTOR]["spec"]["template"]["spec"]
    return found


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    """What an operator puts into the Secrets that the values name."""
    signer = authority(tmp_path)
    pair = signer.pair("first")
    return {
        "anomaly-container": {"ApiKey": KEY},
        "clients": {"all": f"{CLIENT_KEY}\n{PROMETHEUS_KEY}\n"},
        "certificate": {
            "tls.crt": pair.certificate.read_text(),
            "tls.key": pair.key.read_text(),
            "ca.crt": signer.root.read_text(),
        },
        "of-prometheus": {"key": PROMETHEUS_KEY},
    }


def mounted(cluster: Cluster, secrets: Secrets, folder: Path) -> Path:
    """Lay the mounts of the pod below a folder, as the kubelet does below the root; return the settings."""
    text: str = cluster["ConfigMap", f"{DETECTOR}-settings"]["data"]["settings.yaml"]
    places = {mount["name"]: mount["mountPath"] for mount in pod(cluster)["containers"][0]["volumeMounts"]}
    for volume in pod(cluster)["volumes"]:
        if "secret" in volume:
            place = folder / places[volume["name"]].lstrip("/")
            place.mkdir(parents=True)
            for item in volume["secret"]["items"]:
                (place / item["path"]).write_text(secrets[volume["secret"]["secretName"]][item["key"]])
    file = folder / "settings.yaml"
    file.write_text(text.replace("/run/", f"{folder}/run/"))
    return file


@pytest.fixture
def address(closed: Cluster, secrets: Secrets, tmp_path: Path) -> Iterator[str]:
    """A server with the settings and the Secrets of the pod."""
    port = free_port()
    settings = mounted(closed, secrets, tmp_path / "mounts")
    process = spawn([f"Config={settings}", "Host=127.0.0.1", f"Port={port}", "Workers=1"])
    url = f"https://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_listening(url, tmp_path):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS_TO_STOP)


def is_listening(url: str, folder: Path) -> bool:
    try:
        requests.get(url, timeout=5, verify=str(folder / "root.pem"))
    except requests.ConnectionError:
        return False
    return True


def test_its_probes_pass_and_its_queries_and_figures_need_a_key(
    closed: Cluster, address: str, secrets: Secrets, tmp_path: Path
) -> None:
    root = str(tmp_path / "root.pem")
    [container] = pod(closed)["containers"]
    [port] = container["ports"]
    for name in ("startup", "liveness", "readiness"):
        probe = container[f"{name}Probe"]["httpGet"]
        assert (probe["port"], probe["scheme"]) == (port["name"], "HTTPS")
        # The kubelet sends no key.
        assert requests.get(address + probe["path"], timeout=10, verify=root).status_code == 200
    [endpoint] = closed["ServiceMonitor", DETECTOR]["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["scheme"]) == (port["name"], "https")
    credentials = endpoint["authorization"]["credentials"]
    key = secrets[credentials["name"]][credentials["key"]]
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {key}"}, 200)):
        figures = requests.get(address + endpoint["path"], headers=headers, timeout=10, verify=root)
        assert figures.status_code == status
    for headers, status in (({}, 401), ({"Ocp-Apim-Subscription-Key": CLIENT_KEY}, 200)):
        answer = requests.post(
            address + ENTIRE_PATH, daily_body(48), headers=headers, timeout=30, verify=root
        )
        assert answer.status_code == status


def test_prometheus_checks_the_certificate_by_a_name_that_is_in_one(closed: Cluster) -> None:
    [endpoint] = closed["ServiceMonitor", DETECTOR]["spec"]["endpoints"]
    assert endpoint["tlsConfig"] == {
        "serverName": "anomaly-container.anomaly.svc",
        "ca": {"secret": {"name": "certificate", "key": "ca.crt"}},
    }


def test_the_names_of_the_ports_say_what_is_spoken(closed: Cluster, cluster: Cluster) -> None:
    for rendered, scheme in ((closed, "https"), (cluster, "http")):
        [port] = rendered["Service", DETECTOR]["spec"]["ports"]
        [served] = pod(rendered)["containers"][0]["ports"]
        assert (port["name"], port["targetPort"], served["name"]) == (scheme, scheme, scheme)


def test_a_changed_secret_reaches_the_running_server(closed: Cluster) -> None:
    """Kubernetes renews what is mounted as a folder, and never what is mounted by a path in it."""
    mounts = {mount["name"]: mount for mount in pod(closed)["containers"][0]["volumeMounts"]}
    for name in ("clients", "tls"):
        assert "subPath" not in mounts[name]
        assert mounts[name]["readOnly"] is True


def test_who_may_speak_with_whom_is_as_without(closed: Cluster, cluster: Cluster) -> None:
    policies = [name for kind, name in cluster if kind == "NetworkPolicy"]
    assert policies
    for name in policies:
        assert closed["NetworkPolicy", name]["spec"] == cluster["NetworkPolicy", name]["spec"]


def test_without_secrets_there_is_nothing_of_them(cluster: Cluster) -> None:
    assert {volume["name"] for volume in pod(cluster)["volumes"]} == {"settings", "key", "tmp"}
