"""What the answers of the metering endpoint mean for the requests of clients."""

from __future__ import annotations

import math
import mmap
import os
import time
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

GRACE_ATTEMPTS: Final = 10
"""Consecutive attempts that may fail, one every interval, before queries are refused."""

_NOT_ABOUT_THE_RECORD: Final = {401, 403, 407, 408, 425, 429}


class ApiStatus(StrEnum):
    """The state of the key and of the connection, in the words of `/status`."""

    UNKNOWN = "Unknown"
    VALID = "Valid"
    INVALID = "Invalid"
    MISMATCH = "Mismatch"
    COULD_NOT_CONNECT = "CouldNotConnect"
    OUT_OF_QUOTA = "OutOfQuota"
    BILLING_ENDPOINT_BUSY = "BillingEndpointBusy"
    CONTAINER_USE_UNAUTHORIZED = "ContainerUseUnauthorized"


MESSAGES: Final = {
    ApiStatus.UNKNOWN: "The metering endpoint has not confirmed the Api Key.",
    ApiStatus.VALID: "Api Key is valid, no action needed.",
    ApiStatus.INVALID: "Api Key is invalid.",
    ApiStatus.MISMATCH: "Api Key does not belong to this kind of container.",
    ApiStatus.COULD_NOT_CONNECT: "The metering endpoint could not be reached.",
    ApiStatus.OUT_OF_QUOTA: "The quota of the Api Key is used up.",
    ApiStatus.BILLING_ENDPOINT_BUSY: "The metering endpoint is busy.",
    ApiStatus.CONTAINER_USE_UNAUTHORIZED: "Api Key does not permit the use of this container.",
}
"""One sentence for each status, for `/status`, `/ready` and the refusal of queries."""


class Gate(IntEnum):
    """Whether queries are served."""

    SERVE = 0
    NO_CREDIT = 1
    COULD_NOT_CONNECT = 2


class Failure(Enum):
    """Why there is no answer to classify."""

    NO_ANSWER = auto()
    TLS = auto()
    NO_RECORD = auto()
    """The local disk gave no record to send."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt to report ended.

    Attributes
    ----------
    status_code
        The HTTP status of the answer; None when there was none.
    code
        The error code word in the answer's body, where there is one.
    retry_after
        Seconds the endpoint asks to wait; 0 when it does not.
    failure
        Why there is no answer.
    """

    status_code: int | None = None
    code: str | None = None
    retry_after: float = 0.0
    failure: Failure | None = None


def classify(outcome: Outcome) -> ApiStatus:
    """Return what an attempt says about the key and the connection."""
    if outcome.status_code is None:
        return ApiStatus.UNKNOWN if outcome.failure is Failure.NO_RECORD else ApiStatus.COULD_NOT_CONNECT
    if 200 <= outcome.status_code < 300:
        return ApiStatus.VALID
    if outcome.status_code == 401:
        return ApiStatus.INVALID
    if outcome.status_code == 403:
        named = {status.casefold(): status for status in (ApiStatus.OUT_OF_QUOTA, ApiStatus.MISMATCH)}
        return named.get((outcome.code or "").casefold(), ApiStatus.CONTAINER_USE_UNAUTHORIZED)
    if outcome.status_code in {429, 503}:
        return ApiStatus.BILLING_ENDPOINT_BUSY
    return ApiStatus.COULD_NOT_CONNECT if outcome.status_code >= 500 else ApiStatus.UNKNOWN


def is_refusal_of_record(outcome: Outcome) -> bool:
    """Tell whether the record itself may be refused: by 4xx, unless that is about key, proxy or time."""
    status_code = outcome.status_code or 0
    return 400 <= status_code < 500 and status_code not in _NOT_ABOUT_THE_RECORD


def gate(status: ApiStatus, failed_attempts: int) -> Gate:
    """Return whether queries are served after so many consecutive failures, the last with `status`."""
    if status is ApiStatus.VALID:
        return Gate.SERVE
    if status in {ApiStatus.COULD_NOT_CONNECT, ApiStatus.BILLING_ENDPOINT_BUSY, ApiStatus.UNKNOWN}:
        return Gate.SERVE if failed_attempts < GRACE_ATTEMPTS else Gate.COULD_NOT_CONNECT
    return Gate.NO_CREDIT


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the container stands with the metering endpoint."""

    status: ApiStatus = ApiStatus.UNKNOWN
    failed_attempts: int = 0

    @property
    def gate(self) -> Gate:
        """Whether queries are served."""
        return gate(self.status, self.failed_attempts)

    def after(self, status: ApiStatus) -> Standing:
        """Return the standing after one more attempt; every answer but success counts as a failure."""
        return Standing(status, 0 if status is ApiStatus.VALID else self.failed_attempts + 1)


class PolicyByte:
    """The standing as requests see it: one byte that all workers map and the leader writes.

    Beside it lies the time of the next attempt, on the clock that all processes of a machine share and nobody
    sets, so that a new leader keeps the appointment of one that died, and the time of the last success.

    Raises
    ------
    OSError
        When the directory takes no file.
    """

    NAME: Final = "policy"
    _STATUSES: Final = tuple(ApiStatus)  # a new file is all zeros: Unknown, serve, attempt at once
    _SIZE: Final = 24
    _GATE_SHIFT: Final = 4
    _STATUS_MASK: Final = 0x0F

    def __init__(self, directory: Path) -> None:
        descriptor = os.open(directory / self.NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self._SIZE)
            self._memory = mmap.mmap(descriptor, self._SIZE)
        finally:
            os.close(descriptor)
        self._times = memoryview(self._memory).cast("d")

    def serves(self) -> bool:
        """Tell whether queries are served."""
        return self._memory[0] >> self._GATE_SHIFT == Gate.SERVE

    def read(self) -> tuple[ApiStatus, Gate, int]:
        """Return the status, whether queries are served, and the seconds until the next attempt.

        The seconds are whole and at least 1, as a Retry-After header wants them.
        """
        byte = self._memory[0]
        status = self._STATUSES[byte & self._STATUS_MASK]
        return status, Gate(byte >> self._GATE_SHIFT), max(1, math.ceil(self.seconds_left()))

    def write(self, standing: Standing, seconds: float) -> None:
        """Publish a standing and that the next attempt comes after so many seconds."""
        self._times[1] = time.monotonic() + seconds
        if standing.status is ApiStatus.VALID:
            self._times[2] = time.time()
        self._memory[0] = self._STATUSES.index(standing.status) | standing.gate << self._GATE_SHIFT

    def seconds_left(self) -> float:
        """Return the seconds until the next attempt; 0 when it is due."""
        return max(0.0, self._times[1] - time.monotonic())

    def last_success(self) -> float | None:
        """Return when the endpoint last confirmed a record, in seconds since 1970; None before it has."""
        return self._times[2] or None

    def close(self) -> None:
        """Unmap the file."""
        self._times.release()
        self._memory.close()
