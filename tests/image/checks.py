"""What the built image holds and does; `make image-test` builds it and runs this file."""

from __future__ import annotations

import json
import re
import signal
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml
from packaging.markers import Marker

from anomaly_container import __version__
from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.image.podman import BASE_IMAGE, IMAGE, Container, output, run_once, shell, started
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.system.server import GATE, KEY, SECONDS_TO_START, SECONDS_TO_STOP, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
COMPOSE = ROOT / "deploy" / "compose.yaml"
PIN = re.compile(r"^([a-z0-9-]+)==([^\s;]+)(?: ; (.+))? \\$", re.MULTILINE)
UID = "10001"
COMPILERS = ("as", "c++", "c99", "cc", "clang", "cpp", "g++", "gcc", "gfortran", "ld", "make", "tcc")
LIST_PACKAGES = (
    "import importlib.metadata as m; print(*(f\"{d.name.lower().replace('_', '-')}=={d.version}\" "
    "for d in m.distributions(path=__import__('site').getsitepackages())))"
)


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    [image] = json.loads(output("image", "inspect", IMAGE))
    found: dict[str, Any] = image["Config"] | {"Size": image["Size"], "Healthcheck": image["Healthcheck"]}
    return found


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    with started(GATE, ("--env", "Workers=2")) as running:
        running.wait_until_answers("/ready")
        yield running


@pytest.fixture
def volume() -> Iterator[str]:
    name = f"anomaly-container-test-{uuid.uuid4().hex}"
    output("volume", "create", name)
    yield name
    output("volume", "rm", name)


def test_it_says_what_it_is(config: dict[str, Any]) -> None:
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in config["Labels"].items()}
    assert labels["title"] == "anomaly_container"
    assert labels["licenses"] == "MIT"
    assert labels["version"] == __version__
    assert labels["revision"] == "test"
    assert labels["description"]
    assert config["User"] == f"{UID}:{UID}"
    assert config["Entrypoint"] == ["python", "entrypoint.py"]
    assert set(config["ExposedPorts"]) == {"5000/tcp", "8000/tcp", "8080/tcp"}
    assert config["StopSignal"] == signal.SIGTERM.name
    assert config["Healthcheck"]["Test"][0] == "CMD"


def test_size(config: dict[str, Any], record_property: Callable[[str, object], None]) -> None:
    base = int(output("image", "inspect", "--format", "{{.Size}}", BASE_IMAGE))
    ours = config["Size"] - base
    record_property("shown", f"image: {ours / 1e6:.0f} MB on a base of {base / 1e6:.0f} MB")
    assert ours < 400e6


def test_it_holds_the_locked_packages_and_no_other() -> None:
    # Of a marker the image's own words differ from those of this machine in nothing that is asked.
    locked = {
        f"{name}=={version}"
        for name, version, marker in PIN.findall(LOCK.read_text())
        if not marker or Marker(marker).evaluate()
    }
    assert "numpy" in {pin.partition("==")[0] for pin in locked}
    assert set(shell(f"python -c {json.dumps(LIST_PACKAGES)}").split()) == locked


@pytest.mark.parametrize("package", ["pip", "sklearn"])
def test_python_does_not_find(package: str) -> None:
    done = run_once(["-c", f"import {package}"], ("--entrypoint", "python"))
    assert f"No module named '{package}'" in done.stderr


def test_it_holds_no_compiler() -> None:
    assert not shell(f"command -v {' '.join(COMPILERS)} || true")


def test_it_holds_nothing_of_pip_and_no_wheel() -> None:
    caches = "find / -xdev -path '*/.cache/*' -o -xdev -name '*.whl' -not -path '/usr/share/python-wheels/*'"
    assert not shell(f"{caches} 2>/dev/null || true")
    assert not shell("ls -A /wheels /tmp /var/tmp 2>/dev/null | grep -v : || true").strip()


def test_it_holds_of_the_repository_what_the_server_needs() -> None:
    assert shell("ls -A /app").split() == [
        *("LICENSE", "anomaly_container", "config", "entrypoint.py", "openapi.yaml")
    ]
    assert not shell("find /app -name '*.pyc' ! -path '*/__pycache__/*' -o -name tests -o -name '.*'")


def test_its_user_owns_the_output_folder_and_can_write_neither_program_nor_packages() -> None:
    assert shell("id -u").strip() == UID
    assert shell("stat -c %u /output").strip() == UID
    assert not output(
        *("run", "--rm", "--entrypoint", "find", IMAGE, "/app", "/opt", "-writable", "!", "-type", "l")
    )


def test_it_needs_no_privilege_and_no_writable_root() -> None:
    status = dict(line.split(":\t") for line in shell("cat /proc/self/status").splitlines() if ":\t" in line)
    assert {int(status[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}
    assert status["NoNewPrivs"] == "1"
    assert "Read-only file system" in shell("touch /app/x /output/x 2>&1; touch /tmp/x")


def test_it_has_what_telemetry_needs() -> None:
    for library in (
        "azure.monitor.opentelemetry.exporter",
        "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    ):
        shell(f"python -c 'import {library}'")


def test_every_library_has_its_compiled_kernels() -> None:
    program = (
        "from anomaly_container.detection import batches, forest, univariate;"
        " print([library.kernels_compiled() for library in (batches, forest, univariate)])"
    )
    assert shell(f"python -c {json.dumps(program)}") == "[True, True, True]\n"


def test_batches_scores_a_file_of_the_mounted_folder(volume: str) -> None:
    mount = ("--volume", f"{volume}:/output")
    rows = "".join(f"2026-01-01T00:{minute:02},{20 + minute % 5}\\n" for minute in range(60))
    shell(
        "mkdir -p /output/batches/raw && cd /output/batches/raw"
        f" && printf 'timestamp,level\\n{rows}2026-01-01T01:00,90\\n' > .x && mv .x x.csv",
        mount,
    )
    words = [*GATE, "Service=batches", "Batches:PollSeconds=1"]
    with started(words, mount) as running:
        running.wait_until_answers("/ready")
        deadline = time.monotonic() + SECONDS_TO_START
        while not requests.get(f"{running.url}/anomalies/recent", timeout=5).json()["count"]:
            assert time.monotonic() < deadline, running.logs()
            time.sleep(0.2)
        [found] = requests.get(f"{running.url}/anomalies/recent", timeout=5).json()["anomalies"]
        assert float(found["level"]) == 90
        assert found["source_file"] == "processed/x.csv"
        output("stop", "--time", "60", running.name)
        assert running.exit_code() == 0


@pytest.mark.parametrize("name", ["cryptography", "obstore", "zstandard", "botocore"])
def test_it_has_what_stores_and_queues_need(name: str) -> None:
    shell(f"python -c 'import {name}'")


def test_a_named_volume_belongs_to_its_user(volume: str) -> None:
    mount = ("--volume", f"{volume}:/output")
    shell("echo kept > /output/file", mount)
    assert shell("cat /output/file", mount) == "kept\n"


def test_without_the_licence_words_it_refuses() -> None:
    done = run_once([word for word in GATE if not word.startswith("Eula")])
    assert done.returncode == 1
    assert done.stderr == "Missing EULA=accept command line option. You must provide this to continue.\n"
    assert run_once([]).stderr.count("\n") == 3


def test_the_server_is_process_1_of_its_user(container: Container) -> None:
    processes = container.execute("sh", "-c", "stat -c '%n %u' /proc/[0-9]*").stdout.split()
    assert processes[:2] == ["/proc/1", UID]
    assert set(processes[1::2]) == {UID}
    words = container.execute("sh", "-c", "cat /proc/[0-9]*/cmdline").stdout
    assert "gunicorn" in words
    assert KEY not in words
    assert KEY not in container.logs()


@pytest.mark.parametrize("path", ["/", "/ready", "/status"])
def test_its_pages_answer(container: Container, path: str) -> None:
    assert requests.get(f"{container.url}{path}", timeout=5).status_code == 200


def test_it_answers_as_the_engine_does(container: Container) -> None:
    body = daily_body(90)
    wanted = json.loads(engine.answer(body, Operation.ENTIRE, ApiVersion.V1_1, Limits()).body)
    answer = requests.post(f"{container.url}{ENTIRE_PATH}", data=body, timeout=30)
    assert answer.status_code == 200
    got = answer.json()
    assert any(got["isAnomaly"])
    assert got.keys() == wanted.keys()
    for name, value in wanted.items():
        assert got[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


def test_its_health_check_sees_the_server(container: Container) -> None:
    assert container.is_healthy()


def test_its_health_check_fails_where_nothing_listens() -> None:
    with started(["60"], ("--entrypoint", "sleep")) as asleep:
        assert asleep.is_running()
        assert not asleep.is_healthy()


def test_a_stop_ends_it_in_time_and_without_an_error() -> None:
    with started(GATE, ("--env", "Workers=2")) as running:
        running.wait_until_answers("/ready")
        begin = time.monotonic()
        output("stop", "--time", "60", running.name)
        assert time.monotonic() - begin < SECONDS_TO_STOP
        assert running.exit_code() == 0


def test_the_services_of_compose_count_a_call_once(volume: str) -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    detector, meter = services["detector"], services["meter"]
    port = free_port()
    # The addresses alone differ from the file: there is one loopback device for both here.
    meter_words = [*meter["command"], "Host=127.0.0.1", f"Port={port}"]
    meter_options = ("--env", f"Meter__Keys={KEY}", "--volume", f"{volume}:/output")
    entrypoint = ("--entrypoint", json.dumps(meter["entrypoint"]))
    with started(meter_words, (*entrypoint, *meter_options), port) as endpoint:
        endpoint.wait_until_answers("/metering/v1/health")
        check = [word.replace("5001", str(port)) for word in meter["healthcheck"]["test"][1:]]
        assert endpoint.execute(*check).returncode == 0
        words = [*detector["command"], f"Billing={endpoint.url}/"]
        with started(words, ("--env", f"ApiKey={KEY}")) as service:
            service.wait_until_answers("/ready")
            wait_until_valid(service)
            assert requests.post(f"{service.url}{ENTIRE_PATH}", data=daily_body(90), timeout=30).ok
            output("stop", "--time", "60", service.name)
        report = requests.get(
            f"{endpoint.url}/metering/v1/report", headers={"Ocp-Apim-Subscription-Key": KEY}, timeout=10
        ).json()
    counted = {row["meter"].rpartition(".")[2]: row["quantity"] for row in report["usage"]}
    assert {meter: quantity for meter, quantity in counted.items() if quantity} == {
        "EntireDetect": 1,
        "DataPoints": 1,
    }


def wait_until_valid(service: Container) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while requests.get(f"{service.url}/status", timeout=5).json()["apiStatus"] != "Valid":
        assert time.monotonic() < deadline, service.logs()
        time.sleep(0.1)
