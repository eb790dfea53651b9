"""The metering folder removed, moved or overwritten while the server runs: it refuses in words and lives on.

`rm -r metering` under two workers: `/livez` stays 200, queries get 503 `CouldNotConnect`, and so they do from
the workers that take the place of killed ones. The server ends with code 0 when it is told to.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import requests

from tests.system.metering import receiver
from tests.system.server import GATE, running
from tests.system.univariate.test_metering import settled
from tests.system.univariate.test_policy import api_status, pages_are_up, query, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.system.server import Server

UNCONFIRMED = "The metering endpoint has not confirmed the Api Key."


def words(url: str, output: Path, interval: float = 1.0) -> list[str]:
    return [
        *(word for word in GATE if not word.startswith("Billing")),
        *(f"Billing={url}", f"Mounts:Output={output}", f"Metering:IntervalSeconds={interval}"),
    ]


def remove(folder: Path) -> None:
    """Remove a folder that somebody may be writing to."""
    away = folder.with_name("away")
    folder.rename(away)
    shutil.rmtree(away, ignore_errors=True)


def refuses(server: Server) -> bool:
    answers = [query(server) for _ in range(4)]
    return all(answer.status_code == 503 for answer in answers) and answers[0].json() == {
        "error": {"code": "CouldNotConnect", "message": UNCONFIRMED}
    }


def answered(server: Server) -> Callable[[], bool]:
    def condition() -> bool:
        try:
            return pages_are_up(server)
        except requests.ConnectionError:
            return False

    return condition


def counters(folder: Path) -> Iterator[Path]:
    return folder.glob("*.counter")


def test_a_folder_that_is_removed_does_not_end_the_server(tmp_path: Path) -> None:
    with receiver(tmp_path / "receiver") as endpoint:
        with running(words(endpoint.url, tmp_path), workers=2) as server:
            until(lambda: api_status(server)[0] == "Valid")
            assert query(server).status_code == 200
            # The first worker answers while the second still starts, which is another case.
            until(lambda: len([*counters(tmp_path / "metering")]) == 2)
            remove(tmp_path / "metering")
            until(lambda: refuses(server))
            first = server.worker_pids
            for worker in first:
                os.kill(worker, signal.SIGKILL)
            until(lambda: len({*server.worker_pids} - {*first}) == 2)
            until(answered(server))
            until(lambda: refuses(server))
            time.sleep(3)  # new workers do not give up either
            assert server.process.poll() is None
            assert refuses(server)
            assert pages_are_up(server)
            out, err = server.stop(signal.SIGTERM)
        assert server.process.returncode == 0
    assert err == ""
    assert "is gone: queries are refused." in out
    assert "A worker refuses queries, for it has no place to count in: No such file or directory." in out


def test_a_folder_that_comes_back_is_counted_in_again(tmp_path: Path) -> None:
    metering, away = tmp_path / "metering", tmp_path / "away"
    answers: Counter[int] = Counter()

    def status() -> int:
        code = query(server).status_code
        answers[code] += 1
        return code

    with receiver(tmp_path / "receiver") as endpoint, running(words(endpoint.url, tmp_path)) as server:
        until(lambda: api_status(server)[0] == "Valid")
        assert status() == 200
        metering.rename(away)
        until(lambda: status() == 503)
        assert {status() for _ in range(10)} == {503}
        away.rename(metering)
        until(lambda: status() == 200)
        # What was answered before anybody noticed was counted in the folder, wherever it was.
        usage = Counter(EntireDetect=answers[200], DataPoints=answers[200])
        assert settled(endpoint, usage) == usage


def test_a_worker_whose_counter_is_removed_is_replaced_by_one_that_counts(tmp_path: Path) -> None:
    with receiver(tmp_path / "receiver") as endpoint, running(words(endpoint.url, tmp_path)) as server:
        until(lambda: api_status(server)[0] == "Valid")
        [first] = server.worker_pids
        [counter] = counters(tmp_path / "metering")
        counter.unlink()
        until(lambda: first not in server.worker_pids and list(counters(tmp_path / "metering")) != [])
        until(answered(server))
        until(lambda: query(server).status_code == 200)
        until(lambda: endpoint.totals()["EntireDetect"] >= 1)
        out, err = server.stop(signal.SIGTERM)
    assert err == ""
    assert "is gone: another worker takes its place." in out


def test_files_of_ff_are_said_and_hold_up_nothing(tmp_path: Path) -> None:
    metering = tmp_path / "metering"
    with receiver(tmp_path / "receiver") as endpoint, running(words(endpoint.url, tmp_path)) as server:
        until(lambda: api_status(server)[0] == "Valid")
        (metering / "x.counter").write_bytes(b"\xff" * 136)
        with (metering / "policy").open("r+b") as policy:
            policy.write(b"\xff" * 32)
        statuses = {query(server).status_code, requests.get(f"{server.url}/status", timeout=10).status_code}
        assert statuses <= {200, 503}
        until(lambda: query(server).status_code == 200)
        until(lambda: endpoint.totals()["EntireDetect"] >= 1)
        out, err = server.stop(signal.SIGTERM)
    assert err == ""
    assert out.count(f"The file {metering / 'x.counter'} is not a counter: nothing is billed from it.") == 1
    assert f"The file {metering / 'policy'} was overwritten: it is written anew." in out
