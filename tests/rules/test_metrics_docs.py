"""Every figure is in docs/metrics.md with its type and labels; rules and dashboard use no other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from anomaly_container.observability import metrics
from anomaly_container.services.batches import metrics as batches
from anomaly_container.services.streams import metrics as streams
from anomaly_container.services.univariate import metrics as univariate
from anomaly_container.services.univariate.service import build_info
from tests.support.samples import read

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "observability"
RULES = ("alerts.yaml", "batches.yaml", "streams.yaml")
DASHBOARDS = ("dashboard.json", "batches.json", "streams.json")
ROW = re.compile(r"^\| `(anomaly_\w+)` \| (\w+) \|(.*?)\| (\S.*) \|$", re.MULTILINE)
DOCUMENTED = {
    name: (kind, set(re.findall(r"`(\w+)`", labels)))
    for name, kind, labels, _ in ROW.findall((ROOT / "docs" / "metrics.md").read_text())
}
SUFFIX = re.compile(r"_(bucket|sum|count|created)$")


def page() -> str:
    return metrics.exposition(lambda: dict.fromkeys(metrics.METERING, 0.0), build_info()).decode()


def served() -> dict[str, tuple[str, set[str]]]:
    """The figures by name, with those labels that they have before anything was counted."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: (
            family.type,
            {label for sample in family.samples for label in sample.labels} - {"le"},
        )
        for family in text_string_to_metric_families(page())
    }


def test_every_figure_is_documented_with_its_type() -> None:
    assert {name: kind for name, (kind, _) in served().items()} == {
        name: kind for name, (kind, _) in DOCUMENTED.items()
    }


def test_every_figure_is_documented_with_its_labels() -> None:
    declared = {
        next(iter(metric.describe())).name: set(metric._labelnames)  # noqa: SLF001  # the library has no public name for it
        for metric in (
            *(metrics.REQUESTS, metrics.DURATION, univariate.STAGE, univariate.POINTS),
            *(univariate.FOUND, metrics.REJECTIONS, metrics.IN_FLIGHT, metrics.WAITING, metrics.UNREAD),
            metrics.BACKGROUND_FAILURES,
            *(
                found
                for module in (batches, streams)
                for found in vars(module).values()
                if isinstance(found, MetricWrapperBase)
            ),
        )
    }
    for name, (kind, labels) in DOCUMENTED.items():
        plain = name.removesuffix("_total") if kind == "counter" else name
        assert labels == (declared[plain] if plain in declared else served()[name][1])


@pytest.mark.parametrize("file", [*RULES, *DASHBOARDS])
def test_rules_and_dashboard_use_documented_figures(file: str) -> None:
    used = {SUFFIX.sub("", name) for name in re.findall(r"\banomaly_\w+", (FOLDER / file).read_text())}
    # The names of the groups.
    used -= {"anomaly_container", "anomaly_batches", "anomaly_batches_gaps", "anomaly_streams"}
    assert used
    assert used <= set(DOCUMENTED)


def test_the_dashboards_show_every_figure() -> None:
    shown = ""
    for file in DASHBOARDS:
        panels = json.loads((FOLDER / file).read_text())["panels"]
        shown += " ".join(target["expr"] for panel in panels for target in panel["targets"])
        assert len({panel["id"] for panel in panels}) == len(panels)
    assert {SUFFIX.sub("", name) for name in re.findall(r"\banomaly_\w+", shown)} == set(DOCUMENTED)


WITH_PROMTOOL = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool: Debian's package prometheus has it"
)
CONFIGURATIONS = [block.text for block in read("docs/metrics.md") if block.language == "yaml"]


@WITH_PROMTOOL
@pytest.mark.parametrize(
    "words", [*(("check", "rules", str(FOLDER / file)) for file in RULES), ("check", "metrics")]
)
def test_promtool_finds_no_fault(words: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *words], input=page(), capture_output=True, text=True, check=False)  # noqa: S603, S607  # fixed words
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in done.stderr


@WITH_PROMTOOL
@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=["open", "with keys and HTTPS"])
def test_prometheus_understands_how_it_is_told_to_fetch_them(configuration: str, tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yaml"
    file.write_text(configuration)
    # The files of the key and of the authority are on the reader's machine.
    words = ["promtool", "check", "config", "--syntax-only", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  # fixed words
    assert done.returncode == 0, done.stdout + done.stderr
