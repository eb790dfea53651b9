"""The service of streams as an operator starts it, on a file source.

The smallest example: a file with the last part of the sample is scored, and `GET /ping` is 200.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import boto3
import botocore.exceptions
import numpy as np
import orjson
import pytest
import requests
from botocore.config import Config

from tests.support.stream_events import events
from tests.system.server import GATE, PROGRAM, Server, running
from tests.system.streams.processes import lines_of, sample_lines, trained, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anomaly_container.services.streams.model_file import Model

SECONDS = 60.0
TRAINED = 16_000
CLIENT_KEY = "key-of-a-client"
KEY_HEADER = "Ocp-Apim-Subscription-Key"
SENTINEL = "sentinel-of-a-field"


@pytest.fixture(scope="module")
def model() -> Model:
    return trained(sample_lines()[:TRAINED])


def words_of(folder: Path, model: Model, *more: str) -> list[str]:
    """Return the words that start the service in a folder."""
    model.save(folder / "model")
    (folder / "web.log").touch()
    return [
        *GATE,
        "Service=streams",
        f"Mounts:Output={folder}",
        f"Streams:Source={folder / 'web.log'}",
        f"Streams:Model={folder / 'model'}",
        "Streams:StateSeconds=600",
        "Streams:Sinks:results:Type=file",
        f"Streams:Sinks:results:Path={folder / 'results.jsonl'}",
        *more,
    ]


def append(folder: Path, lines: list[bytes]) -> None:
    """Append lines to the source."""
    with (folder / "web.log").open("ab") as log:
        log.write(b"".join(line + b"\n" for line in lines))


def results(folder: Path) -> list[dict[str, Any]]:
    """Return the results of the sink."""
    return lines_of(folder / "results.jsonl")


def test_the_page_and_the_state_answer_and_sigterm_loses_nothing(tmp_path: Path, model: Model) -> None:
    rest = sample_lines()[TRAINED:]
    words = words_of(tmp_path, model)
    with running(words) as server:
        append(tmp_path, rest[:2500])
        wait_until(lambda: len(results(tmp_path)) >= 100, SECONDS, lambda: "no results")
        page = requests.get(server.url, timeout=5)
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        state = requests.get(f"{server.url}/streams/v1/state", timeout=5).json()
        assert state["model"]["id"] == model.id
        assert requests.get(f"{server.url}/ping", timeout=5).status_code == 200
        output = "".join(server.stop(signal.SIGTERM))
        assert server.process.returncode == 0, output
    before = len(results(tmp_path))
    append(tmp_path, rest[2500:])
    with running(words) as server:
        wait_until(lambda: len(results(tmp_path)) >= len(rest), SECONDS, lambda: str(len(results(tmp_path))))
        anomalies = requests.get(f"{server.url}/streams/v1/anomalies", timeout=5).json()["anomalies"]
        server.stop(signal.SIGTERM)
        assert server.process.returncode == 0
    found = [result["id"] for result in results(tmp_path)]
    assert found == [f"web.log-{number}" for number in range(1, len(rest) + 1)]
    assert 0 < before < len(rest)
    flagged = [result["id"] for result in results(tmp_path)[before:] if result["result"] == "High Outlier"]
    assert [anomaly["id"] for anomaly in anomalies] == flagged[:-51:-1] != []


def test_nothing_of_an_event_is_in_logs_metrics_or_errors(tmp_path: Path, model: Model) -> None:
    event = dict.fromkeys(("level", "method", "path", "other"), SENTINEL)
    lines = [json.dumps({**event, "timestamp": 1_768_400_000 + place}).encode() for place in range(300)]
    lines += [f"{SENTINEL} is not json".encode(), json.dumps({**event, "timestamp": SENTINEL}).encode()]
    with running(words_of(tmp_path, model)) as server:
        append(tmp_path, lines)
        wait_until(lambda: len(results(tmp_path)) >= 300, SECONDS, lambda: "no results")
        answers = [
            requests.get(f"{server.url}/metrics", timeout=5).text,
            requests.get(f"{server.url}/streams/v1/state", timeout=5).text,
            requests.post(f"{server.url}/invocations", json={"events": [event]}, timeout=5).text,
            requests.post(
                f"{server.url}/invocations", data=SENTINEL, headers={"Content-Type": "text/csv"}, timeout=5
            ).text,
        ]
        assert "(no-time)" in answers[2]
        answers += server.stop(signal.SIGTERM)
    usage = b"".join(
        path.read_bytes() for path in (tmp_path / "metering-streams").iterdir() if path.is_file()
    )
    assert SENTINEL not in "".join(answers)
    assert SENTINEL.encode() not in usage


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    with running(words_of(folder, model)) as server:
        yield server


def runtime(url: str, key: str | None = None) -> Any:  # noqa: ANN401  # made by boto3
    """Return a client of SageMaker; a key of ours is added to each request, as docs/streams.md shows."""
    client = boto3.client(
        "sagemaker-runtime",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",  # noqa: S106  # signs for nobody
        config=Config(retries={"max_attempts": 1}),
    )
    if key is not None:

        def add_key(request: Any, **_: object) -> None:  # noqa: ANN401  # of botocore
            request.headers[KEY_HEADER] = key

        client.meta.events.register("before-send.sagemaker-runtime", add_key)
    return client


def invoked(client: Any, body: str, **more: str) -> list[float]:  # noqa: ANN401  # as above
    """Return the scores of a body of CSV."""
    answer = client.invoke_endpoint(EndpointName="rcf", ContentType="text/csv", Body=body, **more)
    return [one["score"] for one in json.loads(answer["Body"].read())["scores"]]


def csv(rows: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    return "\n".join(",".join(map(repr, row)) for row in rows.tolist())


def test_boto3_gets_scores_and_raises_its_own_error(served: Server, model: Model) -> None:
    client = runtime(served.url)
    rows = np.random.default_rng(1).uniform(0, 100, (50, 7))
    assert invoked(client, csv(rows)) == model.scores(rows).tolist()
    assert invoked(client, csv(rows[:1]), Accept="application/json") == model.scores(rows[:1]).tolist()
    with pytest.raises(client.exceptions.ValidationError, match="row 1 has 2 values, the model has 7"):
        invoked(client, "1,2")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.invoke_endpoint(EndpointName="rcf", ContentType="application/x-recordio-protobuf", Body=b"1")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 415


def test_boto3_sends_an_access_key_by_a_hook(tmp_path: Path, model: Model) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{CLIENT_KEY}\n")
    with running(words_of(tmp_path, model, f"Access:ApiKeys={keys}")) as server:
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            invoked(runtime(server.url), "1,2,3,4,5,6,7")
        assert caught.value.response["Error"]["Code"] == "AccessDenied"
        assert len(invoked(runtime(server.url, CLIENT_KEY), "1,2,3,4,5,6,7")) == 1


def test_three_sigma_of_the_answers_for_the_held_out_rows_is_the_threshold(
    served: Server, model: Model
) -> None:
    """As a client computes it that cuts its rows into requests: mean and sample deviation of all scores."""
    held_out = events(sample_lines()[:TRAINED])[TRAINED - model.training.held_out :]
    rows = model.encoder.rows(held_out)[0]
    client = runtime(served.url)
    scores = np.concatenate([invoked(client, csv(part)) for part in np.array_split(rows, 7)])
    threshold = scores.mean() + 3 * scores.std(ddof=1)
    assert threshold == pytest.approx(model.threshold().level, abs=1e-12, rel=0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Streams:Source=sample"], "Streams:Source must be the path of a file or kafka://host:port/topic."),
        ([], "Streams:Source must be the path of a file or kafka://host:port/topic."),
        (["Streams:Source=/a"], "Streams:Model must name a file that streams train has written."),
    ],
)
@pytest.mark.parametrize("command", ["streams", "check-config"])
def test_what_is_missing_is_said_at_the_start(words: list[str], sentence: str, command: str) -> None:
    done = subprocess.run(  # noqa: S603  # our own program
        [*PROGRAM, command, *GATE, "Service=streams", *words],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 1
    assert sentence in done.stderr.splitlines()


def test_the_first_answer_comes_within_seconds_of_the_start(tmp_path: Path, model: Model) -> None:
    words = words_of(tmp_path, model)
    began = time.monotonic()
    with running(words, ready=False) as server:
        while requests.get(f"{server.url}/ping", timeout=5).status_code != 200:
            assert time.monotonic() - began < SECONDS
            time.sleep(0.02)
        answer = requests.post(
            f"{server.url}/invocations", data="1,2,3,4,5,6,7", headers={"Content-Type": "text/csv"}, timeout=5
        )
        assert orjson.loads(answer.content)["scores"][0]["score"] > 0
        print(f"first answer after {time.monotonic() - began:.2f} s")  # noqa: T201  # the figure of a target
