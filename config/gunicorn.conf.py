# ruff: noqa: INP001  # gunicorn runs this file by its path
"""Gunicorn's settings: one process listens and watches, one worker for each processor answers.

`anomaly_container.process.launch` starts gunicorn with this file; all settings of the server are in the
environment.
"""

import os

from anomaly_container.process import arbiter

master = arbiter.master()

wsgi_app = "anomaly_container.process.worker:serve"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
bind = master.address
workers = master.workers
preload_app = True
# A worker is replaced after so many requests; those of one start should not be replaced all at once.
max_requests = master.settings.max_requests
max_requests_jitter = max_requests // 10

# A worker gives a sign of life every second; it is replaced after so many seconds without one.
timeout = 30
# Less than the ten seconds that container runtimes wait before they kill; some services need more.
graceful_timeout = 8
graceful_timeout += master.stop_seconds

# The sign of life is a file whose times change; in memory it never waits for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # gunicorn unlinks it at once
# Only the operator's signals control the server, and a read-only file system has no place for a socket.
control_socket_disable = True

loglevel = "warning"
logconfig_dict = master.log_config

on_starting = master.on_starting
when_ready = master.when_ready
on_exit = master.on_exit
