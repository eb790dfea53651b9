"""The image is built from the lock alone and runs without privileges; compose gives settings that exist."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from anomaly_container import __version__
from anomaly_container.process.services import scheme
from anomaly_container.services import ALONE, PORTS
from anomaly_container.services.meter.handlers import HEALTH_PATH
from anomaly_container.settings import load as configuration
from tests.support.meter_app import meter_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOWNLOADERS = {"apk", "apt", "apt-get", "curl", "dnf", "git", "wget", "yum"}


def stages(text: str) -> list[list[tuple[str, str]]]:
    """The instructions and their words, what precedes the first FROM and each stage in a list of its own."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    found: list[list[tuple[str, str]]] = [[]]
    for line in filter(str.strip, joined.splitlines()):
        instruction, words = line.split(maxsplit=1)
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, words))
    return found


GLOBAL, BUILD, IMAGE = stages(DOCKERFILE.read_text())


def only(instruction: str) -> str:
    """The words of an instruction that the last stage has once."""
    [words] = [words for name, words in IMAGE if name == instruction]
    return words


def healthcheck_command() -> list[str]:
    command: list[str] = json.loads(only("HEALTHCHECK").partition("CMD ")[2])
    return command


def setting_words(service: str) -> list[str]:
    """The names of the settings that a service is given on its command line and in its environment."""
    words = [word.partition("=")[0] for word in SERVICES[service]["command"] if "=" in word]
    return words + [name.replace("__", ":") for name in SERVICES[service]["environment"]]


def test_the_base_is_an_argument_of_both_stages() -> None:
    assert GLOBAL == [("ARG", "BASE_IMAGE=python:3.12-slim"), ("ARG", "BUILD_IMAGE=${BASE_IMAGE}")]
    assert BUILD[0] == ("FROM", "${BUILD_IMAGE} AS build")
    assert IMAGE[0] == ("FROM", "${BASE_IMAGE}")


def test_packages_come_from_the_locks_by_hash_and_as_wheels() -> None:
    [run] = [words for name, words in BUILD if name == "RUN" and "/opt/pip/bin/pip" in words]
    installs = [shlex.split(command) for command in run.split("&&")]
    assert [words[-1] for words in installs] == [
        "/opt/pip/requirements.lock",
        "/opt/pip/requirements-build.lock",
    ]
    for words in installs:
        assert {"install", "--require-hashes", "--no-cache-dir"} <= set(words)
        assert words[words.index("--only-binary") + 1] == ":all:"
        assert words[-2] == "--requirement"
    # What builds the kernels stays behind.
    assert [("--python" in words) for words in installs] == [True, False]
    assert ("COPY", "requirements.lock requirements-build.lock /opt/pip/") in BUILD


def kernels_check() -> str:
    """The command of the build that imports the compiled kernels of each library."""
    [run] = [words for name, words in BUILD if name == "RUN" and "build_ext --inplace" in words]
    _, check, _ = run.split("&&")
    return check.strip()


def checked_by_the_build(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run that command in the folder of a program, as the build does."""
    words = shlex.split(kernels_check().replace("/opt/venv/bin/python", sys.executable))
    return subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603  # our own Dockerfile


def libraries_with_kernels(tree: Path, names: Sequence[str]) -> None:
    """Make a package whose libraries have compiled kernels that can be imported."""
    for name in names:
        folder = tree / "anomaly_container" / "detection" / name / "_kernels"
        folder.mkdir(parents=True)
        for package in (folder, folder.parent, folder.parent.parent, folder.parent.parent.parent):
            (package / "__init__.py").touch()
        (folder / "_compiled.py").touch()


def test_the_image_has_the_compiled_kernels_of_every_library_or_is_not_made(tmp_path: Path) -> None:
    names = ("batches", "forest", "univariate")
    libraries_with_kernels(tmp_path, names)
    assert checked_by_the_build(tmp_path).returncode == 0
    for name in names:
        file = tmp_path / "anomaly_container" / "detection" / name / "_kernels" / "_compiled.py"
        file.rename(tmp_path / "away")
        done = checked_by_the_build(tmp_path)
        assert done.returncode == 1
        assert f"anomaly_container.detection.{name}._kernels._compiled" in done.stderr
        (tmp_path / "away").rename(file)


def test_nothing_else_is_fetched_but_a_compiler_that_stays_behind() -> None:
    for stage in (BUILD, IMAGE):
        assert not [words for name, words in stage if name == "ADD" or "://" in words]
    for stage, allowed in ((BUILD, {"apt-get"}), (IMAGE, set[str]())):
        run = [word for name, words in stage if name == "RUN" for word in shlex.split(words)]
        assert DOWNLOADERS & set(run) == allowed
    [fetch] = [words for name, words in BUILD if name == "RUN" and "apt-get" in words]
    installed = re.findall(r"--no-install-recommends ([^&;]+)", fetch)
    assert {name for names in installed for name in names.split()} - {"\\"} == {
        "gcc",
        "libc6-dev",
        "python3-dev",
    }


def test_the_image_is_made_of_what_the_build_stage_leaves() -> None:
    copies = [words.split() for name, words in IMAGE if name == "COPY"]
    assert [copy[0] for copy in copies] == ["--from=build"] * 2
    assert [copy[1:] for copy in copies] == [["/opt/venv", "/opt/venv"], ["/app", "/app"]]


def test_it_runs_as_a_user_without_privileges() -> None:
    assert only("USER") == "10001:10001"
    assert [name for name, _ in IMAGE].index("USER") > max(
        index for index, (name, _) in enumerate(IMAGE) if name in {"RUN", "COPY"}
    )


def test_the_words_after_the_image_are_the_settings() -> None:
    assert json.loads(only("ENTRYPOINT")) == ["python", "entrypoint.py"]
    assert not [words for name, words in IMAGE if name == "CMD"]
    assert only("STOPSIGNAL") == "SIGTERM"


def test_a_port_is_exposed_for_each_service() -> None:
    served = [name for name in PORTS if name not in ALONE]
    ports = {scheme(name).settings.model_fields["port"].default for name in served}
    assert set(map(int, only("EXPOSE").split())) == ports == {5000, 8000, 8080}


def test_the_health_check_needs_no_shell_and_only_the_standard_library() -> None:
    assert healthcheck_command() == ["python", "-m", "anomaly_container.process.health_check"]
    module = "anomaly_container.process.health_check"
    script = f"import sys; a = {{*sys.modules}}; import {module}; print(*{{*sys.modules}} - a)"
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # our own
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert imported - {"anomaly_container"} <= {*sys.stdlib_module_names}


def test_the_version_is_the_package_s() -> None:
    assert ("ARG", f"VERSION={__version__}") in IMAGE
    assert 'org.opencontainers.image.source="${SOURCE}"' in only("LABEL")
    assert ("ARG", 'SOURCE=""') in IMAGE


def test_the_build_context_holds_what_is_copied_and_nothing_else() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    kept = {line[1:] for line in ignore if line.startswith("!")}
    copied = {word.rstrip("/") for name, words in BUILD if name == "COPY" for word in words.split()[:-1]}
    assert "*" in ignore
    assert kept == copied
    assert all((ROOT / name).exists() for name in kept)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_no_privilege_and_no_writable_root(service: str) -> None:
    given = SERVICES[service]
    assert given["read_only"] is True
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert given["tmpfs"] == ["/tmp"]  # noqa: S108  # a mount of the container
    assert [volume.partition(":")[2] for volume in given["volumes"]] == ["/output"]


def test_the_service_is_given_settings_that_exist() -> None:
    assert set(setting_words("detector")) <= set(configuration.COMMON_NAMES)
    assert {"Eula", "Billing", "ApiKey"} <= set(setting_words("detector"))


def test_the_metering_endpoint_is_given_settings_that_exist() -> None:
    names = {scheme("meter").names.find(name, is_argument=True)[0] for name in setting_words("meter")}
    assert names == {"Meter:Host", "Meter:Port", "Meter:Directory", "Meter:Keys"}
    assert [*SERVICES["meter"]["entrypoint"], SERVICES["meter"]["command"][0]] == [
        *("python", "-m", "anomaly_container", "meter")
    ]


def test_the_service_reports_to_the_metering_endpoint_beside_it() -> None:
    words = dict(word.split("=", 1) for word in SERVICES["detector"]["command"])
    loaded = meter_settings(*SERVICES["meter"]["command"][1:])
    assert words["Billing"] == f"http://meter:{loaded.port}/"
    assert SERVICES["detector"]["depends_on"] == {"meter": {"condition": "service_healthy"}}


def test_no_key_is_written_down() -> None:
    for service, name in (("detector", "ApiKey"), ("meter", "Meter__Keys")):
        assert SERVICES[service]["environment"][name].startswith("${APIKEY:?")
        assert not [word for word in SERVICES[service]["command"] if "key" in word.casefold()]


def test_the_health_check_of_the_metering_endpoint_asks_a_route_it_has() -> None:
    kind, *command = SERVICES["meter"]["healthcheck"]["test"]
    assert kind == "CMD"
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")
    assert HEALTH_PATH in command[2]
