"""The resources of the handlers: the model, the sinks and the stream, which begin and end here."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from anomaly_container.observability.formatters import with_facts
from anomaly_container.observability.metrics import BACKGROUND_FAILURES
from anomaly_container.services.streams import metrics
from anomaly_container.services.streams.differences import Differences
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.file_stream import FileStream
from anomaly_container.services.streams.invocation import Invocation
from anomaly_container.services.streams.kafka_stream import KafkaStream
from anomaly_container.services.streams.model_bytes import ModelFileError, refuse
from anomaly_container.services.streams.model_file import Model
from anomaly_container.services.streams.models import RowScorer
from anomaly_container.services.streams.parked_log import ParkedLog
from anomaly_container.web.file_watch import CHECK_SECONDS, FileWatch

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.scoring import Scored
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.web.shell import Shell

RELOAD: Final = "streams-model"
"""The task that looks for another model file."""
log = logging.getLogger(__name__)


class Streams:
    """The stream of a process.

    Parameters
    ----------
    settings
        The settings.
    shell
        The shell of the process.
    delivery
        The sinks, which start with the stream.

    Attributes
    ----------
    stream
        The stream that is read, scored and delivered; None before a model is loaded.
    differences
        The difference of the stream from the training; None as above, and in mode keys.
    not_loaded
        The reason why the last model file could not be loaded; None if it could.
    """

    def __init__(self, settings: StreamsSettings, shell: Shell, delivery: Delivery) -> None:
        self.settings, self.shell, self.delivery = settings, shell, delivery
        self._disk = shell.thread(RELOAD)
        self._path = settings.model
        self._watch = FileWatch([] if self._path is None else [self._path])
        self._delivering: asyncio.Task[None] | None = None
        self._invocation: tuple[Model, EventReader] | None = None
        self.stream: FileStream | KafkaStream | None = None
        self.differences: Differences | None = None
        self.not_loaded: str | None = None
        self.unusable: str | None = None

    @property
    def model(self) -> Model | None:
        """The model that requests are scored with; None before the first one is loaded, and in mode keys."""
        return self._invocation[0] if self._invocation else None

    @property
    def reason(self) -> str | None:
        """The reason why the service is not ready; None if it is."""
        if self.unusable is not None:
            return self.unusable
        if self.model is None and self.settings.mode == "forest":
            return self.not_loaded or "The model is being loaded."
        return None if self.has_answered else "The source has not answered yet."

    @property
    def has_answered(self) -> bool:
        """True if the source has answered once."""
        return self.stream is not None and self.stream.pipeline.answered

    @property
    def threshold(self) -> float:
        """The threshold of the last event; before the first one that of the model. 0 without a model."""
        if self.model is None:
            return 0.0
        recent = self.stream.pipeline.recent if self.stream is not None else ()
        if recent and recent[-1].model_id == self.model.id:
            return recent[-1].threshold
        return self.model.threshold(self.settings).level

    def invocation(self) -> Invocation | None:
        """Return the scorer of the rows of a request; None if no model is loaded."""
        if self._invocation is None:
            return None
        return Invocation(*self._invocation, self.threshold, self.settings.invocations_scaled)

    async def run(self) -> None:
        """Load the model, and work until cancelled.

        Raises
        ------
        ModelFileError
            If the model cannot be loaded.
        OSError
            If the source, or the folder of the state, cannot be used.
        """
        try:
            await self._work()
        except OSError as error:
            if error.filename is not None:
                self.unusable = f"{error.filename} cannot be used: {error.strerror}."
                log.warning("The stream cannot begin: %s", self.unusable)
            raise

    async def _work(self) -> None:
        self.settings.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.stream is None:
            self.stream = self._opened(None if self._path is None else await self._load(self._path))
        if self._delivering is None or self._delivering.done():
            self._delivering = asyncio.create_task(self.delivery.run(), name="streams-delivery")
        self.unusable = None
        work = asyncio.create_task(self.stream.run(), name="streams-pipeline")
        try:
            await asyncio.wait({work, self._delivering}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        if self._delivering.done():
            self._delivering.result()
        work.result()

    async def reload(self) -> None:
        """Take over a model file that has changed, until cancelled; a broken one changes nothing."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if self.stream is None or self._path is None or not self._watch.has_changed():
                continue
            try:
                model = await self._load(self._path)
            except ModelFileError:
                BACKGROUND_FAILURES.labels(RELOAD).inc()
            else:
                self.stream.pipeline.replace_model(model)

    async def close(self) -> None:
        """Finish what was read, commit it, and release the sinks."""
        try:
            if self.stream is not None:
                await self.stream.close()
        finally:
            if self._delivering is not None:
                self._delivering.cancel()
                await asyncio.gather(self._delivering, return_exceptions=True)

    async def _load(self, path: Path) -> Model:
        """Load the file, score requests with it from now on, and return the model."""
        loop = asyncio.get_running_loop()
        try:
            model = await loop.run_in_executor(self._disk, self._read, path)
        except ModelFileError as error:
            self.not_loaded = str(error)
            log.warning("The model is not loaded: %s", error)
            raise
        if self.model is not None:
            metrics.MODEL_INFO.labels(self.model.id).set(0)
        metrics.MODEL_INFO.labels(model.id).set(1)
        self.not_loaded = None
        self._invocation = model, EventReader(self.settings, features=model.encoder.features)
        facts = {"modelId": model.id, "kind": model.kind, "threshold": self.threshold}
        log.info("A model is loaded.", extra=with_facts(facts))
        return model

    def _read(self, path: Path) -> Model:
        model = Model.load(path, max_megabytes=self.settings.max_megabytes)
        if not isinstance(model.kept, RowScorer):
            refuse(f"A model of the kind {model.kind} can be replayed and compared, and not be run.")
        return model

    def _opened(self, model: Model | None) -> FileStream | KafkaStream:
        kind = FileStream if self.settings.servers is None else KafkaStream
        stream = kind(self.settings, model, self.delivery, self.shell)
        differences = self.differences = None if model is None else Differences(model)
        parked = ParkedLog()

        def hear(scored: Scored) -> None:
            parked.take((one.reason for one in scored.parked), self.shell.clock())
            if differences is not None:
                differences.hear(scored, stream.pipeline.scoring.model)

        stream.pipeline.heard = hear
        facts = {"source": "file" if self.settings.servers is None else "kafka", "group": self.settings.group}
        log.info("The stream begins.", extra=with_facts({**facts, "format": self.settings.format}))
        return stream
