"""A client of botocore on a thread of its own, for calls from an event loop.

botocore blocks. Its client is made on the thread by the first call, since that takes a tenth of a second, and
calls run there one after the other.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from concurrent.futures import Future
from importlib.util import find_spec
from typing import Any, Final

from anomaly_container.outbound.aws_errors import in_our_words
from anomaly_container.outbound.errors import MissingExtraError, Unavailable

NEEDED: Final = "botocore"

MAX_WAITING: Final = 1000
"""Calls that may wait for the thread."""

SECONDS_TO_END: Final = 1.0

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
"""Seconds that botocore waits for bytes, in addition to the time for which a call polls."""

MAX_ATTEMPTS: Final = 3


class AwsThread:
    """Calls of one service of AWS, on one thread.

    Parameters
    ----------
    service
        botocore's name of it, such as `sqs`.
    endpoint
        Its address; None for that of the region.
    region
        The region; None for that of the environment.
    poll_seconds
        For how long the longest call may stand still on purpose.
    extra
        The extra of this package that brings botocore, for the error that it is missing.

    Raises
    ------
    MissingExtraError
        If botocore is not installed.
    """

    def __init__(
        self,
        service: str,
        *,
        endpoint: str | None,
        region: str | None,
        poll_seconds: float = 0.0,
        extra: str = "batches",
    ) -> None:
        if find_spec(NEEDED) is None:
            raise MissingExtraError(NEEDED, extra=extra, purpose="A queue, a topic or a bucket of AWS")
        self._service = service
        self._endpoint = endpoint
        self._region = region or os.environ.get("AWS_REGION")  # botocore reads only AWS_DEFAULT_REGION
        self._read_seconds = READ_SECONDS + poll_seconds
        self._calls: queue.Queue[_Call | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    async def call(self, operation: str, seconds: float, **parameters: object) -> dict[str, Any]:
        """Call an operation, such as `receive_message`, and return its answer.

        Raises
        ------
        NotFound, Refused, Unavailable
            As `errors.py` says. A call that is cancelled or late before its turn is not made.
        """
        if self._is_closed or self._calls.qsize() >= MAX_WAITING:
            raise Unavailable(message="The client of AWS is closed, or too many calls wait for it.")
        if self._thread is None:
            # It must not keep the process from ending: a poll cannot be interrupted.
            self._thread = threading.Thread(target=self._work, name=f"aws-{self._service}", daemon=True)
            self._thread.start()
        made = _Call(operation, parameters)
        self._calls.put(made)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(made.answer)
        except TimeoutError:
            raise Unavailable(message="AWS did not answer in time.") from None

    async def close(self) -> None:
        """Drop the calls that wait, and wait a moment for the one that runs.

        What a poll still receives after that becomes visible again for other consumers.
        """
        self._is_closed = True
        while not self._calls.empty():
            waiting = self._calls.get_nowait()
            if waiting is not None:
                waiting.answer.set_exception(Unavailable(message="The client of AWS is closed."))
        self._calls.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, SECONDS_TO_END)

    def _work(self) -> None:
        client: Any = None
        while (call := self._calls.get()) is not None:
            if not call.answer.set_running_or_notify_cancel():
                continue
            try:
                with in_our_words():
                    client = client or self._make_client()
                    answer = getattr(client, call.operation)(**call.parameters)
            except BaseException as error:  # noqa: BLE001  # it is the caller's, whatever it is
                call.answer.set_exception(error)
            else:
                call.answer.set_result(answer)
            del call
        if client is not None:
            client.close()

    def _make_client(self) -> Any:  # noqa: ANN401  # botocore has no types
        import botocore.session  # noqa: PLC0415  # an extra
        from botocore.config import Config  # noqa: PLC0415  # as above

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self._read_seconds,
            retries={"max_attempts": MAX_ATTEMPTS, "mode": "standard"},
        )
        return botocore.session.Session().create_client(
            self._service, endpoint_url=self._endpoint, region_name=self._region, config=config
        )


class _Call:
    """One call and the future of its answer."""

    __slots__ = ("answer", "operation", "parameters")

    def __init__(self, operation: str, parameters: dict[str, object]) -> None:
        self.operation = operation
        self.parameters = parameters
        self.answer: Future[dict[str, Any]] = Future()
