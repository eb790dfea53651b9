"""What gunicorn's master takes from the settings, and what it does when it starts, listens and ends.

The smallest example: with `Host=::1` and `Port=5000` the address is `[::1]:5000`.
"""

from __future__ import annotations

import ast
import gc
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from gunicorn.config import Config

from anomaly_container.metering.directory import _claims as claims
from anomaly_container.process.arbiter import DIRECTORY_VARIABLE, Master
from anomaly_container.process.cpus import available_processors
from anomaly_container.process.health_check import FILE_VARIABLE
from anomaly_container.settings.load import load
from tests.support.samples import ROOT
from tests.support.toy import TOY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.web.service import Service

GATE = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=s3cret")
CONFIGURATION = ROOT / "config" / "gunicorn.conf.py"
NUMPY_LINE = "The compiled kernels are not there: detection runs in numpy, several times slower."


def master(*words: str, services: tuple[Service[Any, Any], ...] = (TOY,)) -> Master:
    return Master(load([*GATE, *words], {}, {}), services)


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The environment, the claims on directories and the garbage collector are as before."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv(DIRECTORY_VARIABLE, "")
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    before = set(claims)
    yield
    for path in set(claims) - before:
        os.close(claims.pop(path))
    gc.unfreeze()


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    """What the hooks use of gunicorn's arbiter."""
    stand_in = SimpleNamespace(cfg=Config(), log=None, LISTENERS=[], handle_usr2=None)
    yield stand_in
    for listener in stand_in.LISTENERS:
        listener.close()


def free_words(tmp_path: Path) -> tuple[str, str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return ("Host=127.0.0.1", f"Port={probe.getsockname()[1]}", f"Mounts:Output={tmp_path}")


def started(chosen: Master, server: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the log while it starts."""
    with caplog.at_level("INFO", logger="anomaly_container.start"):
        chosen.on_starting(server)
    return [record.getMessage() for record in caplog.records if record.name == "anomaly_container.start"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["Host=::1", "Port=5000"], "[::1]:5000"),
        (["Host=127.0.0.1", "Port=8080"], "127.0.0.1:8080"),
    ],
)
def test_the_address_is_written_as_in_a_url(words: list[str], expected: str) -> None:
    assert master(*words).address == expected


def test_a_service_may_allow_fewer_workers_than_there_are_processors() -> None:
    alone = replace(TOY, max_workers=1)
    assert master().workers == available_processors()
    assert master(services=(TOY, alone)).workers == 1
    assert master("Workers=3").workers == 3


def test_the_seconds_that_services_need_to_close_are_added_up_to_a_whole_number() -> None:
    slow = replace(TOY, stop_seconds=lambda _settings: 1.25)
    assert master().stop_seconds == 0
    assert master(services=(slow, slow)).stop_seconds == 3


def test_the_lines_of_the_start_are_in_the_order_of_the_azure_container(
    tmp_path: Path, server: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = master(*free_words(tmp_path))
    assert started(chosen, server, caplog) == [
        f"Using '{tmp_path}' for writing logs and other output data.",
        "Logging to console.",
        "Submitting metering to 'http://127.0.0.1:5001/'.",
        "WARNING: No access control enabled!",
        "Hosting environment: Production",
    ]
    assert os.environ[DIRECTORY_VARIABLE] == str(tmp_path / "metering")
    [listener] = server.LISTENERS
    assert listener.getsockname() == ("127.0.0.1", chosen.settings.port)


@pytest.mark.parametrize(("label", "expected"), [("compiled", 0), ("numpy", 1)])
def test_kernels_that_are_not_compiled_are_named_by_the_label_of_a_service(
    tmp_path: Path, server: SimpleNamespace, caplog: pytest.LogCaptureFixture, label: str, expected: int
) -> None:
    labelled = replace(TOY, build_info=lambda: {"kernels": label})
    lines = started(master(*free_words(tmp_path), services=(TOY, labelled)), server, caplog)
    assert lines.count(NUMPY_LINE) == expected


def test_the_file_of_access_keys_is_named_and_its_keys_are_counted(
    tmp_path: Path, server: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "keys").write_text("one\ntwo\n")
    words = [*free_words(tmp_path), f"Access:ApiKeys={tmp_path / 'keys'}"]
    assert (
        f"Access control: queries need a key, pages and probes do not. Keys in '{tmp_path / 'keys'}': 2."
        in started(master(*words), server, caplog)
    )


def test_a_file_of_access_keys_that_breaks_during_the_start_ends_it_with_one_sentence(
    tmp_path: Path, server: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was good when the settings were resolved."""
    chosen = master(*free_words(tmp_path), f"Access:ApiKeys={tmp_path / 'keys'}")
    with pytest.raises(SystemExit, match=r"^1$"):
        chosen.on_starting(server)
    assert capsys.readouterr().err == (
        f"The file of Access:ApiKeys, '{tmp_path / 'keys'}', cannot be read: No such file or directory.\n"
    )
    assert server.LISTENERS == []


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # gunicorn leaves it to the exit
def test_a_port_that_is_bound_during_the_start_ends_it_and_leaves_nothing(
    tmp_path: Path, server: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        chosen = master("Host=127.0.0.1", f"Port={port}", f"Mounts:Output={tmp_path / 'absent'}")
        with pytest.raises(SystemExit, match=r"^1$"):
            chosen.on_starting(server)
    gc.collect()
    assert capsys.readouterr().err == (
        f"Cannot listen on 127.0.0.1:{port}: the port is in use. End what uses it, or choose another one "
        "with Port=<number>.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_sigusr2_is_answered_with_a_line(
    tmp_path: Path, server: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    started(master(*free_words(tmp_path)), server, caplog)
    caplog.clear()
    server.handle_usr2()
    assert [record.getMessage() for record in caplog.records] == [
        "SIGUSR2 does nothing here: start another container for a new version, and stop this one."
    ]


@pytest.mark.parametrize("file", ["address", "absent/address"])
def test_the_address_is_written_for_the_health_check_or_its_failure_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, file: str
) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / file))
    with caplog.at_level("INFO", logger="anomaly_container.start"):
        master("Host=0.0.0.0", "Port=5000").when_ready(None)
    *first, listening, ready = [record.getMessage() for record in caplog.records]
    assert listening == "Now listening on: http://0.0.0.0:5000"
    assert ready == "Application started. Press Ctrl+C to shut down."
    if file == "address":
        assert (tmp_path / file).read_text() == "http://127.0.0.1:5000"
        assert first == []
    else:
        assert first == [
            "The health check of the image will fail: its file cannot be written (No such file or directory)."
        ]


def test_what_is_loaded_before_the_fork_is_left_alone_by_the_collector_of_a_worker() -> None:
    """Otherwise it would write to the pages that all workers share, and each would have a copy of them."""
    gc.unfreeze()
    master().when_ready(None)
    assert gc.get_freeze_count() > 10_000


def test_only_a_metering_directory_that_was_made_for_this_run_is_removed(
    tmp_path: Path, server: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    host, port, _ = free_words(tmp_path)
    for number, (words, stays) in enumerate(
        [
            ((f"Mounts:Output={tmp_path / 'absent'}",), False),
            ((f"Mounts:Output={tmp_path}",), True),
            ((f"Metering:Directory={tmp_path / 'own'}",), True),
        ]
    ):
        chosen = master(host, port, *words)
        started(chosen, server, caplog)
        metering = Path(os.environ[DIRECTORY_VARIABLE])
        assert metering.is_dir(), number
        chosen.on_exit(server)
        assert metering.is_dir() is stays, number
        server.LISTENERS.pop().close()


def test_an_end_before_the_start_removes_nothing(tmp_path: Path) -> None:
    master(f"Mounts:Output={tmp_path}").on_exit(None)
    assert tmp_path.is_dir()


PROGRAM = """
import os, signal, sys
from pathlib import Path
from anomaly_container.process.arbiter import master

first = master()
folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
assert folder.is_dir()
assert master() is first
print(first.address, folder, flush=True)
os.kill(os.getpid(), signal.SIGTERM)
sys.exit("it goes on after the signal")
"""


def test_the_master_is_made_once_and_can_be_stopped_from_then_on() -> None:
    """Gunicorn has no handlers yet, and runs its configuration again for a reload."""
    environ = dict(word.split("=", 1) for word in (*GATE, "Port=5123"))
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    address, folder = done.stdout.split()
    assert address == "0.0.0.0:5123"
    assert not Path(folder).exists()


def test_the_configuration_of_gunicorn_is_words_and_hooks() -> None:
    """Its code is in `process`: the file defines nothing, and all that it imports of ours is the master."""
    statements = ast.parse(CONFIGURATION.read_text()).body
    kinds = {type(statement) for statement in statements}
    assert kinds == {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AugAssign}
    assert [ast.unparse(one) for one in statements if isinstance(one, ast.Import | ast.ImportFrom)] == [
        "import os",
        "from anomaly_container.process import arbiter",
    ]


def test_gunicorn_takes_all_of_its_configuration(tmp_path: Path) -> None:
    environ = dict(word.split("=", 1) for word in (*GATE, *free_words(tmp_path)))
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-m", "gunicorn", "--config", str(CONFIGURATION), "--print-config"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "Workers": "3", "Workers__MaxRequests": "50", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    shown = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    taken = {name.strip(): value for name, value in shown.items()}
    assert {name: taken[name] for name in ("workers", "max_requests", "max_requests_jitter")} == {
        "workers": "3",
        "max_requests": "50",
        "max_requests_jitter": "5",
    }
    assert taken["graceful_timeout"] == "8"
    assert taken["preload_app"] == "True"
    assert environ["Port"] in taken["bind"]
    for hook in ("on_starting", "when_ready", "on_exit"):
        assert f"Master.{hook}" in taken[hook]


def forked(chosen: Master, server: SimpleNamespace, pid: int) -> Any:  # noqa: ANN401  # it stands in for gunicorn's
    """A worker that the master has started."""
    worker: Any = SimpleNamespace(share=None, place=None)
    chosen.pre_fork(server, worker)
    server.WORKERS[pid] = worker
    return worker


def test_each_worker_gets_a_row_that_no_live_worker_has(server: SimpleNamespace) -> None:
    chosen = master("Workers=2")
    server.WORKERS = {}
    assert [forked(chosen, server, pid).place for pid in (1, 2)] == [0, 1]
    ended = server.WORKERS.pop(1)
    chosen.child_exit(server, ended)
    assert [forked(chosen, server, pid).place for pid in (3, 4, 5, 6)] == [0, 2, 3, None]


def test_the_row_of_an_ended_worker_is_cleared(server: SimpleNamespace) -> None:
    chosen = master("Workers=2")
    server.WORKERS = {}
    first, second = (forked(chosen, server, pid) for pid in (1, 2))
    for share in (first.share, second.share):
        share.begin()
    for _ in range(2):
        second.share.open()
    assert second.share.roomier()
    chosen.child_exit(server, server.WORKERS.pop(1))
    assert not second.share.roomier()


def test_a_single_worker_shares_nothing(server: SimpleNamespace) -> None:
    chosen = master("Workers=1")
    server.WORKERS = {}
    worker = forked(chosen, server, 1)
    assert (worker.place, worker.share) == (None, None)
    chosen.child_exit(server, worker)
