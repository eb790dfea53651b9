"""The chart rendered once for each set of values that a test looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tests.deploy.rendering import REQUIRED, Document, documents, is_helm_there, render

if TYPE_CHECKING:
    from collections.abc import Mapping

Cluster: TypeAlias = dict[tuple[str, str], Document]

ELSEWHERE = [{"ipBlock": {"cidr": "192.0.2.7/32"}}]
STORE = {"to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}], "ports": [{"protocol": "TCP", "port": 443}]}
BROKERS = {"to": [{"ipBlock": {"cidr": "198.51.100.0/24"}}], "ports": [{"protocol": "TCP", "port": 9092}]}
VARIANTS: Mapping[str, Mapping[str, object]] = {
    "default": {},
    "other endpoint": {
        "billing": "https://metering.example/",
        "networkPolicy": {"billingPeers": ELSEWHERE, "billingPort": 8443},
    },
    "disconnected": {"billing": "file:///output/usage-log.jsonl"},
    "short-lived": {"output": {"persistent": False}, "autoscaling": {"enabled": False}},
    "closed": {
        "access": {"existingSecret": "clients", "field": "all", "pages": "key"},
        "tls": {"existingSecret": "certificate"},
        "settings": {"Access:RateLimit": 10},
        "serviceMonitor": {"enabled": True, "authorization": {"existingSecret": "of-prometheus"}},
    },
    "batches": {
        "service": "batches",
        "batches": {
            "url": "s3://sensors",
            "queue": "https://sqs.eu-west-1.amazonaws.com/123456789012/sensors",
        },
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/b"}},
        "networkPolicy": {"egress": [STORE]},
        "settings": {"Batches:Threshold:temperature": 5, "Batches:Concurrency": 4},
        "replicas": 3,
    },
    "batches of a shared folder": {
        "service": "batches",
        "batches": {"url": "file:///data"},
        "billing": "file:///output/usage-log.jsonl",
        "tmp": {"size": "4Gi"},
        "kubernetesService": {"port": 80},
        "extraVolumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        "extraVolumeMounts": [{"name": "data", "mountPath": "/data"}],
        "replicas": None,
    },
    "streams": {
        "service": "streams",
        "streams": {"source": "kafka://broker.example:9092/events", "model": "/models/events.model"},
        "settings": {
            "Streams:Kafka:RebalanceSeconds": 90,
            "Streams:Sinks:pager:Type": "alertmanager",
            "Streams:Sinks:pager:Url": "https://alertmanager.example/",
        },
        "networkPolicy": {"egress": [BROKERS]},
        "extraVolumes": [{"name": "models", "configMap": {"name": "models"}}],
        "extraVolumeMounts": [{"name": "models", "mountPath": "/models", "readOnly": True}],
        "replicas": 2,
    },
    "everything": {
        "settings": {"Limits:MaxBodyBytes": 3145728, "Metering:IntervalSeconds": 60.5, "Workers": 1},
        "image": {"digest": "sha256:" + "0" * 64},
        "imagePullSecrets": [{"name": "registry"}],
        "podLabels": {"team": "a"},
        "podAnnotations": {"note": "b"},
        "nodeSelector": {"kubernetes.io/arch": "amd64"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "high",
        "output": {"storageClassName": "fast"},
        "meter": {"existingSecret": "meter-keys", "field": "Keys", "storage": {"storageClassName": "fast"}},
        "networkPolicy": {"allowFrom": [], "allowReportFrom": [{"namespaceSelector": {}}]},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "extraVolumes": [{"name": "proxy", "secret": {"secretName": "proxy"}}],
        "extraVolumeMounts": [{"name": "proxy", "mountPath": "/run/secrets/proxy", "readOnly": True}],
    },
}


@pytest.fixture(scope="session")
def rendered() -> dict[str, dict[str, Any]]:
    """What Helm makes of each variant: findings, and text by template."""
    if not is_helm_there():
        pytest.skip("Helm (helm-python-sdk) is not there for this platform")
    return dict(zip(VARIANTS, render(*({**REQUIRED, **values} for values in VARIANTS.values())), strict=True))


@pytest.fixture(scope="session")
def clusters(rendered: dict[str, dict[str, Any]]) -> dict[str, Cluster]:
    """The documents of each variant, by kind and name."""
    return {
        variant: {
            (document["kind"], document["metadata"]["name"]): document
            for document in documents(
                [text for name, text in answer["files"].items() if name.endswith(".yaml")]
            )
        }
        for variant, answer in rendered.items()
    }


@pytest.fixture(scope="session")
def cluster(clusters: dict[str, Cluster]) -> Cluster:
    """The documents made of what must be given alone."""
    return clusters["default"]
