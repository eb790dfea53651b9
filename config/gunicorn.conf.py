# ruff: noqa: INP001  # gunicorn runs this file by its path
"""How gunicorn runs the server: one process listens and watches, one worker for each processor answers.

`anomaly_container.web.serve` starts gunicorn with this file and leaves every setting in the environment.
"""

import atexit
import logging
import os
import shutil
import signal
import sys
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.sock import TCP6Socket, TCPSocket

from anomaly_container import listener
from anomaly_container.billing.directory import DirectoryError, prepare
from anomaly_container.billing.disconnected import log_path
from anomaly_container.detection import kernels_compiled
from anomaly_container.health_check import leave_address
from anomaly_container.observability.figures_folder import FOLDER_VARIABLE, prepare_folder, remove_in
from anomaly_container.observability.logging import logging_config
from anomaly_container.observability.telemetry import warnings_of
from anomaly_container.web.auth import KeysError, read_keys
from anomaly_container.web.processors import worker_count
from anomaly_container.web.serve import load_settings
from anomaly_container.web.stops import hold_stops, take_stops

# Before anything imports the library of the figures, which looks for the folder once.
is_own_folder = FOLDER_VARIABLE not in os.environ
metrics_folder = prepare_folder(os.environ)
if is_own_folder:
    atexit.register(remove_in, os.getpid(), metrics_folder)
chosen = load_settings((), os.environ)
address = listener.address(chosen.host, chosen.port)

wsgi_app = "anomaly_container.web.worker:serve"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
bind = address
workers = worker_count(chosen)
preload_app = True
# A worker that answered so many requests is replaced; those of one start should not all go at once.
max_requests = chosen.max_requests
max_requests_jitter = max_requests // 10

# A worker says every second that it lives; one that was silent for so long is replaced.
timeout = 30
# Less than the ten seconds that container runtimes wait before they kill.
graceful_timeout = 8

# The sign of life is a file whose times change; in memory it never waits for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # gunicorn unlinks it at once
# Nobody but the operator's signals steers the server, and a read-only file system has no place for a socket.
control_socket_disable = True

loglevel = "warning"
logconfig_dict = logging_config(chosen)
log = logging.getLogger("anomaly_container.start")

DIRECTORY_VARIABLE = "Metering__Directory"
PROTECTED = {
    "open": "queries need a key, pages and probes do not",
    "key": "queries and pages need a key, /livez and /readyz do not",
    "all": "queries, pages and probes need a key",
}

# Until gunicorn has handlers of its own, a stop would be ignored (as process 1) or end with the exit code of
# a signal. It runs this file again to reload: then they are in place and stay.
if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    # A worker that is not ready to stop yet would lose the signal and be killed when all patience is over:
    # for a new process it waits until `worker.serve` takes it.
    os.register_at_fork(before=hold_stops, after_in_parent=take_stops)


def on_starting(server: Arbiter) -> None:
    """Make sure that usage can be counted, say what kind of server this is, and take the port.

    The lines are in the words and the order of the Azure container. Workers find the directory of counts in
    the environment; this process claims it for all of them until it ends.
    """
    server.handle_usr2 = refuse_second_master
    try:
        keys = read_keys(chosen.access_keys) if chosen.access_keys else []
        metering = prepare(chosen)
    except (DirectoryError, KeysError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    os.environ[DIRECTORY_VARIABLE] = str(metering)
    output = chosen.mounts_output if metering.is_relative_to(chosen.mounts_output) else metering
    log.info("Using '%s' for writing logs and other output data.", output)
    log.info("Logging to console.")
    is_connected = chosen.metering_mode == "connected"
    log.info(
        "Submitting metering to '%s'.", chosen.billing if is_connected else log_path(chosen.billing, metering)
    )
    if not kernels_compiled():
        log.warning("The compiled kernels are not there: detection runs in numpy, several times slower.")
    for warning in warnings_of(chosen):
        log.warning(warning)
    if chosen.access_keys is None:
        log.warning("WARNING: No access control enabled!")
    else:
        log.info(
            "Access control: %s. Keys in '%s': %d.",
            PROTECTED[chosen.access_pages],
            chosen.access_keys,
            len(keys),
        )
    log.info("Hosting environment: Production")
    take_port(server)


def take_port(server: Arbiter) -> None:
    """Listen, or end at once with one sentence: gunicorn would try for five seconds and say ten lines."""
    kind = TCP6Socket if ":" in chosen.host else TCPSocket
    try:
        server.LISTENERS = [kind((chosen.host, chosen.port), server.cfg, server.log)]
    except OSError as error:
        sys.stderr.write(f"{listener.ListenError(chosen.host, chosen.port, error)}\n")
        on_exit(server)
        sys.exit(1)


def refuse_second_master() -> None:
    """Take the place of what gunicorn does at SIGUSR2: start a second server beside this one.

    The counts of this one are its own, so the second could not begin, and it would not find its program.
    """
    log.warning("SIGUSR2 does nothing here: start another container for a new version, and stop this one.")


def when_ready(_server: object) -> None:
    """Say where it listens; connections are accepted from now on."""
    scheme = "https" if chosen.tls_certificate else "http"
    try:
        leave_address(scheme, chosen.host, chosen.port)
    except OSError as error:
        log.warning(
            "The health check of the image will fail: its file cannot be written (%s).", error.strerror
        )
    log.info("Now listening on: %s://%s", scheme, address)
    log.info("Application started. Press Ctrl+C to shut down.")


def on_exit(_server: object) -> None:
    """Remove a directory of counts that was made for this run alone."""
    metering = Path(os.environ[DIRECTORY_VARIABLE])
    if chosen.metering_directory is None and metering.parent != chosen.mounts_output:
        shutil.rmtree(metering, ignore_errors=True)
