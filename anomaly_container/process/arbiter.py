"""The master process of gunicorn: its settings and its hooks."""

from __future__ import annotations

import atexit
import gc
import logging
import math
import os
import shutil
import signal
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gunicorn.sock import TCP6Socket, TCPSocket

from anomaly_container.metering.directory import DirectoryError, prepare
from anomaly_container.metering.log_sender import log_path
from anomaly_container.observability.logging import logging_config
from anomaly_container.observability.metrics_directory import FOLDER_VARIABLE, prepare_folder, remove_in
from anomaly_container.observability.tracing import warnings_of
from anomaly_container.process import port
from anomaly_container.process.cpus import worker_count
from anomaly_container.process.health_check import leave_address
from anomaly_container.process.launch import load_settings
from anomaly_container.process.services import services_of
from anomaly_container.process.signals import hold_stops, take_stops
from anomaly_container.web.access_keys import AccessKeysError, read_access_keys
from anomaly_container.web.server.connection_counts import ConnectionCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gunicorn.arbiter import Arbiter

    from anomaly_container.process.gunicorn_worker import Worker
    from anomaly_container.settings.base import CommonSettings
    from anomaly_container.web.service import Service

REFUSED: Final = 1
DIRECTORY_VARIABLE: Final = "Metering__Directory"
PROTECTED: Final = {
    "open": "queries need a key, pages and probes do not",
    "key": "queries and pages need a key, /livez and /readyz do not",
    "all": "queries, pages and probes need a key",
}

log = logging.getLogger("anomaly_container.start")


class Master:
    """The process that listens and watches the workers.

    Parameters
    ----------
    settings
        The settings of the port.
    services
        The services of the port.
    """

    def __init__(self, settings: CommonSettings, services: Sequence[Service[Any, Any]]) -> None:
        self.settings = settings
        self._services = services
        self._metering = settings.metering_directory
        # While the configuration is loaded again, old workers run beside the new ones.
        self._counts = ConnectionCounts(2 * self.workers) if self.workers > 1 else None

    @property
    def address(self) -> str:
        """The host and the port to listen on, as in a URL."""
        return port.address(self.settings.host, self.settings.port)

    @property
    def workers(self) -> int:
        """The number of worker processes."""
        return worker_count(self.settings, self._services)

    @property
    def log_config(self) -> dict[str, Any]:
        """The configuration of the log, as `logging.config.dictConfig` takes it."""
        return logging_config(self.settings)

    @property
    def stop_seconds(self) -> int:
        """The seconds that the services need to close, in addition to those of the shell."""
        return math.ceil(sum(service.stop_seconds(self.settings) for service in self._services))

    def on_starting(self, server: Arbiter) -> None:
        """Prepare the metering directory, log the lines of the start, and bind the port.

        The lines have the text and the order of those of the Azure container. The workers find the metering
        directory in the environment; this process claims it for all of them until it ends.
        """
        server.handle_usr2 = refuse_second_master
        settings = self.settings
        try:
            keys = read_access_keys(settings.access_keys) if settings.access_keys else []
            metering = prepare(settings)
        except (DirectoryError, AccessKeysError) as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(REFUSED)
        self._metering = metering
        os.environ[DIRECTORY_VARIABLE] = str(metering)
        output = settings.mounts_output if metering.is_relative_to(settings.mounts_output) else metering
        log.info("Using '%s' for writing logs and other output data.", output)
        log.info("Logging to console.")
        is_connected = settings.metering_mode == "connected"
        log.info(
            "Submitting metering to '%s'.",
            settings.billing if is_connected else log_path(settings.billing, metering),
        )
        if any(service.build_info().get("kernels") == "numpy" for service in self._services):
            log.warning("The compiled kernels are not there: detection runs in numpy, several times slower.")
        for warning in warnings_of(settings):
            log.warning(warning)
        if settings.access_keys is None:
            log.warning("WARNING: No access control enabled!")
        else:
            log.info(
                "Access control: %s. Keys in '%s': %d.",
                PROTECTED[settings.access_pages],
                settings.access_keys,
                len(keys),
            )
        log.info("Hosting environment: Production")
        self._bind(server)

    def when_ready(self, _server: object) -> None:
        """Log the address: connections are accepted from now on."""
        settings = self.settings
        scheme = "https" if settings.tls_certificate else "http"
        try:
            leave_address(scheme, settings.host, settings.port)
        except OSError as error:
            log.warning(
                "The health check of the image will fail: its file cannot be written (%s).", error.strerror
            )
        log.info("Now listening on: %s://%s", scheme, self.address)
        log.info("Application started. Press Ctrl+C to shut down.")
        # A collection in a worker would write to the pages of all objects, and so copy them.
        gc.collect()
        gc.freeze()

    def pre_fork(self, server: Arbiter, worker: Worker) -> None:
        """Give a worker the first free row of the counts of connections, if there are several workers."""
        if self._counts is None:
            return
        taken = {other.place for other in server.WORKERS.values()}
        worker.place = next((place for place in self._counts.places if place not in taken), None)
        if worker.place is not None:
            self._counts.clear(worker.place)
            worker.share = self._counts.share(worker.place, self.settings.max_connections)

    def child_exit(self, _server: object, worker: Worker) -> None:
        """Clear the row of a worker that has ended, however it ended."""
        if self._counts is not None and worker.place is not None:
            self._counts.clear(worker.place)

    def on_exit(self, _server: object) -> None:
        """Remove the metering directory if it was made for this run only."""
        settings, metering = self.settings, self._metering
        if metering and settings.metering_directory is None and metering.parent != settings.mounts_output:
            shutil.rmtree(metering, ignore_errors=True)

    def _bind(self, server: Arbiter) -> None:
        # Gunicorn itself would retry for five seconds and log ten lines.
        settings = self.settings
        kind = TCP6Socket if ":" in settings.host else TCPSocket
        try:
            server.LISTENERS = [kind((settings.host, settings.port), server.cfg, server.log)]
        except OSError as error:
            sys.stderr.write(f"{port.ListenError(settings.host, settings.port, error)}\n")
            self.on_exit(server)
            sys.exit(REFUSED)


@cache
def master() -> Master:
    """Return the master of this process.

    Gunicorn runs its configuration again for a reload. What is made here stays: the environment, which has
    all the settings, is still the same.
    """
    _handle_early_stops()
    # The metrics library looks for the folder when it is imported, and the services import it.
    _prepare_metrics()
    settings = load_settings((), os.environ)
    # Before the fork, so that the workers share the memory of what is imported.
    return Master(settings, services_of(settings.service))


def refuse_second_master() -> None:
    """Log that SIGUSR2 has no effect; it replaces gunicorn's handler, which starts a second master.

    The second one could not claim the metering directory, and it would not find its program.
    """
    log.warning("SIGUSR2 does nothing here: start another container for a new version, and stop this one.")


def _prepare_metrics() -> None:
    is_own_folder = FOLDER_VARIABLE not in os.environ
    folder = prepare_folder(os.environ)
    if is_own_folder:
        atexit.register(remove_in, os.getpid(), folder)


def _handle_early_stops() -> None:
    # Until gunicorn installs its handlers, a stop would be ignored (in process 1) or end the process with the
    # exit code of the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    # A new worker that has no handlers yet would lose the signal, and be killed when the graceful time is
    # over: the signal stays blocked until `worker.serve` unblocks it.
    os.register_at_fork(before=hold_stops, after_in_parent=take_stops)
