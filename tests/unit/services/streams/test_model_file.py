"""Model files: written whole, read whole, and refused in one sentence.

The smallest example: the id of a model is the first twelve digits of the sum at the end of its file.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # its stubs are not installed
import pytest

from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.services.streams import sample
from anomaly_container.services.streams.model_bytes import ModelFileError, packed, unpacked
from anomaly_container.services.streams.model_file import HIGH_OUTLIER, NORMAL, Model
from anomaly_container.services.streams.models import NoRowsError
from anomaly_container.services.streams.training import train
from tests.support.stream_events import events, records, streams_settings

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = streams_settings(Forest__Trees=5, Forest__Sample=32)
LINES = list(sample.lines(1))[:400]
MODEL = train(records(LINES), SETTINGS).model
DATA = MODEL.to_bytes()
ROWS = MODEL.encoder.rows(events(LINES, SETTINGS))[0]
MUTATIONS = 5000


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "model"
    MODEL.save(path)
    again = Model.load(str(path))
    assert path.read_bytes() == DATA == again.to_bytes()
    assert again.id == MODEL.id == DATA[-32:].hex()[:12]
    np.testing.assert_array_equal(again.scores(ROWS), MODEL.scores(ROWS))
    assert (again.kind, again.columns, again.width, again.shingle) == ("forest", MODEL.columns, 7, 1)
    assert again.training == MODEL.training
    assert again.threshold().level == MODEL.threshold(SETTINGS).level
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_scaled_rows() -> None:
    np.testing.assert_array_equal(MODEL.scores(MODEL.encoder.scaled(ROWS), scaled=True), MODEL.scores(ROWS))


def test_the_rule_of_the_settings_counts() -> None:
    assert MODEL.threshold(streams_settings(Threshold__Rule="9.5")).level == 9.5
    tracking = MODEL.threshold(streams_settings(Threshold__Rule="tracking"))
    assert tracking.level == np.sort(MODEL.calibration)[-1]
    assert MODEL.calibrated(np.array([1.0, 3.0])).threshold().level == pytest.approx(2 + 3 * np.sqrt(2))


def test_a_learned_forest_keeps_what_it_learned() -> None:
    forest = RandomCutForest.fit(MODEL.encoder.scaled(ROWS), trees=5, sample=32)
    forest.learn(MODEL.encoder.scaled(ROWS), 0.01)
    again = Model.from_bytes(replace(MODEL, kept=forest).to_bytes())
    np.testing.assert_array_equal(again.scores(ROWS), forest.scores(MODEL.encoder.scaled(ROWS)))


def read(data: bytes) -> Model | str:
    """The model of a file, or the sentence that refuses it."""
    try:
        return Model.from_bytes(data)
    except ModelFileError as error:
        return str(error)


def is_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and text[0].isupper()


def mutated(chance: random.Random) -> bytes:
    data = bytearray(DATA)
    kind = chance.randrange(4)
    place = chance.randrange(len(data))
    if kind == 0:
        data[place] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del data[place : place + chance.randrange(1, 64)]
    elif kind == 2:
        data[place:place] = chance.randbytes(chance.randrange(1, 64))
    else:
        width = chance.choice([1, 2, 4, 8])
        data[place : place + width] = chance.choice([0, 1, 2**31 - 1, 2**32 - 1]).to_bytes(8, "little")[
            :width
        ]
    return bytes(data)


def test_mutations_are_refused() -> None:
    chance = random.Random(12)  # noqa: S311  # no secret
    changed = [data for data in (mutated(chance) for _ in range(MUTATIONS)) if data != DATA]
    assert len(changed) > MUTATIONS * 0.9
    answers = [read(data) for data in changed]
    assert all(isinstance(answer, str) and is_sentence(answer) for answer in answers)


def test_mutations_with_a_right_sum_are_refused_or_score() -> None:
    """Somebody made the sum anew, so that what is within is looked at."""
    chance = random.Random(13)  # noqa: S311  # no secret
    refused = 0
    for _ in range(MUTATIONS // 2):
        body = mutated(chance)[:-32]
        found = read(body + hashlib.sha256(body).digest())
        if isinstance(found, str):
            assert is_sentence(found)
            refused += 1
            continue
        scores, shares = found.scorer.attributed(found.encoder.scaled(ROWS[:20, : found.width]))
        assert np.isfinite(scores).all()
        assert np.isfinite(shares).all()
    assert refused > MUTATIONS // 5


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("children", (0, 0, 0), 10_000),
        ("children", (0, 0, 0), -10_000),
        ("children", (0, 3, 0), 0),
        ("column", (0, 0), 7),
        ("cut", (0, 0), np.nan),
        ("points", (0, 0, 0), np.inf),
        ("mass", (0, 0), -1),
        ("leafMass", (0, 0), -1),
        ("root", (0,), 10_000),
        ("calibration", (0,), np.nan),
    ],
)
def test_an_array_that_is_wrong(name: str, place: tuple[int, ...], value: float) -> None:
    header, arrays = unpacked(DATA)
    changed = {key: array.copy() for key, array in arrays.items()}
    changed[name][place] = value
    with pytest.raises(ModelFileError, match=r"^The model file is wrong: .*\.$"):
        Model.from_bytes(packed(header, changed))


@pytest.mark.parametrize("name", ["kind", "encoder", "parameters", "training", "created", "product"])
@pytest.mark.parametrize("value", [None, 5, {}, [], {"trees": 5}])
def test_a_header_that_is_wrong(name: str, value: object) -> None:
    header, arrays = unpacked(DATA)
    with pytest.raises(ModelFileError, match=r"^The model file is wrong: .*\.$"):
        Model.from_bytes(packed(header | {name: value}, arrays))


def test_features_that_do_not_fit_the_forest() -> None:
    other = train(records(LINES), streams_settings(Features="response_time:numeric,path:frequency")).model
    with pytest.raises(ModelFileError, match="7 columns, and its features make 2"):
        Model.from_bytes(replace(MODEL, encoder=other.encoder).to_bytes())


def test_a_forest_that_is_too_large_is_not_built() -> None:
    with pytest.raises(ModelFileError, match="MaxMegabytes"):
        Model.from_bytes(DATA, max_megabytes=0)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="No such file"):
        Model.load(tmp_path / "none")
    with pytest.raises(ModelFileError, match="cannot be read"):
        Model.load(tmp_path)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        MODEL.save(path)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


def test_a_table() -> None:
    frame = pd.DataFrame(
        {
            "timestamp": pd.to_datetime(["2026-01-01T02:00:00Z"] * 4),
            "response_time": [30.0, 90_000.0, np.nan, np.nan],
            "log_level": ["INFO", "FATAL", None, None],
            "method": ["GET", "DELETE", "GET", None],
            "path": ["/", "/admin", "/", None],
        }
    )
    scored = MODEL.score(frame)
    assert scored["result"].tolist()[:3] == [NORMAL, HIGH_OUTLIER, NORMAL]
    assert scored["result"].isna().tolist() == [False, False, False, True]
    assert scored["reason"].tolist()[3] == "no-features"
    assert np.isnan(scored["score"].tolist()[3])
    assert scored["threshold"].tolist()[:3] == [MODEL.training.level] * 3
    assert list(scored.columns) == [*frame.columns, "score", "threshold", "result", "reason"]
    assert MODEL.score(frame.iloc[:0]).empty


def test_a_table_has_the_scores_of_its_events() -> None:
    frame = pd.DataFrame([event.document for event in events(LINES, SETTINGS)])
    np.testing.assert_array_equal(MODEL.score(frame)["score"].to_numpy(), MODEL.scores(ROWS))


def test_a_row_alone_is_not_a_shingle() -> None:
    model = train(records(LINES), streams_settings(Forest__Shingle=3, Forest__Trees=2)).model
    assert (model.shingle, model.width) == (3, 21)
    with pytest.raises(NoRowsError):
        model.score(pd.DataFrame({"timestamp": [1]}))
