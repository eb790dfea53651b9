"""Streams on the shell, in the process of a test: a file source, and a model of three numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.process.services import scheme
from anomaly_container.services.streams.service import SERVICE
from anomaly_container.services.streams.training import train
from anomaly_container.settings.load import resolve
from anomaly_container.web.app import create_app
from anomaly_container.web.shell import Shell
from tests.support.stream_samples import LICENCE, records_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aiohttp import web

    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.metering.usage import Usage
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.settings import StreamsSettings

FEATURES = "Features=a:numeric,b:numeric,c:numeric"
BEGIN = 1_767_225_600


def streams_settings(*words: str) -> StreamsSettings:
    """Return the settings of words of the command line."""
    given = [*(f"{name}={value}" for name, value in LICENCE.items()), "Service=streams", *words]
    settings: StreamsSettings = resolve(given, {}, {}, scheme("streams"), "streams").settings
    return settings


def lines_of_rows(rows: FloatArray) -> list[bytes]:
    """Return rows of three numbers as lines of JSON, a minute apart."""
    return [
        json.dumps({"time": BEGIN + 60 * place, **dict(zip("abc", row, strict=True))}).encode()
        for place, row in enumerate(rows.tolist())
    ]


def model_of_numbers(*words: str) -> Model:
    """Return a small model of 400 rows of three normal numbers."""
    rows = np.random.default_rng(15).normal(size=(400, 3))
    settings = streams_settings(FEATURES, "Forest:Trees=10", "Forest:Sample=32", *words)
    return train(records_of(lines_of_rows(rows)), settings, created=0.0).model


def model_with_forest(rows: FloatArray, *, trees: int, sample: int, seed: int) -> Model:
    """Return a model of three numbers that are not scaled, with a forest of few rows."""
    model = model_of_numbers("Features:Scale=false")
    parameters = {**model.parameters, "trees": trees, "sample": sample, "seed": seed}
    return replace(
        model, kept=RandomCutForest.fit(rows, trees=trees, sample=sample, seed=seed), parameters=parameters
    )


def streams_app(
    folder: Path, *words: str, lines: Sequence[bytes] = (), usage: Usage | None = None
) -> web.Application:
    """Return the service on a file with some lines; its model is the file `model` of the folder."""
    source = folder / "web.log"
    source.write_bytes(b"".join(line + b"\n" for line in lines))
    settings = streams_settings(
        f"Source={source}",
        f"Model={folder / 'model'}",
        f"StateDirectory={folder / 'state'}",
        "Kafka:BatchMs=20",
        *words,
    )
    return create_app(settings, (SERVICE,), Shell(state=folder, usage=usage))
