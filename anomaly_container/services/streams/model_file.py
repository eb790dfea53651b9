"""A trained model: its file, and the scores of rows, of events and of a table.

`Model.load(path).score(frame)` is all that a job of Spark needs.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import msgspec
import numpy as np

from anomaly_container.services.streams import models
from anomaly_container.services.streams.encoders import Encoder
from anomaly_container.services.streams.frame import documents_of
from anomaly_container.services.streams.model_bytes import ModelFileError, packed, refuse, sum_of, unpacked
from anomaly_container.services.streams.model_header import Header, Training
from anomaly_container.services.streams.models import Kept, NoRowsError, RowScorer
from anomaly_container.services.streams.models.forest import check_memory
from anomaly_container.services.streams.threshold_choice import ThresholdChoice

if TYPE_CHECKING:
    from anomaly_container.detection.forest.thresholds import Threshold
    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.streams.frame import Frame
    from anomaly_container.services.streams.model_settings import ModelSettings

F = TypeVar("F", bound="Frame")
"""A table of pandas."""
CALIBRATION: Final = "calibration"
"""The array of the scores that the threshold begins with."""
HIGH_OUTLIER: Final = "High Outlier"
NORMAL: Final = "Normal"


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes
    ----------
    kind
        `forest`, `sarima` or `svm`.
    encoder
        The encoder that makes the rows.
    kept
        The fitted model.
    parameters
        Its numbers in the header.
    training
        The training.
    calibration : ndarray of float64, shape (n,)
        The scores that the threshold begins with.
    created
        The time of the training, in ISO 8601.
    product
        The version that trained it.
    """

    kind: Literal["forest", "sarima", "svm"]
    encoder: Encoder
    kept: Kept
    parameters: dict[str, Any]
    training: Training
    calibration: FloatArray
    created: str
    product: str

    @cached_property
    def id(self) -> str:
        """The first 12 hexadecimal digits of the sum of its file."""
        return sum_of(self.to_bytes())

    @property
    def scorer(self) -> RowScorer:
        """The scorer of rows.

        Raises
        ------
        NoRowsError
            If the kind is `sarima`.
        """
        if isinstance(self.kept, RowScorer):
            return self.kept
        raise NoRowsError

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of a row."""
        return self.encoder.columns

    @property
    def shingle(self) -> int:
        """The number of rows in a vector."""
        return int(self.parameters.get("shingle", 1))

    @property
    def width(self) -> int:
        """The number of values in a vector."""
        return len(self.columns) * self.shingle

    def threshold(self, settings: ModelSettings | None = None) -> Threshold:
        """Return the threshold before the first score.

        Parameters
        ----------
        settings
            The settings whose rule counts; None for the rule of the training.
        """
        choice = self.training.threshold if settings is None else ThresholdChoice.of(settings)
        return choice.begin(self.calibration)

    def calibrated(self, scores: FloatArray) -> Model:
        """Return the same model with other scores for the threshold to begin with."""
        return replace(self, calibration=scores)

    def scores(self, rows: FloatArray, *, scaled: bool = False) -> FloatArray:
        """Return the scores of rows.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, width)
            The columns in their order.
        scaled
            True if the rows are scaled already.

        Raises
        ------
        NoRowsError
            If the kind is `sarima`.
        """
        return self.scorer.scores(rows if scaled else self.encoder.scaled(rows))

    def score(self, frame: F) -> F:
        """Score the rows of a table, each an event with the fields that the training looked for.

        The result has the columns of the table, and `score`, `threshold`, `result` (`High Outlier` or
        `Normal`) and `reason` (the main feature). Of a row that is not an event `result` is missing, and
        `reason` says why. The rows are scored in their order by the rule of the training, which begins anew
        with each call.

        Parameters
        ----------
        frame
            A table of pandas.

        Raises
        ------
        NoRowsError
            If the kind is `sarima`, or one row alone is not a vector.
        """
        if self.shingle > 1:
            raise NoRowsError
        read = documents_of(frame, self.training.names, self.encoder.features, self.encoder.zone)
        places = [record.offset for record in read.events.records]
        score = np.full(len(frame), np.nan)
        threshold = np.full(len(frame), np.nan)
        result: list[str | None] = [None] * len(frame)
        reason: list[str | None] = [None] * len(frame)
        if places:
            scores, shares = self.scorer.attributed(self.encoder.scaled(self.encoder.rows(read.events)[0]))
            levels, flags = self.threshold().judge(scores)
            score[places], threshold[places] = scores, levels
            main = shares.sum(axis=2).argmax(axis=1).tolist()
            for place, flag, column in zip(places, flags.tolist(), main, strict=True):
                result[place] = HIGH_OUTLIER if flag else NORMAL
                reason[place] = self.columns[column]
        for parked in read.parked:
            reason[parked.record.offset] = parked.reason
        scored: F = frame.assign(score=score, threshold=threshold, result=result, reason=reason)
        return scored

    def to_bytes(self) -> bytes:
        """Return the bytes of its file."""
        header = {
            "product": self.product,
            "created": self.created,
            "kind": self.kind,
            "encoder": self.encoder.document(),
            "parameters": self.parameters,
            "training": msgspec.to_builtins(self.training),
        }
        return packed(header, {**self.kept.arrays(), CALIBRATION: self.calibration})

    @classmethod
    def from_bytes(cls, data: bytes, *, max_megabytes: int | None = None) -> Model:
        """Return the model of the bytes of a file.

        Parameters
        ----------
        data
            The bytes.
        max_megabytes
            The most memory of a forest in mebibytes; None for no limit.

        Raises
        ------
        ModelFileError
            With one sentence, if they are not those of a model.
        """
        document, arrays = unpacked(data)
        try:
            header = msgspec.convert(document, Header)
            encoder = Encoder.from_document(header.encoder)
            calibration = _calibration(arrays.pop(CALIBRATION, None))
            header.training.threshold.begin(calibration)
            if header.kind == "forest":
                points = arrays.get("points", calibration)
                if max_megabytes is not None and points.ndim == 3:
                    trees, sample, width = points.shape
                    check_memory(trees, sample, width, max_megabytes)
            kept = models.restored(header.kind, arrays, header.parameters)
            model = cls(
                header.kind, encoder, kept, header.parameters, header.training, calibration,
                header.created, header.product,
            )  # fmt: skip
            model._check_width(arrays)
        except ModelFileError:
            raise
        except (ValueError, OverflowError) as error:
            refuse(f"The model file is wrong: {_clause(error)}")
        return model

    @classmethod
    def load(cls, path: str | Path, *, max_megabytes: int | None = None) -> Model:
        """Read a file.

        Parameters
        ----------
        path
            The file.
        max_megabytes
            The most memory of a forest in mebibytes; None for no limit.

        Raises
        ------
        ModelFileError
            With one sentence, if it cannot be read or is not that of a model.
        """
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            refuse(f"The model file cannot be read: {error.strerror}.")
        return cls.from_bytes(data, max_megabytes=max_megabytes)

    def save(self, path: str | Path) -> None:
        """Write a file: under another name first, so that a reader finds the old one or the new one.

        Parameters
        ----------
        path
            The file.

        Raises
        ------
        OSError
            If it cannot be written; the file that was there is as before.
        """
        final = Path(path)
        temporary = final.with_name(f".{final.name}.{os.getpid()}.new")
        try:
            with temporary.open("wb") as file:
                file.write(self.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(final)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _check_width(self, arrays: dict[str, np.ndarray]) -> None:
        """Check that the rows of the encoder match the fitted model."""
        name = {"forest": "points", "svm": "support"}.get(self.kind)
        if name is not None and arrays[name].shape[-1] != self.width:
            message = f"the model has {arrays[name].shape[-1]} columns, and its features make {self.width}"
            raise ValueError(message)


def _calibration(found: np.ndarray | None) -> FloatArray:
    if found is None or found.dtype != np.float64 or found.ndim != 1 or not np.isfinite(found).all():
        message = "the scores for the threshold are not there, or not finite"
        raise ValueError(message)
    return np.ascontiguousarray(found, dtype=np.float64)


def _clause(error: Exception) -> str:
    """Return the message of an error as the end of a sentence."""
    text = str(error).partition("\n")[0].rstrip(".")
    return f"{text[:1].lower()}{text[1:]}."
