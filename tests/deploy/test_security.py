"""No pod has a privilege it does not need, and each speaks with those alone with whom it must."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.deploy.conftest import BROKERS, ELSEWHERE, STORE, VARIANTS
from tests.deploy.rendering import CHART

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.deploy.conftest import Cluster

DETECTOR = "anomaly-container"
METER = "anomaly-container-meter"
NAMESPACED_KINDS = {
    "ConfigMap",
    "Deployment",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "Service",
    "ServiceAccount",
    "ServiceMonitor",
    "StatefulSet",
}
# What the standard "restricted" of Kubernetes' Pod Security lets a pod mount, of what the chart uses.
RESTRICTED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}
DNS = [
    {
        "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    }
]


def pods(cluster: Cluster) -> Iterator[dict[str, Any]]:
    for (kind, _), document in cluster.items():
        if kind in {"Deployment", "StatefulSet"}:
            yield document["spec"]["template"]["spec"]


def selector(component: str) -> dict[str, dict[str, str]]:
    return {
        "matchLabels": {
            "app.kubernetes.io/name": DETECTOR,
            "app.kubernetes.io/instance": DETECTOR,
            "app.kubernetes.io/component": component,
        }
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_pod_keeps_to_the_standard_restricted(clusters: dict[str, Cluster], variant: str) -> None:
    found = list(pods(clusters[variant]))
    assert found
    for pod in found:
        assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & set(pod)
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert not {"initContainers", "ephemeralContainers"} & set(pod)
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "runAsNonRoot": True,
                "readOnlyRootFilesystem": True,
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            }
        for volume in pod["volumes"]:
            assert set(volume) - {"name"} <= RESTRICTED_VOLUMES


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_container_writes_to_bounded_places_only(clusters: dict[str, Cluster], variant: str) -> None:
    for pod in pods(clusters[variant]):
        [container] = pod["containers"]
        writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        extra: Any = VARIANTS[variant].get("extraVolumeMounts", ())
        given = {mount["mountPath"] for mount in extra}
        assert writable - given == {"/output", "/tmp"}  # noqa: S108  # mounts of the container
        for volume in pod["volumes"]:
            assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": None})


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_container_has_limits(clusters: dict[str, Cluster], variant: str) -> None:
    for pod in pods(clusters[variant]):
        for container in pod["containers"]:
            assert set(container["resources"]) == {"limits", "requests"}
            for given in container["resources"].values():
                assert set(given) == {"cpu", "memory"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_has_rights_in_the_cluster(clusters: dict[str, Cluster], variant: str) -> None:
    cluster = clusters[variant]
    assert {kind for kind, _ in cluster} <= NAMESPACED_KINDS
    accounts = [name for kind, name in cluster if kind == "ServiceAccount"]
    for name in accounts:
        assert cluster["ServiceAccount", name]["automountServiceAccountToken"] is False
    assert cluster["StatefulSet", DETECTOR]["spec"]["template"]["spec"]["serviceAccountName"] == DETECTOR
    assert sorted(pod["serviceAccountName"] for pod in pods(cluster)) == sorted(accounts)


def test_a_key_comes_from_a_secret_of_the_operator_s_own(cluster: Cluster) -> None:
    assert "Secret" not in {kind for kind, _ in cluster}
    [volume] = [
        volume
        for volume in cluster["StatefulSet", DETECTOR]["spec"]["template"]["spec"]["volumes"]
        if volume["name"] == "key"
    ]
    assert volume["secret"] == {
        "secretName": "anomaly-container",
        "defaultMode": 0o440,
        "items": [{"key": "ApiKey", "path": "key"}],
    }
    [container] = cluster["Deployment", METER]["spec"]["template"]["spec"]["containers"]
    reference = {"name": "anomaly-container", "key": "ApiKey"}
    assert container["env"] == [{"name": "Meter__Keys", "valueFrom": {"secretKeyRef": reference}}]


def test_the_metering_endpoint_may_have_keys_of_its_own(clusters: dict[str, Cluster]) -> None:
    pod = clusters["everything"]["Deployment", METER]["spec"]["template"]["spec"]
    assert pod["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"] == {
        "name": "meter-keys",
        "key": "Keys",
    }


def test_no_value_of_the_chart_is_a_key() -> None:
    defaults = (CHART / "values.yaml").read_text()
    assert set(yaml.safe_load(defaults)["apiKey"]) == {"existingSecret", "field"}
    for template in (CHART / "templates").iterdir():
        assert not re.search(r"kind: Secret\b", template.read_text())


def test_the_service_is_called_on_its_port_and_calls_the_metering_endpoint_alone(cluster: Cluster) -> None:
    policy = cluster["NetworkPolicy", DETECTOR]["spec"]
    assert policy == {
        "podSelector": selector("detector"),
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 5000}]}],
        "egress": [
            *DNS,
            {
                "to": [{"podSelector": selector("meter")}],
                "ports": [{"protocol": "TCP", "port": 5001}],
            },
        ],
    }


def test_the_metering_endpoint_is_called_by_the_service_and_calls_nobody(cluster: Cluster) -> None:
    assert cluster["NetworkPolicy", METER]["spec"] == {
        "podSelector": selector("meter"),
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [{"podSelector": selector("detector")}],
                "ports": [{"protocol": "TCP", "port": 5001}],
            }
        ],
        "egress": [],
    }


def test_another_endpoint_is_the_only_one_that_is_called(clusters: dict[str, Cluster]) -> None:
    cluster = clusters["other endpoint"]
    assert cluster["NetworkPolicy", DETECTOR]["spec"]["egress"] == [
        *DNS,
        {"to": ELSEWHERE, "ports": [{"protocol": "TCP", "port": 8443}]},
    ]
    assert not [name for _, name in cluster if name == METER]


def test_a_disconnected_container_calls_nobody(clusters: dict[str, Cluster]) -> None:
    cluster = clusters["disconnected"]
    assert cluster["NetworkPolicy", DETECTOR]["spec"]["egress"] == []
    assert not [name for _, name in cluster if name == METER]


def test_batches_calls_the_metering_endpoint_and_its_store_alone(clusters: dict[str, Cluster]) -> None:
    policy = clusters["batches"]["NetworkPolicy", DETECTOR]["spec"]
    assert policy["ingress"] == [
        {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 8000}]}
    ]
    assert policy["egress"] == [
        *DNS,
        {"to": [{"podSelector": selector("meter")}], "ports": [{"protocol": "TCP", "port": 5001}]},
        STORE,
    ]
    assert clusters["batches of a shared folder"]["NetworkPolicy", DETECTOR]["spec"]["egress"] == [], (
        "a folder is no network, and usage stays in a file"
    )


def test_streams_calls_the_metering_endpoint_and_its_brokers_alone(clusters: dict[str, Cluster]) -> None:
    policy = clusters["streams"]["NetworkPolicy", DETECTOR]["spec"]
    assert [rule["ports"] for rule in policy["ingress"]] == [[{"protocol": "TCP", "port": 8080}]]
    assert policy["egress"] == [
        *DNS,
        {"to": [{"podSelector": selector("meter")}], "ports": [{"protocol": "TCP", "port": 5001}]},
        BROKERS,
    ]


def test_a_role_in_the_cloud_is_for_the_service_alone(clusters: dict[str, Cluster]) -> None:
    cluster = clusters["batches"]
    given: Any = VARIANTS["batches"]["serviceAccount"]
    assert cluster["ServiceAccount", DETECTOR]["metadata"]["annotations"] == given["annotations"]
    assert "annotations" not in cluster["ServiceAccount", METER]["metadata"]
    meter = cluster["Deployment", METER]["spec"]["template"]["spec"]
    assert meter["serviceAccountName"] == METER
    assert "annotations" not in clusters["default"]["ServiceAccount", DETECTOR]["metadata"]


def test_who_may_call_is_what_the_values_say(clusters: dict[str, Cluster]) -> None:
    cluster = clusters["everything"]
    assert cluster["NetworkPolicy", DETECTOR]["spec"]["ingress"] == []
    [rule] = cluster["NetworkPolicy", METER]["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": selector("detector")}, {"namespaceSelector": {}}]
