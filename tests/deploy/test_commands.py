"""The commands of docs/operate.md for a cluster: their values render, and what they name is in the chart."""

from __future__ import annotations

import re
import shlex
from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.deploy.rendering import CHART, REQUIRED, ROOT, Document, documents, is_helm_there, render
from tests.support.samples import read

if TYPE_CHECKING:
    from tests.deploy.conftest import Cluster

PAGE = "docs/operate.md"
LINES = [
    shlex.split(line, comments=True)
    for block in read(PAGE)
    if block.language == "sh"
    for line in block.text.replace("\\\n", " ").splitlines()
    if line.split(maxsplit=1)[:1] in (["helm"], ["kubectl"])
]
HELM = [words for words in LINES if words[0] == "helm" and words[1] in {"install", "upgrade"}]
KUBECTL = [words for words in LINES if words[0] == "kubectl"]
KINDS = {"statefulset": "StatefulSet", "deployment": "Deployment", "service": "Service"}


def values_of(words: list[str]) -> dict[str, Any]:
    """The values of `--set`, above those that must be given where the command keeps what was given before."""
    values: dict[str, Any] = deepcopy({**REQUIRED}) if "--reuse-values" in words else {}
    for before, word in pairwise(words):
        if before == "--set":
            path, _, value = word.partition("=")
            *sections, name = path.split(".")
            section = values
            for part in sections:
                section = section.setdefault(part, {})
            section[name] = value
    return values


@pytest.fixture(scope="module")
def made() -> list[list[Document]]:
    """What each command of Helm makes."""
    if not is_helm_there():
        pytest.skip("Helm (helm-python-sdk) is not there for this platform")
    answers = render(*(values_of(words) for words in HELM))
    assert not [answer["refusal"] for answer in answers if "refusal" in answer]
    return [
        documents([text for name, text in answer["files"].items() if name.endswith(".yaml")])
        for answer in answers
    ]


def test_there_are_commands() -> None:
    assert len(HELM) == 3
    assert len(KUBECTL) > 10
    for words in HELM:
        assert words[2:4] == ["anomaly-container", "deploy/helm/anomaly-container"]
        assert (ROOT / words[3]).samefile(CHART)


def test_a_deployment_has_the_image_that_the_command_names(made: list[list[Document]]) -> None:
    for words, found in zip(HELM, made, strict=True):
        [image] = {
            container["image"]
            for document in found
            if document["kind"] == "StatefulSet"
            for container in document["spec"]["template"]["spec"]["containers"]
        }
        chosen = values_of(words).get("image", {})
        assert image.startswith(chosen.get("repository", "anomaly-container") + ":")
        assert image.endswith(chosen.get("tag", ""))


def test_the_secrets_that_are_created_are_those_that_are_mounted(made: list[list[Document]]) -> None:
    created = {words[6] for words in KUBECTL if words[3:5] == ["create", "secret"]}
    mounted = {
        volume["secret"]["secretName"]
        for found in made
        for document in found
        if document["kind"] == "StatefulSet"
        for volume in document["spec"]["template"]["spec"]["volumes"]
        if "secret" in volume
    }
    assert mounted == created == {"anomaly-container", "clients", "certificate"}


def test_what_is_named_is_in_the_chart(cluster: Cluster) -> None:
    named = {
        (KINDS[kind], name)
        for words in KUBECTL
        for word in words
        for kind, name in re.findall(r"^(statefulset|deployment|service)/([a-z-]+)$", word)
    }
    assert len(named) == 3
    assert named <= set(cluster)
    for words in KUBECTL:
        if "--filename" in words:
            assert (ROOT / words[words.index("--filename") + 1]).is_dir()
