"""The chart rendered by Helm, in a process of its own: Helm brings the threads of another language along.

`make manifests` writes the plain manifests of `deploy/kubernetes` with it.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Document: TypeAlias = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "anomaly-container"
MANIFESTS = ROOT / "deploy" / "kubernetes"
HELM = "helm_python"
RELEASE = "anomaly-container"
SCHEMA: Mapping[str, Any] = json.loads((CHART / "values.schema.json").read_text())
REQUIRED: Mapping[str, object] = {"eula": "accept", "apiKey": {"existingSecret": "anomaly-container"}}

HEADING = "# Made from the chart in deploy/helm by `make manifests`; docs/operate.md says how to apply it.\n"
OF_HELM_ALONE = ("app.kubernetes.io/managed-by:", "helm.sh/chart:", "annotations: {helm.sh/resource-policy:")

PROGRAM = """
import json, sys
import helm_python as helm
path, name, *all_values = json.load(sys.stdin)
answers = []
for values in all_values:
    try:
        lint = helm.lint(path, values, strict=True)
        with helm.Chart.load(path) as chart:
            answers.append({"lint": lint, "files": chart.render(values, name=name, namespace="anomaly")})
    except helm.HelmError as error:
        answers.append({"refusal": str(error)})
json.dump(answers, sys.stdout)
"""


def is_helm_there() -> bool:
    """Tell whether Helm comes with the development packages of this platform."""
    return importlib.util.find_spec(HELM) is not None


def render(*all_values: Mapping[str, object], release: str = RELEASE) -> list[dict[str, Any]]:
    """Render the chart once for each set of values.

    Returns
    -------
    For each set either `lint`, Helm's findings, and `files`, the text by the name of its template; or
    `refusal`, why Helm does not render it.
    """
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([str(CHART), release, *all_values]),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def documents(texts: Sequence[str]) -> list[Document]:
    """The documents of YAML texts, without empty ones."""
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def manifests(files: Mapping[str, str]) -> dict[str, str]:
    """The plain manifests, by file name, without what concerns Helm alone."""
    plain = {}
    for template, text in files.items():
        kept = [line for line in text.splitlines() if not line.strip().startswith(OF_HELM_ALONE)]
        if template.endswith(".yaml") and any(kept):
            plain[Path(template).name] = HEADING + "\n".join(kept).strip("\n") + "\n"
    return plain


def main() -> None:
    """Write the plain manifests anew."""
    [rendered] = render(REQUIRED)
    MANIFESTS.mkdir(exist_ok=True)
    for stale in MANIFESTS.glob("*.yaml"):
        stale.unlink()
    for name, text in manifests(rendered["files"]).items():
        (MANIFESTS / name).write_text(text)


if __name__ == "__main__":
    main()
