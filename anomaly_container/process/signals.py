"""The signals that stop a worker, held back while it is not ready for them."""

from __future__ import annotations

import signal
from typing import Final

STOPS: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})
"""What gunicorn sends to a worker, by how it was told to stop itself."""


def hold_stops() -> None:
    """Let signals that stop this process wait; a process forked meanwhile begins with the same."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)


def take_stops() -> None:
    """Take the signals that waited, and all that come, by the handlers that are in place."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
