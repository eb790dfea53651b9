"""The settings of batches.

The smallest example: `BUCKET_NAME=sensors`, the variable of the original pipeline, is the store `s3://sensors`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from anomaly_container.detection.batches.baseline import begin, merge, score_block
from anomaly_container.detection.batches.options import MATURITY, Options
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.setting_rules import comma_separated
from anomaly_container.services.batches.settings import BatchesSettings
from tests.support.batch_process import batches_settings

COMMON = {"Eula": "accept", "Billing": "http://127.0.0.1:5001/", "ApiKey": "key"}


def settings(**words: object) -> BatchesSettings:
    return BatchesSettings.model_validate(
        COMMON | {name.replace("__", ":"): value for name, value in words.items()}
    )


def test_the_bucket_of_the_original() -> None:
    found = settings(BUCKET_NAME="sensors")
    assert (found.store_url, found.bucket) == ("s3://sensors", "sensors")
    assert (found.intakes, found.seconds_between_listings) == (("notify",), 60)
    assert settings(BUCKET_NAME="sensors", Batches__Url="s3://sensors").bucket == "sensors"


def test_defaults() -> None:
    found = settings()
    assert found.store_url == f"file://{found.mounts_output}/batches"
    assert (found.intakes, found.seconds_between_listings) == (("poll",), 5)
    assert (found.port, found.workers, found.mode, found.column_names) == (8000, 1, "default", ())
    assert (found.threshold, found.maturity, found.hold_rows, found.block_rows) == (4.0, 30, 200, 10_000)
    assert (found.max_bytes, found.max_rows, found.max_columns, found.keep) == (8 << 30, 10**8, 512, 1000)


@pytest.mark.parametrize(
    ("url", "intakes", "seconds"),
    [
        ("s3://b/prefix", ("notify",), 60),
        ("gs://b", ("poll",), 60),
        ("az://c/prefix", ("poll",), 60),
        ("file:///data/", ("poll",), 5),
    ],
)
def test_intakes_and_listings_of_a_store(url: str, intakes: tuple[str, ...], seconds: int) -> None:
    found = settings(Batches__Url=url)
    assert (found.intakes, found.seconds_between_listings) == (intakes, seconds)
    assert settings(Batches__Url=url, Batches__PollSeconds=9).seconds_between_listings == 9


def test_columns() -> None:
    assert settings(Batches__Mode="Compat").column_names == (
        "temperature",
        "humidity",
        "pressure",
        "wind_speed",
    )
    assert settings(Batches__Mode="compat", Batches__Columns="a, b").column_names == ("a", "b")
    assert settings(Batches__Rename="temp:temperature, x : y").renamed == {"temp": "temperature", "x": "y"}
    assert comma_separated(" a ,, b ") == ("a", "b")
    assert comma_separated(None) == ()


@pytest.mark.parametrize(
    "words",
    [
        {"Batches__Url": "http://b"},
        {"Batches__Url": "s3://user:password@b"},
        {"Batches__Url": "s3://b?x=1"},
        {"Batches__Url": "s3://"},
        {"Batches__Url": "file://data"},
        {"BUCKET_NAME": "a", "Batches__Url": "s3://b"},
        {"Batches__Endpoint": "http://example.com"},
        {"Batches__Endpoint": "ftp://127.0.0.1"},
        {"Batches__Webhook": "http://example.com"},
        {"Batches__Webhook": "https://user:password@example.com"},
        {"Batches__Mode": "other"},
        {"Batches__Intake": "poll,mail"},
        {"Batches__Intake": "queue"},
        {"Batches__Intake": "poll,poll"},
        {"Batches__Queue": "queue"},
        {"Batches__QueueBatch": 11},
        {"Batches__PollSeconds": 0.5},
        {"Batches__Topics": "topic"},
        {"Batches__Sns:Hosts": "*"},
        {"Batches__Sns:Verify": False, "Host": "192.0.2.1"},
        {"Batches__Notify:User": "u"},
        {"Batches__Notify:Password": "p"},
        {"Batches__Threshold": 1.9},
        {"Batches__Threshold": "nan"},
        {"Batches__HalfLife": "nan"},
        {"Batches__HalfLife": "inf"},
        {"Batches__MinDeviation": "nan"},
        {"Batches__MinDeviation": -1},
        {"Batches__Direction": "left"},
        {"Batches__Maturity": 11},
        {"Batches__HoldRows": -1},
        {"Batches__Detectors": "other"},
        {"Batches__Detectors": ""},
        {"Batches__Vote": "zscore,zscore"},
        {"Batches__Rename": "a"},
        {"Batches__Rename": "a:b:c"},
        {"Batches__Keep": 9},
        {"Batches__BlockRows": 999},
        {"Batches__Concurrency": 33},
        {"Batches__Attempts": 0},
        {"Batches__MaxBytes": 0},
    ],
)
def test_refused_settings(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**words)


@pytest.mark.parametrize(
    "words",
    [
        {"Batches__Endpoint": "http://127.0.0.1:9000"},
        {"Batches__Endpoint": "http://store.example", "Batches__AllowHttp": True},
        {"Batches__Webhook": "https://example.com/hook"},
        {"Batches__Intake": "Poll, Queue", "Batches__Queue": "https://sqs.eu-west-1.amazonaws.com/1/q"},
        {"Batches__Topics": "arn:aws:sns:eu-west-1:123456789012:a, arn:aws-cn:sns:x:123456789012:x.fifo"},
        {"Batches__Sns:Verify": False, "Host": "127.0.0.1"},
        {"Batches__Notify:User": "u", "Batches__Notify:Password": "p"},
    ],
)
def test_accepted_settings(words: dict[str, object]) -> None:
    settings(**words)


@pytest.mark.parametrize(
    ("maturity", "half_life", "is_taken"),
    [(30, 0, True), (30, 20, False), (30, 20.79, False), (30, 20.8, True), (12, 8.4, True), (99, 60, False)],
)
def test_a_half_life_lets_channels_mature(maturity: int, half_life: float, is_taken: bool) -> None:
    if is_taken:
        assert batches_settings(maturity=maturity, half_life=half_life).half_life == half_life
        return
    with pytest.raises(ValidationError, match=r"It must be 0, or more than 0\.694 times Batches:Maturity"):
        batches_settings(maturity=maturity, half_life=half_life)


@pytest.mark.parametrize(("half_life", "matures"), [(20.0, False), (20.8, True)])
def test_the_limit_is_that_of_rows_that_come_one_by_one(half_life: float, *, matures: bool) -> None:
    options = replace(Options.of(1), half_life=half_life)
    known = begin(options)
    for row in range(500):
        _, added = score_block(known, np.array([[float(row % 7)]]), options)
        known = merge(known, added, options)
    assert (float(known.channels.accepted.count[0]) >= MATURITY) is matures


def test_series_is_a_detector_that_does_not_vote_by_default() -> None:
    settings = batches_settings(detectors="ZScore, series", series_context=100)
    assert (settings.detectors, settings.vote) == ("zscore,series", "zscore,joint")
    assert settings.series_context == 100
    assert mode_of(settings)._series is not None  # type: ignore[attr-defined]  # noqa: SLF001  # of the default mode
    with pytest.raises(ValidationError):
        batches_settings(series_context=101)
    with pytest.raises(ValidationError):
        batches_settings(detectors="zscore,sarima")
