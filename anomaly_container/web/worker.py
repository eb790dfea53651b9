"""What each worker process runs."""

from __future__ import annotations

import gc
import logging
import os
from typing import Final

from aiohttp import web

from anomaly_container.web.app import create_app
from anomaly_container.web.serve import load_settings

# Longer than proxies keep an idle connection, so that they never write into one that closes.
KEEPALIVE_SECONDS: Final = 75
# Detection takes well under a second; gunicorn kills a worker after 8, and container runtimes after 10.
SHUTDOWN_SECONDS: Final = 7


async def serve() -> web.AppRunner:
    """Return the server of this worker; gunicorn calls this once in each."""
    app = create_app(load_settings((), os.environ))
    log = logging.getLogger("anomaly_container.http")
    log.addFilter(without_exception_text)
    # What is loaded by now lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    return web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
        logger=log,
    )


def without_exception_text(record: logging.LogRecord) -> bool:
    """Name an exception and drop its text, which may quote what a client sent."""
    if record.exc_info and record.exc_info[0]:
        record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", ()
        record.exc_info = None
    return True
