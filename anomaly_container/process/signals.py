"""The signals that stop a worker, blocked until it can handle them."""

from __future__ import annotations

import signal
from typing import Final

STOPS: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})
"""The signals that gunicorn sends to its workers when it stops."""


def hold_stops() -> None:
    """Block the signals that stop this process; a process forked meanwhile starts with them blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)


def take_stops() -> None:
    """Unblock the signals; those that are pending are handled now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
