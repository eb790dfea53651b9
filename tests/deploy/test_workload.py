"""What the chart starts is what the program understands, and each container counts in a folder of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from anomaly_container.process.alone import SECONDS_TO_FINISH
from anomaly_container.process.services import scheme, services_of
from anomaly_container.services import ALONE, PORTS
from anomaly_container.services.batches.settings import BatchesSettings
from anomaly_container.services.meter.handlers import HEALTH_PATH
from anomaly_container.services.streams.settings import StreamsSettings
from anomaly_container.settings import load as configuration
from anomaly_container.settings.base import CommonSettings
from tests.deploy.conftest import VARIANTS
from tests.deploy.rendering import ROOT, SCHEMA
from tests.support.meter_app import meter_settings
from tests.support.univariate_app import ROUTES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.conftest import Cluster

DETECTOR = "anomaly-container"
METER = "anomaly-container-meter"
KEY = "s3cret-of-the-operator"
OWN_NAMES = SCHEMA["properties"]["settings"]["propertyNames"]["not"]["pattern"]
GUNICORN = (ROOT / "config" / "gunicorn.conf.py").read_text()


def pod(cluster: Cluster, kind: str = "StatefulSet", name: str = DETECTOR) -> dict[str, Any]:
    found: dict[str, Any] = cluster[kind, name]["spec"]["template"]["spec"]
    return found


def container(cluster: Cluster, kind: str = "StatefulSet", name: str = DETECTOR) -> dict[str, Any]:
    [only] = pod(cluster, kind, name)["containers"]
    found: dict[str, Any] = only
    return found


def settings_of(cluster: Cluster, folder: Path) -> configuration.Resolved[Any]:
    """What the container would run with, its mounts laid below `folder`."""
    text: str = cluster["ConfigMap", f"{DETECTOR}-settings"]["data"]["settings.yaml"]
    key = folder / "key"
    key.write_text(f"{KEY}\n")
    mounted = folder / "settings.yaml"
    mounted.write_text(text.replace("/run/secrets/anomaly-container/key", str(key)))
    service = yaml.safe_load(text).get("Service", configuration.DEFAULT_SERVICE)
    return configuration.resolve([f"Config={mounted}"], {}, {}, scheme(service))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_settings_exist_and_are_understood(
    clusters: dict[str, Cluster], variant: str, tmp_path: Path
) -> None:
    given = yaml.safe_load(clusters[variant]["ConfigMap", f"{DETECTOR}-settings"]["data"]["settings.yaml"])
    names = {name.removesuffix(":File") for name in given if not name.startswith(("Batches:", "Streams:"))}
    assert names <= set(configuration.COMMON_NAMES)
    resolved = settings_of(clusters[variant], tmp_path)
    assert resolved.settings.api_key.get_secret_value() == KEY
    assert not resolved.without_effect


def test_a_setting_arrives_as_it_was_given(clusters: dict[str, Cluster], tmp_path: Path) -> None:
    chosen = settings_of(clusters["everything"], tmp_path).settings
    assert (chosen.max_body_bytes, chosen.metering_interval_seconds, chosen.workers) == (3145728, 60.5, 1)


def test_other_settings_replace_the_pods(clusters: dict[str, Cluster]) -> None:
    checksums = {
        variant: cluster["StatefulSet", DETECTOR]["spec"]["template"]["metadata"]["annotations"][
            "checksum/settings"
        ]
        for variant, cluster in clusters.items()
    }
    assert checksums["default"] == checksums["short-lived"]
    assert len(set(checksums.values())) == len(checksums) - 1


def test_what_the_chart_decides_is_what_its_settings_may_not_name(cluster: Cluster) -> None:
    given = yaml.safe_load(cluster["ConfigMap", f"{DETECTOR}-settings"]["data"]["settings.yaml"])
    reserved = {*given, "ApiKey", "Port", "Config", "Mounts:Input", "Mounts:Output", "HTTP_PROXY_CREDS"}
    reserved |= {"EULA", "apikey", "Metering:Directory", "Tls:Certificate", "Tls:Key"}
    reserved |= {"Service", "Batches:Url", "Batches:Queue", "Batches:Intake"}
    reserved |= {"Access:ApiKeys", "Access:ApiKeys:File", "Access:Pages"}
    reserved |= {name.replace(":", "__") for name in reserved}
    # A secret is given by the file that holds it.
    reserved |= {
        str(field.alias)
        for field in BatchesSettings.model_fields.values()
        if "SecretStr" in str(field.annotation)
    }
    assert not re.search(OWN_NAMES, "HTTP_PROXY_CREDS:File")
    for name in reserved:
        assert re.search(OWN_NAMES, name), name
    others = {str(field.alias) for field in BatchesSettings.model_fields.values()}
    for name in {"Config", *configuration.COMMON_NAMES, *others} - reserved - {"Eula"}:
        assert not re.search(OWN_NAMES, name), name


def test_mounts_are_where_the_program_looks(cluster: Cluster) -> None:
    mounts = {mount["name"]: mount["mountPath"] for mount in container(cluster)["volumeMounts"]}
    fields = CommonSettings.model_fields
    assert mounts["settings"] == str(fields["mounts_input"].default)
    assert mounts["output"] == str(fields["mounts_output"].default)
    given = yaml.safe_load(cluster["ConfigMap", f"{DETECTOR}-settings"]["data"]["settings.yaml"])
    assert given["ApiKey:File"] == f"{mounts['key']}/key"


def test_probes_ask_routes_that_are_there(cluster: Cluster) -> None:
    served = container(cluster)
    assert served["ports"] == [{"name": "http", "containerPort": CommonSettings.model_fields["port"].default}]
    asked = {name: served[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {(probe["port"], probe["scheme"]) for probe in asked.values()} == {("http", "HTTP")}
    assert {name: probe["path"] for name, probe in asked.items()} == {
        "startup": "/livez",
        "liveness": "/livez",
        "readiness": "/readyz",
    }
    assert {"/livez", "/readyz"} <= {route.path for route in ROUTES}


def test_every_service_of_a_port_can_be_chosen() -> None:
    assert SCHEMA["properties"]["service"]["enum"] == [name for name in PORTS if name not in ALONE]


@pytest.mark.parametrize("variant", ["default", "batches", "streams"])
def test_a_service_has_its_port_and_its_time_to_stop(
    clusters: dict[str, Cluster], variant: str, tmp_path: Path
) -> None:
    cluster = clusters[variant]
    settings = settings_of(cluster, tmp_path).settings
    [served] = container(cluster)["ports"]
    [offered] = cluster["Service", DETECTOR]["spec"]["ports"]
    assert served["containerPort"] == offered["port"] == settings.port
    seconds = sum(service.stop_seconds(settings) for service in services_of(settings.service))
    before = container(cluster)["lifecycle"]["preStop"]["sleep"]["seconds"]
    # The requests of the shell, what the service needs, and what an image without Kubernetes has to spare.
    assert pod(cluster)["terminationGracePeriodSeconds"] - before >= 8 + seconds + 2
    assert {"/livez", "/readyz"} <= {probe["httpGet"]["path"] for probe in probes(cluster)}


def probes(cluster: Cluster) -> list[dict[str, Any]]:
    return [container(cluster)[f"{name}Probe"] for name in ("startup", "liveness", "readiness")]


def test_batches_has_its_bucket_and_its_queue(clusters: dict[str, Cluster], tmp_path: Path) -> None:
    chosen = settings_of(clusters["batches"], tmp_path).settings
    assert isinstance(chosen, BatchesSettings)
    assert (chosen.service, chosen.store_url, chosen.intakes) == ("batches", "s3://sensors", ("queue",))
    assert chosen.queue == "https://sqs.eu-west-1.amazonaws.com/123456789012/sensors"
    assert (chosen.thresholds, chosen.concurrency) == ({"temperature": 5}, 4)
    folder = settings_of(clusters["batches of a shared folder"], tmp_path).settings
    assert (folder.store_url, folder.intakes) == ("file:///data", ("poll",))


def test_streams_has_its_source_and_its_model(clusters: dict[str, Cluster], tmp_path: Path) -> None:
    chosen = settings_of(clusters["streams"], tmp_path).settings
    assert isinstance(chosen, StreamsSettings)
    assert (chosen.service, chosen.source) == ("streams", "kafka://broker.example:9092/events")
    assert str(chosen.model) == "/models/events.model"
    assert ("HorizontalPodAutoscaler", DETECTOR) not in clusters["streams"]
    assert clusters["streams"]["StatefulSet", DETECTOR]["spec"]["replicas"] == 2


def test_the_number_of_containers_of_batches_does_not_follow_the_load(clusters: dict[str, Cluster]) -> None:
    cluster = clusters["batches"]
    assert ("HorizontalPodAutoscaler", DETECTOR) not in cluster
    assert cluster["StatefulSet", DETECTOR]["spec"]["replicas"] == 3
    assert "replicas" not in clusters["batches of a shared folder"]["StatefulSet", DETECTOR]["spec"]


def test_a_service_has_space_for_its_temporary_files(clusters: dict[str, Cluster]) -> None:
    sizes = {
        variant: volume["emptyDir"]["sizeLimit"]
        for variant in ("default", "batches", "batches of a shared folder", "streams")
        for volume in pod(clusters[variant])["volumes"]
        if volume["name"] == "tmp"
    }
    assert sizes == {
        "default": "64Mi",
        "batches": "1Gi",
        "batches of a shared folder": "4Gi",
        "streams": "64Mi",
    }


def test_probes_of_the_metering_endpoint_ask_its_health(cluster: Cluster) -> None:
    served = container(cluster, "Deployment", METER)
    for name in ("startup", "readiness"):
        assert served[f"{name}Probe"]["httpGet"] == {"path": HEALTH_PATH, "port": "metering"}
    assert served["livenessProbe"]["tcpSocket"] == {"port": "metering"}


def test_there_is_time_to_stop(cluster: Cluster) -> None:
    [graceful] = re.findall(r"^graceful_timeout = (\d+)$", GUNICORN, re.MULTILINE)
    before = container(cluster)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod(cluster)["terminationGracePeriodSeconds"] >= before + int(graceful) + 10
    assert pod(cluster, "Deployment", METER)["terminationGracePeriodSeconds"] > SECONDS_TO_FINISH


def test_one_processor_means_one_worker(cluster: Cluster) -> None:
    limits, requests = (container(cluster)["resources"][name] for name in ("limits", "requests"))
    assert limits["cpu"] == requests["cpu"] == "1"


def test_the_metering_endpoint_understands_its_words(cluster: Cluster) -> None:
    served = container(cluster, "Deployment", METER)
    assert [*served["command"], served["args"][0]] == ["python", "-m", "anomaly_container", "meter"]
    loaded = meter_settings(*served["args"][1:], environ={"Meter__Keys": KEY})
    assert loaded.sender_keys == (KEY,)
    assert served["ports"] == [{"name": "metering", "containerPort": loaded.port}]
    assert str(loaded.directory) in {mount["mountPath"] for mount in served["volumeMounts"]}
    given = yaml.safe_load(cluster["ConfigMap", f"{DETECTOR}-settings"]["data"]["settings.yaml"])
    assert given["Billing"] == f"http://{METER}:{loaded.port}/"
    assert cluster["Service", METER]["spec"]["ports"][0]["port"] == loaded.port


def test_each_container_counts_in_a_volume_of_its_own(cluster: Cluster) -> None:
    workload = cluster["StatefulSet", DETECTOR]["spec"]
    [claim] = workload["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "output"
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert "persistentVolumeClaim" not in {kind for volume in pod(cluster)["volumes"] for kind in volume}
    assert workload["persistentVolumeClaimRetentionPolicy"] == {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    }


def test_without_volumes_each_still_has_a_folder_of_its_own(clusters: dict[str, Cluster]) -> None:
    cluster = clusters["short-lived"]
    assert "volumeClaimTemplates" not in cluster["StatefulSet", DETECTOR]["spec"]
    [output] = [volume for volume in pod(cluster)["volumes"] if volume["name"] == "output"]
    assert output["emptyDir"] == {"sizeLimit": "1Gi"}


def test_the_books_have_one_writer_and_stay(cluster: Cluster) -> None:
    workload = cluster["Deployment", METER]["spec"]
    assert workload["replicas"] == 1
    assert workload["strategy"] == {"type": "Recreate"}
    claim = cluster["PersistentVolumeClaim", METER]
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_selectors_select_the_pods(cluster: Cluster) -> None:
    workload = cluster["StatefulSet", DETECTOR]["spec"]
    labels = workload["template"]["metadata"]["labels"].items()
    for chosen in (
        workload["selector"]["matchLabels"],
        cluster["Service", DETECTOR]["spec"]["selector"],
        cluster["PodDisruptionBudget", DETECTOR]["spec"]["selector"]["matchLabels"],
        *(rule["labelSelector"]["matchLabels"] for rule in pod(cluster)["topologySpreadConstraints"]),
    ):
        assert chosen
        assert chosen.items() <= labels
    others = cluster["Deployment", METER]["spec"]["template"]["metadata"]["labels"].items()
    assert cluster["Service", METER]["spec"]["selector"].items() <= others
    assert not cluster["Service", DETECTOR]["spec"]["selector"].items() <= others


def test_their_number_follows_the_load(clusters: dict[str, Cluster]) -> None:
    cluster = clusters["default"]
    scaler = cluster["HorizontalPodAutoscaler", DETECTOR]["spec"]
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": DETECTOR}
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 6)
    assert "replicas" not in cluster["StatefulSet", DETECTOR]["spec"]
    fixed = clusters["short-lived"]
    assert ("HorizontalPodAutoscaler", DETECTOR) not in fixed
    assert fixed["StatefulSet", DETECTOR]["spec"]["replicas"] == 2
    assert cluster["PodDisruptionBudget", DETECTOR]["spec"]["maxUnavailable"] == 1


def test_prometheus_asks_each_container_for_its_figures(clusters: dict[str, Cluster]) -> None:
    assert ("ServiceMonitor", DETECTOR) not in clusters["default"]
    cluster = clusters["everything"]
    monitor = cluster["ServiceMonitor", DETECTOR]
    assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["endpoints"] == [
        {"port": "http", "scheme": "http", "path": "/metrics", "interval": "30s"}
    ]
    assert "/metrics" in {route.path for route in ROUTES}
    service = cluster["Service", DETECTOR]
    chosen = monitor["spec"]["selector"]["matchLabels"].items()
    assert chosen <= service["metadata"]["labels"].items()
    assert not chosen <= cluster["Service", METER]["metadata"]["labels"].items()
    assert {port["name"] for port in service["spec"]["ports"]} == {"http"}
