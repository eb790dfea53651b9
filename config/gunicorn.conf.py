# ruff: noqa: INP001  # gunicorn runs this file by its path
"""How gunicorn runs the server: one process listens and watches, one worker for each processor answers.

`anomaly_container.web.serve` starts gunicorn with this file and leaves every setting in the environment.
"""

import logging
import os
import signal
import sys

from anomaly_container.web.processors import available_processors
from anomaly_container.web.serve import load_settings

chosen = load_settings((), os.environ)
address = f"[{chosen.host}]:{chosen.port}" if ":" in chosen.host else f"{chosen.host}:{chosen.port}"

wsgi_app = "anomaly_container.web.worker:serve"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
bind = address
workers = chosen.workers or available_processors()
preload_app = True

# A worker says every second that it lives; one that was silent for so long is replaced.
timeout = 30
# Less than the ten seconds that container runtimes wait before they kill.
graceful_timeout = 8

# The sign of life is a file whose times change; in memory it never waits for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # gunicorn unlinks it at once
# Nobody but the operator's signals steers the server, and a read-only file system has no place for a socket.
control_socket_disable = True

loglevel = "warning"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "WARNING", "handlers": ["console"]},
    "loggers": {
        "gunicorn.error": {"level": "WARNING", "handlers": ["console"], "propagate": False},
        "anomaly_container.start": {"level": "INFO", "handlers": ["start"], "propagate": False},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "timed", "stream": "ext://sys.stdout"},
        "start": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stdout"},
    },
    "formatters": {
        "timed": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "plain": {"format": "%(message)s"},
    },
}
log = logging.getLogger("anomaly_container.start")

# Until gunicorn has handlers of its own, a stop would be ignored (as process 1) or end with the exit code of
# a signal. It runs this file again to reload: then they are in place and stay.
if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))


def on_starting(_server: object) -> None:
    """Say what kind of server this is, in the words and the order of the Azure container."""
    log.info("Logging to console.")
    log.warning("WARNING: No access control enabled!")
    log.info("Hosting environment: Production")


def when_ready(_server: object) -> None:
    """Say where it listens; connections are accepted from now on."""
    log.info("Now listening on: http://%s", address)
    log.info("Application started. Press Ctrl+C to shut down.")
