"""The chart renders for every variant, keeps to the schemas of Kubernetes and refuses what it must."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from anomaly_container import __version__
from tests.deploy.conftest import VARIANTS
from tests.deploy.rendering import CHART, MANIFESTS, REQUIRED, SCHEMA, Document, manifests, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.deploy.conftest import Cluster

WARNING = 2
"""The severity of Helm's findings from which on something is wrong."""

META = yaml.safe_load((CHART / "Chart.yaml").read_text())
VALUES_TEXT = (CHART / "values.yaml").read_text()
FIRST_MINOR = 30
LAST_MINOR = 37

SECRET = REQUIRED["apiKey"]
REFUSED: Mapping[str, tuple[Mapping[str, object], str]] = {
    "no licence words": ({"apiKey": SECRET}, "eula"),
    "other licence words": ({**REQUIRED, "eula": "yes"}, "eula"),
    "no secret": ({"eula": "accept"}, "existingSecret"),
    "a key among the values": ({**REQUIRED, "apiKey": {"existingSecret": "a", "key": "k"}}, "apiKey"),
    "a key among the settings": ({**REQUIRED, "settings": {"apikey": "k"}}, "apikey"),
    "a password among the settings": (
        {**REQUIRED, "settings": {"HTTP_PROXY_CREDS": "u:p"}},
        "HTTP_PROXY_CREDS",
    ),
    "a key of a collector among the settings": (
        {**REQUIRED, "settings": {"OpenTelemetry:Headers": "k=v"}},
        "OpenTelemetry:Headers",
    ),
    "a setting of the chart's own": ({**REQUIRED, "settings": {"Mounts:Output": "/o"}}, "Mounts:Output"),
    "a value that is none": ({**REQUIRED, "replica": 3}, "replica"),
    "a setting of the chart's own in its other spelling": (
        {**REQUIRED, "settings": {"access__apikeys": "/k"}},
        "access__apikeys",
    ),
    "a certificate among the settings": (
        {**REQUIRED, "settings": {"Tls:Certificate": "/c"}},
        "Tls:Certificate",
    ),
    "probes that need a key": (
        {**REQUIRED, "access": {"existingSecret": "a", "pages": "all"}},
        "/access/pages",
    ),
    "pages that need a key where there is none": (
        {**REQUIRED, "access": {"pages": "key"}},
        "access.existingSecret",
    ),
    "figures that nobody may fetch": (
        {
            **REQUIRED,
            "access": {"existingSecret": "a", "pages": "key"},
            "serviceMonitor": {"enabled": True},
        },
        "serviceMonitor.authorization.existingSecret",
    ),
    "a user in the address": ({**REQUIRED, "billing": "https://u:p@metering.example/"}, "billing"),
    "a file outside the volume": ({**REQUIRED, "billing": "file:///tmp/log"}, "billing"),
    "an endpoint at no address": (
        {**REQUIRED, "billing": "https://metering.example/"},
        "networkPolicy.billingPeers",
    ),
    "an unknown service": ({**REQUIRED, "service": "univariate"}, "service"),
    "batches without a store": ({**REQUIRED, "service": "batches"}, "batches.url"),
    "a store of another service": (
        {**REQUIRED, "batches": {"url": "s3://sensors"}},
        "service: batches",
    ),
    "a password in the address of the store": (
        {**REQUIRED, "service": "batches", "batches": {"url": "s3://u:p@sensors"}},
        "url",
    ),
    "a store at no address": (
        {**REQUIRED, "service": "batches", "batches": {"url": "s3://sensors"}},
        "networkPolicy.egress",
    ),
    "streams without a source": ({**REQUIRED, "service": "streams"}, "streams.source"),
    "a source of another service": (
        {**REQUIRED, "streams": {"source": "/events/log"}},
        "service: streams",
    ),
    "brokers at no address": (
        {**REQUIRED, "service": "streams", "streams": {"source": "kafka://broker:9092/events"}},
        "networkPolicy.egress",
    ),
    "a password of brokers among the settings": (
        {**REQUIRED, "settings": {"Streams:Kafka:Password": "p"}},
        "Streams:Kafka:Password",
    ),
    "a secret of a sink among the settings": (
        {**REQUIRED, "settings": {"Streams:Sinks:hook:Secret": "p"}},
        "Streams:Sinks:hook:Secret",
    ),
    "a peer without an address": (
        {**REQUIRED, "networkPolicy": {"egress": [{"ports": [{"port": 443}]}]}},
        "to",
    ),
    "a password of notifications among the settings": (
        {**REQUIRED, "settings": {"Batches:Notify:Password": "p"}},
        "Batches:Notify:Password",
    ),
    "shared storage": ({**REQUIRED, "output": {"accessMode": "ReadWriteMany"}}, "accessMode"),
}


def paths(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The path of every value, sections included; a free mapping is one value."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        yield path
        if isinstance(value, dict) and value:
            yield from paths(value, f"{path}.")


@pytest.mark.parametrize("variant", VARIANTS)
def test_helm_finds_nothing_wrong(rendered: dict[str, dict[str, Any]], variant: str) -> None:
    findings = rendered[variant]["lint"]
    assert findings["total_charts_linted"] == 1
    assert not findings["errors"]
    assert not [found for found in findings["messages"] if found["severity"] >= WARNING]


@pytest.mark.parametrize("minor", range(FIRST_MINOR, LAST_MINOR + 1))
def test_every_document_keeps_to_the_schemas_of_kubernetes(clusters: dict[str, Cluster], minor: int) -> None:
    kubernetes = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not there")
    for cluster in clusters.values():
        for (kind, _), document in cluster.items():
            if kind == "ServiceMonitor":  # no kind of Kubernetes' own: test_workload.py looks at it
                continue
            assert kubernetes.validate(document, f"1.{minor}", strict=True) == f"1.{minor}"


def test_the_schemas_find_what_is_wrong(cluster: Cluster) -> None:
    kubernetes = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not there")
    wrong: Document = json.loads(json.dumps(cluster["StatefulSet", "anomaly-container"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRoot"] = True
    with pytest.raises(kubernetes.ValidationError, match="readOnlyRoot"):
        kubernetes.validate(wrong, f"1.{LAST_MINOR}", strict=True)


def test_the_oldest_version_of_kubernetes_is_the_one_that_is_tested() -> None:
    assert META["kubeVersion"] == f">=1.{FIRST_MINOR}.0-0"


@pytest.fixture(scope="module")
def refusals(rendered: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert rendered
    return dict(zip(REFUSED, render(*(values for values, _ in REFUSED.values())), strict=True))


@pytest.mark.parametrize("reason", REFUSED)
def test_it_refuses(refusals: dict[str, dict[str, Any]], reason: str) -> None:
    _, word = REFUSED[reason]
    assert word in refusals[reason].get("refusal", "")


def test_every_value_has_a_comment_and_a_schema() -> None:
    lines = VALUES_TEXT.splitlines()
    commented = [
        line.partition(":")[0].strip()
        for before, line in pairwise(lines)
        if re.match(r" *[A-Za-z]+:", line) and before.strip().startswith("#")
    ]
    given = list(paths(yaml.safe_load(VALUES_TEXT)))
    # A quantity in a section of resources, and a peer, is explained by its section.
    explained = [path for path in given if not re.search(r"\.(cpu|memory)$", path)]
    assert commented == [path.rpartition(".")[2] for path in explained]
    for path in given:
        level = SCHEMA
        for name in path.split("."):
            assert level.get("additionalProperties") is False
            level = level["properties"][name]


def test_no_section_of_the_schema_is_open_by_mistake() -> None:
    names = set(SCHEMA["properties"])
    assert names - {"global"} == set(yaml.safe_load(VALUES_TEXT))


def test_the_versions_are_the_package_s(cluster: Cluster) -> None:
    assert META["version"] == META["appVersion"] == __version__
    for kind, name in (("StatefulSet", "anomaly-container"), ("Deployment", "anomaly-container-meter")):
        [container] = cluster[kind, name]["spec"]["template"]["spec"]["containers"]
        assert container["image"] == f"anomaly-container:{__version__}"


def test_a_digest_wins_over_the_tag(clusters: dict[str, Cluster]) -> None:
    [container] = clusters["everything"]["StatefulSet", "anomaly-container"]["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["image"] == "anomaly-container@sha256:" + "0" * 64


def test_the_plain_manifests_are_the_chart_s(rendered: dict[str, dict[str, Any]]) -> None:
    written = {path.name: path.read_text() for path in MANIFESTS.iterdir()}
    assert written == manifests(rendered["default"]["files"]), "run `make manifests`"
