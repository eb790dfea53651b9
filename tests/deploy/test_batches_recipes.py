"""The values and the objects of docs/recipes/batches-s3-sqs.md fit the chart.

The smallest example: KEDA scales a StatefulSet of the name that the chart gives it in the release `batches`.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.deploy.rendering import Document, documents, is_helm_there, render
from tests.support.samples import read

VALUES, KEDA = (block.text for block in read("docs/recipes/batches-s3-sqs.md") if block.language == "yaml")


@pytest.fixture(scope="module")
def made() -> list[Document]:
    if not is_helm_there():
        pytest.skip("Helm (helm-python-sdk) is not there for this platform")
    [answer] = render(yaml.safe_load(VALUES), release="batches")
    assert "refusal" not in answer, answer
    return documents([text for name, text in answer["files"].items() if name.endswith(".yaml")])


def only(found: list[Document], kind: str) -> Document:
    [one] = [document for document in found if document["kind"] == kind]
    return one


def test_the_values_of_the_recipe(made: list[Document]) -> None:
    [text] = [one["data"]["settings.yaml"] for one in made if one["kind"] == "ConfigMap"]
    settings = yaml.safe_load(text)
    given = yaml.safe_load(VALUES)["batches"]
    assert settings["Batches:Url"] == given["url"]
    assert (settings["Batches:Queue"], settings["Batches:Intake"]) == (given["queue"], "queue")
    policies: list[Any] = [one["spec"]["egress"] for one in made if one["kind"] == "NetworkPolicy"]
    assert any(yaml.safe_load(VALUES)["networkPolicy"]["egress"][0] in egress for egress in policies)


def test_keda_scales_what_the_chart_makes(made: list[Document]) -> None:
    scaled, authentication = yaml.safe_load_all(KEDA)
    workload = only(made, "StatefulSet")
    target = scaled["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == (workload["kind"], workload["metadata"]["name"])
    # Neither the chart nor its own autoscaler sets the number that KEDA sets.
    assert "replicas" not in workload["spec"]
    assert "HorizontalPodAutoscaler" not in {document["kind"] for document in made}
    [trigger] = scaled["spec"]["triggers"]
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    assert trigger["metadata"]["queueURL"] == yaml.safe_load(VALUES)["batches"]["queue"]
    assert trigger["metadata"]["awsRegion"] in trigger["metadata"]["queueURL"]
