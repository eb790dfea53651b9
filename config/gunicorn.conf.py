# ruff: noqa: INP001  # gunicorn runs this file by its path
"""The configuration of gunicorn: one master process, and one worker for each CPU.

`anomaly_container.process.launch` starts gunicorn with this file. All settings of the server are in the
environment.
"""

import os

from anomaly_container.process import arbiter

master = arbiter.master()

wsgi_app = "anomaly_container.process.worker:serve"
worker_class = "anomaly_container.process.gunicorn_worker.Worker"
bind = master.address
workers = master.workers
preload_app = True
# Workers that start together must not be replaced at the same time.
max_requests = master.settings.max_requests
max_requests_jitter = max_requests // 10

# Workers send a heartbeat every second; one without a heartbeat for so many seconds is replaced.
timeout = 30
# Less than the 10 seconds after which container runtimes kill a container; some services need more.
graceful_timeout = 8
graceful_timeout += master.stop_seconds

# The heartbeat touches a file; in memory it never waits for a disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # gunicorn unlinks the file at once
# The server is controlled by signals only, and a read-only file system has no place for a socket.
control_socket_disable = True

loglevel = "warning"
logconfig_dict = master.log_config

on_starting = master.on_starting
when_ready = master.when_ready
pre_fork = master.pre_fork
child_exit = master.child_exit
on_exit = master.on_exit
