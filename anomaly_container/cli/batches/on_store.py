"""Work on the store of the settings: open it, run, and say in one sentence what failed."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import (
    MissingExtraError,
    NotFound,
    OutboundError,
    Refused,
    UrlError,
)
from anomaly_container.outbound.object_store import open_store
from anomaly_container.services.batches.state import UnknownStateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.settings import BatchesSettings

FAILED: Final = 1
STOPS: Final = (signal.SIGINT, signal.SIGTERM)


class VerbError(Exception):
    """A verb cannot do what it was asked to do; the text is one sentence."""


def run_on_store(settings: BatchesSettings, work: Callable[[ObjectStore], Awaitable[int]]) -> int:
    """Run work on the store until it ends or a signal stops it, and return the exit code.

    Parameters
    ----------
    settings
        The settings, which name the store.
    work
        Returns the exit code. A signal cancels it.
    """
    try:
        return asyncio.run(_run(settings, work))
    except (UrlError, MissingExtraError, VerbError) as error:
        problem = str(error)
    except UnknownStateError:
        problem = "Another version of this program wrote the state, or it is damaged."
    except NotFound:
        problem = "The bucket does not exist."
    except Refused:
        problem = "The store refuses access."
    except OutboundError as error:
        problem = f"The store cannot be used: {error}"
    except asyncio.CancelledError:
        problem = "Interrupted."
    sys.stderr.write(f"{problem}\n")
    return FAILED


async def _run(settings: BatchesSettings, work: Callable[[ObjectStore], Awaitable[int]]) -> int:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101  # this is a coroutine of a task
    for number in STOPS:
        loop.add_signal_handler(number, task.cancel)
    store = open_store(settings.store_url, endpoint=settings.endpoint, allow_http=settings.allow_http)
    try:
        return await work(store)
    finally:
        await store.close()
