"""What the shell gives to the metering endpoint, and what it opens.

The smallest example: `GET /livez` on the port of the endpoint answers `ok`.
"""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.services.meter.service import open_endpoint
from anomaly_container.web.service import StartError
from anomaly_container.web.shell import Shell
from tests.support.meter_app import meter_app, meter_settings
from tests.support.usage_records import body, record_id, wire

if TYPE_CHECKING:
    from pytest_aiohttp.plugin import AiohttpClient

Client = TestClient[web.Request, web.Application]
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, tmp_path: Path) -> Client:
    return await aiohttp_client(meter_app(tmp_path))


def files_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def refusal_to_open(directory: Path) -> str:
    with pytest.raises(StartError) as refused:
        async with open_endpoint(meter_settings(f"Directory={directory}"), Shell(state=directory)):
            pass
    return str(refused.value)


async def test_it_has_the_probes_of_every_port(client: Client) -> None:
    for path in ("/livez", "/readyz"):
        response = await client.get(path)
        assert (response.status, await response.text()) == (200, "ok")
    page = await (await client.get("/ready")).json()
    assert (page["service"], page["ready"]) == ("meter", "ready")


async def test_its_requests_are_counted_by_route(client: Client) -> None:
    await client.get("/metering/v1/health")
    page = await (await client.get("/metrics")).text()
    assert 'anomaly_requests_total{method="GET",route="/metering/v1/health",status="200"}' in page


@pytest.mark.parametrize("path", ["/", "/status", "/records/usage-logs/", "/swagger", "/openapi.yaml"])
async def test_it_has_no_page_and_counts_nothing(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_every_response_has_the_common_headers(client: Client) -> None:
    for path in ("/metering/v1/health", "/nowhere"):
        response = await client.get(path)
        assert len(response.headers["apim-request-id"]) == 36
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_access_keys_are_for_pages_and_its_own_keys_for_records(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text("page\n")
    arguments = (f"Access:ApiKeys={tmp_path / 'keys'}", "Access:Pages=all", "Keys=sender")
    client: Client = await aiohttp_client(meter_app(tmp_path / "records", *arguments))
    headers = {"Ocp-Apim-Subscription-Key": "sender", "Idempotency-Key": record_id(1)}
    sent = await client.post("/metering/v1/usage", data=body(wire()), headers=headers)
    assert sent.status == 201
    for path in ("/metrics", "/metering/v1/health"):
        assert (await client.get(path, headers=headers)).status == 401
        assert (await client.get(path, headers={"Ocp-Apim-Subscription-Key": "page"})).status == 200


async def test_it_says_where_the_records_are_and_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shell = Shell(state=tmp_path)
    with caplog.at_level(logging.INFO):
        async with open_endpoint(meter_settings(), shell):
            [directory] = files_in(tmp_path)
    shell.close()
    assert caplog.messages == [
        f"Using '{directory}' for usage records.",
        "WARNING: No Directory is given: the usage records are lost when this command ends.",
        "WARNING: No Keys are given: any key that is not blank is accepted.",
    ]
    assert not files_in(tmp_path)


async def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert await refusal_to_open(file / "metering") == (
        f"The usage records in '{file}/metering' cannot be used: Not a directory."
    )


async def test_a_file_that_is_not_a_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "usage.sqlite3").write_bytes(b"no database" * 100)
    assert await refusal_to_open(tmp_path) == (
        f"The usage records in '{tmp_path}' cannot be used: file is not a database."
    )


async def test_the_records_of_another_version_are_one_sentence(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "usage.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert await refusal_to_open(tmp_path) == (
        f"The usage records in '{tmp_path}' cannot be used: another version of this program wrote them."
    )


async def test_without_a_temporary_directory_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(StartError) as refused:
        async with open_endpoint(meter_settings(), Shell(state=tmp_path)):
            pass
    assert str(refused.value) == (
        "A temporary directory for usage records cannot be made: No such file or directory."
    )


LOADED = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted(name for name in sys.modules if name.split(".")[0] in {"numpy", "scipy"}
    or name.startswith("anomaly_container.") and name.split(".")[1] in {"detection", "services", "cli"}))
"""


@pytest.mark.parametrize(
    ("module", "others"),
    [
        ("anomaly_container.web.app", set[str]()),
        (
            "anomaly_container.services.meter.service",
            {
                "anomaly_container.services",
                "anomaly_container.services.meter",
                *(
                    f"anomaly_container.services.meter.{name}"
                    for name in ("errors", "handlers", "report", "service", "store")
                ),
            },
        ),
        ("anomaly_container.cli.main", {"anomaly_container.cli", "anomaly_container.cli.main"}),
    ],
)
def test_an_import_loads_no_numpy_and_no_detection(module: str, others: set[str]) -> None:
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", LOADED, module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert set(done.stdout.split()) == others
