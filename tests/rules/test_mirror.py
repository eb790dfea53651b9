"""A module is tested where a reader looks for it, or a row of one table says where.

The smallest example: `web/rate_limit.py` is tested by `tests/unit/web/test_rate_limit.py`.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
UNIT = TESTS / "unit"
PACKAGE = ROOT / "anomaly_container"
MODULES = sorted(
    str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"
)
FOLDERS = sorted(
    str(path.relative_to(UNIT)) for path in UNIT.rglob("*") if path.is_dir() and any(path.glob("test_*.py"))
)

# By folder of the package: the modules without a test module of their own, and the file below `tests` that
# tests each.
ELSEWHERE = {
    "": {"__main__": "system/univariate/test_command.py"},
    "cli": {
        "check_config": "unit/cli/test_main.py",
        "serve": "system/univariate/test_start.py",
        "usage": "unit/metering/test_dead_letters.py",
        "verbs": "unit/cli/batches/test_command.py",
    },
    "cli/batches": {
        "backfilling": "unit/cli/batches/test_backfill.py",
        "store_state": "unit/cli/batches/test_recount.py",
    },
    "cli/detect": {
        "arguments": "unit/cli/detect/test_options.py",
        "downsample": "unit/cli/detect/test_plot.py",
        "output": "unit/cli/detect/test_command.py",
        "ratio": "unit/cli/detect/test_windows.py",
        "table_rows": "unit/cli/detect/test_command.py",
        "windowed": "unit/cli/detect/test_windows.py",
    },
    "cli/streams": {
        "episode_counts": "unit/cli/streams/test_replay.py",
        "labels": "unit/cli/streams/test_compare.py",
        "page": "unit/cli/streams/test_replay.py",
        "picture": "unit/cli/streams/test_compare.py",
        "replayed": "unit/cli/streams/test_replay.py",
        "results_file": "unit/cli/streams/test_report.py",
        "topic_records": "system/streams/test_topic_records.py",
    },
    "detection/batches": {"csv_twin": "unit/detection/batches/test_csv_block.py"},
    "detection/numeric": {
        "arrays": "unit/detection/numeric/test_moments.py",
        "kernels": "unit/detection/univariate/test_kernels.py",
    },
    "detection/univariate": {"results": "unit/detection/univariate/test_examples.py"},
    "detection/univariate/detectors": {"names": "unit/detection/univariate/test_pipeline.py"},
    "detection/univariate/stationarity": {
        "dickey_fuller": "unit/detection/univariate/stationarity/test_stationarity.py",
        "lag_products": "unit/detection/univariate/stationarity/test_stationarity.py",
    },
    "metering": {
        "counter_files": "unit/metering/test_strange_files.py",
        "counter_header": "unit/metering/test_strange_files.py",
        "atomic_send": "unit/metering/test_delivery.py",
        "counter_layout": "unit/metering/test_strange_files.py",
        "exchange": "unit/metering/test_deadline.py",
        "file_birth": "unit/metering/test_strange_files.py",
        "file_lock": "unit/metering/test_heartbeat.py",
        "ledger_database": "unit/metering/test_ledger.py",
        "ledger_layout": "unit/metering/test_strange_files.py",
        "owner": "unit/metering/test_strange_files.py",
        "policy_file": "unit/metering/test_strange_files.py",
        "strange": "unit/metering/test_strange_files.py",
        "usage": "system/univariate/test_metering.py",
        "usage_log": "unit/metering/test_log_sender.py",
    },
    "observability": {
        "buffered_sender": "unit/observability/test_fluentd.py",
        "exporters": "unit/observability/test_spans.py",
        "metrics": "unit/web/server/test_buffers.py",
        "metrics_directory": "system/univariate/test_metrics.py",
        "tracing": "unit/observability/test_spans.py",
    },
    "outbound": {
        "aws_errors": "unit/outbound/test_aws.py",
        "aws_thread": "unit/outbound/test_aws.py",
        "bucket_errors": "unit/outbound/test_bucket_store.py",
        "bucket_info": "unit/outbound/test_bucket_store.py",
        "bucket_reader": "unit/outbound/test_bucket_store.py",
        "bucket_upload": "unit/outbound/test_bucket_store.py",
        "errors": "unit/outbound/test_object_store.py",
        "folder_draft": "unit/outbound/test_folder_store.py",
        "folder_errors": "unit/outbound/test_folder_store.py",
        "folder_lock": "unit/outbound/test_folder_store.py",
        "folder_reader": "unit/outbound/test_folder_store.py",
        "folder_tree": "unit/outbound/test_folder_store.py",
        "loopback": "unit/outbound/test_public_address.py",
        "s3_listing": "unit/outbound/test_bucket_store.py",
        "store_probe": "unit/outbound/test_object_store.py",
        "stored_object": "unit/outbound/test_bucket_store.py",
    },
    "process": {
        "counting": "unit/cli/batches/test_metered.py",
        "health_check": "system/univariate/test_health_check.py",
        "signals": "system/univariate/test_early_stop.py",
    },
    "services/batches": {
        "account": "unit/services/batches/test_worker.py",
        "after_commit": "unit/services/batches/test_repair.py",
        "attempt": "unit/services/batches/test_committer.py",
        "modes": "unit/services/batches/test_default_mode.py",
        "open_table": "unit/services/batches/test_parquet_table.py",
        "parquet_block": "unit/services/batches/test_parquet_table.py",
        "parquet_output": "unit/services/batches/test_parquet_table.py",
        "parts": "unit/services/batches/test_worker.py",
        "reader": "unit/services/batches/test_worker.py",
        "routes": "unit/services/batches/test_handlers.py",
        "scorable": "unit/services/batches/test_table.py",
        "scored": "unit/services/batches/test_compat_mode.py",
        "service": "unit/services/batches/test_handlers.py",
        "setting_rules": "unit/services/batches/test_settings.py",
        "steps": "unit/services/batches/test_repair.py",
        "tally": "unit/services/batches/test_default_mode.py",
        "working": "conformance/test_batches_service.py",
    },
    "services/meter": {
        "errors": "unit/services/meter/test_handlers.py",
        "store": "unit/services/meter/test_handlers.py",
    },
    "services/streams": {
        "counted": "system/streams/test_file_stream.py",
        "file_stream": "system/streams/test_file_stream.py",
        "metrics": "rules/test_metrics_docs.py",
        "routes": "unit/services/streams/test_handlers.py",
        "service": "system/streams/test_service.py",
        "kafka_stream": "system/streams/test_kafka_kills.py",
        "state_topic": "system/streams/test_state_topic.py",
        "frame": "unit/services/streams/test_model_file.py",
        "model_header": "unit/services/streams/test_model_file.py",
        "time_features": "unit/services/streams/test_encoders.py",
        "threshold_choice": "unit/services/streams/test_model_file.py",
        "words": "unit/services/streams/test_settings.py",
        "telling_topic": "system/streams/test_kafka_kills.py",
    },
    "services/streams/contract": {"state": "unit/services/streams/test_handlers.py"},
    "services/streams/formats": {"json_batch": "unit/services/streams/formats/test_json_object.py"},
    "services/streams/models": {"unavailable": "unit/services/streams/models/test_svm.py"},
    "services/streams/sinks": {
        "file_tail": "unit/services/streams/sinks/test_file.py",
        "sink": "unit/services/streams/test_sink_worker.py",
        "text": "unit/services/streams/sinks/test_webhook.py",
    },
    "services/univariate": {
        "handlers": "unit/services/univariate/test_extremes.py",
        "metrics": "system/univariate/test_metrics.py",
        "pages": "system/univariate/test_request_shapes.py",
        "routes": "unit/services/univariate/test_reports.py",
        "service": "unit/services/univariate/test_extremes.py",
        "settings": "unit/services/univariate/test_extremes.py",
    },
    "services/univariate/contract": {
        "client_response": "unit/cli/detect/test_windows.py",
        "date_forms": "unit/services/univariate/contract/test_timestamp_forms.py",
        "date_order": "unit/services/univariate/contract/test_timestamp_forms.py",
        "fields": "unit/services/univariate/contract/test_decode.py",
        "grid": "unit/services/univariate/contract/test_request.py",
        "imputation": "unit/services/univariate/contract/test_request.py",
        "iso_8601": "unit/services/univariate/contract/test_timestamps.py",
        "limits": "unit/services/univariate/contract/test_request_errors.py",
        "names": "unit/services/univariate/contract/test_errors.py",
        "options": "unit/services/univariate/contract/test_request_errors.py",
        "points": "unit/services/univariate/contract/test_request_errors.py",
        "rewriting": "unit/services/univariate/contract/test_timestamp_forms.py",
        "series_answer": "unit/services/univariate/test_series_page.py",
        "tolerant_decode": "unit/services/univariate/contract/test_decode.py",
        "versions": "unit/services/univariate/contract/test_request.py",
    },
    "services/univariate/contract/series_file": {
        "dates": "unit/services/univariate/contract/series_file/test_stamps.py",
        "documents": "unit/services/univariate/contract/series_file/test_reader.py",
        "encoding": "unit/services/univariate/contract/series_file/test_reader.py",
        "epochs": "unit/services/univariate/contract/series_file/test_stamps.py",
        "errors": "unit/services/univariate/contract/series_file/test_reader.py",
        "header": "unit/services/univariate/contract/series_file/test_delimited.py",
        "instants": "unit/services/univariate/contract/series_file/test_stamps.py",
        "model": "unit/services/univariate/contract/series_file/test_groups.py",
        "numerals": "unit/services/univariate/contract/series_file/test_values.py",
        "options": "unit/services/univariate/contract/series_file/test_stamps.py",
        "order": "unit/services/univariate/contract/series_file/test_stamps.py",
        "requests": "unit/services/univariate/contract/series_file/test_reader.py",
        "table": "unit/services/univariate/contract/series_file/test_delimited.py",
        "titles": "unit/services/univariate/contract/series_file/test_stamps.py",
    },
    "settings": {
        "access": "unit/settings/test_base.py",
        "errors": "unit/settings/test_load.py",
        "files": "unit/settings/test_load.py",
        "licence": "unit/settings/test_base.py",
        "logging": "unit/settings/test_base.py",
        "metering": "unit/settings/test_base.py",
        "mounts": "unit/settings/test_base.py",
        "section": "unit/settings/test_names.py",
        "server": "unit/settings/test_base.py",
        "sources": "unit/settings/test_load.py",
        "tracing": "unit/settings/test_base.py",
        "validators": "unit/settings/test_base.py",
    },
    "web": {
        "app": "unit/web/test_toy_service.py",
        "errors": "unit/web/middleware/test_error_responses.py",
        "file_watch": "unit/web/test_access_keys.py",
        "metered": "unit/web/test_toy_service.py",
        "page_thread": "unit/web/pages/test_usage_logs.py",
        "readiness": "unit/web/test_toy_service.py",
        "regular_file": "unit/web/test_access_keys.py",
        "routing": "unit/web/test_toy_service.py",
        "service": "unit/web/test_toy_service.py",
        "shell": "unit/web/test_toy_service.py",
        "state": "unit/web/pages/test_health.py",
        "streamed": "unit/web/test_toy_service.py",
        "supervision": "unit/web/test_toy_service.py",
    },
    "web/middleware": {
        "request_metrics": "system/univariate/test_metrics.py",
        "tracing": "unit/web/middleware/test_access_log.py",
    },
    "web/pages": {"api_docs": "browser/test_swagger.py"},
    "web/server": {
        "connection": "unit/web/server/test_listener.py",
        "probe_connection": "unit/web/server/test_listener.py",
        "rejected_connection": "unit/web/server/test_listener.py",
    },
}
MODULE = re.compile(r"anomaly_container(\.\w+)+$")
# Tests that start the program as a process need not import what they test.
PROCESSES = ("system/", "browser/")
ROWS = {
    str(Path(folder, f"{name}.py")): test for folder, rows in ELSEWHERE.items() for name, test in rows.items()
}


def mirror(module: str) -> str:
    """The file below `tests` where the tests of a module are expected."""
    path = Path(module)
    return str(Path("unit") / path.parent / f"test_{path.name}")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_a_test_module_or_a_row(module: str) -> None:
    assert (TESTS / mirror(module)).is_file() or module in ROWS


@pytest.mark.parametrize("module", ROWS)
def test_a_row_is_needed(module: str) -> None:
    assert module in MODULES, "the module is gone"
    assert not (TESTS / mirror(module)).exists(), "the module has a test module of its own"


@pytest.mark.parametrize(("module", "test"), ROWS.items())
def test_a_row_names_a_test_that_can_meet_the_module(module: str, test: str) -> None:
    assert (TESTS / test).is_file()
    is_near = test.startswith(PROCESSES) or Path(test).parent == Path(mirror(module)).parent
    is_reached = is_near or PACKAGE / module in reached(TESTS / test)
    assert is_reached, f"{test} imports nothing that imports {module}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_unit_tests_is_one_of_the_package(folder: str) -> None:
    assert (PACKAGE / folder).is_dir()


def test_the_way_of_imports_is_followed() -> None:
    toy = reached(UNIT / "web" / "test_toy_service.py")
    assert PACKAGE / "web" / "supervision.py" in toy
    assert PACKAGE / "services" / "univariate" / "engine.py" not in toy


def reached(test: Path) -> set[Path]:
    """The files of ours that a test imports, itself or by way of another."""
    found: set[Path] = set()
    waiting = [test]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported_by(path)
    return found


@cache
def imported_by(path: Path) -> tuple[Path, ...]:
    """The files of ours that a file imports, those for type checkers too."""
    return tuple(file for name in _names(ast.parse(path.read_text())) for file in _files(name))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and MODULE.match(node.value):
            # The command line imports the module of a word by its name.
            yield node.value


def _files(name: str) -> Iterator[Path]:
    path = ROOT.joinpath(*name.split("."))
    yield from (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())
