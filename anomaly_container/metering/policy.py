"""The effect of the metering endpoint's responses on the queries of clients."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum, auto
from typing import TYPE_CHECKING, Final, Protocol
from zlib import crc32

from anomaly_container.metering.policy_file import BYTE, COLLECTED, DUE, SUCCESS, PolicyFile

if TYPE_CHECKING:
    from pathlib import Path

GRACE_ATTEMPTS: Final = 10
"""Consecutive attempts, one per interval, that may fail before queries are refused."""

LONGEST_APPOINTMENT: Final = 1.5 * 86400.0
"""The longest possible wait for an attempt, in seconds: the longest interval with its jitter."""

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
    """The reason for a missing response."""

    NO_ANSWER = auto()
    TLS = auto()
    NO_RECORD = auto()
    """No record could be read from the local disk."""
    SURPRISE = auto()
    """A fault of the container itself."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt to report.

    Attributes
    ----------
    status_code
        The HTTP status of the response; None without a response.
    code
        The error code in the body of the response, if any.
    retry_after
        The seconds that the endpoint asks to wait; 0 if it does not ask.
    failure
        The reason for a missing response.
    """

    status_code: int | None = None
    code: str | None = None
    retry_after: float = 0.0
    failure: Failure | None = None


def classify(outcome: Outcome) -> ApiStatus:
    """Return the status of the key and the connection after an attempt."""
    if outcome.status_code is None:
        is_own_fault = outcome.failure in {Failure.NO_RECORD, Failure.SURPRISE}
        return ApiStatus.UNKNOWN if is_own_fault else ApiStatus.COULD_NOT_CONNECT
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
    """Return whether the record itself may be refused: a 4xx that is not about the key, proxy or time."""
    status_code = outcome.status_code or 0
    return 400 <= status_code < 500 and status_code not in _NOT_ABOUT_THE_RECORD


def gate(status: ApiStatus, failed_attempts: int) -> Gate:
    """Return whether queries are served after a number of consecutive failures, the last with `status`."""
    if status is ApiStatus.VALID:
        return Gate.SERVE
    if status in {ApiStatus.COULD_NOT_CONNECT, ApiStatus.BILLING_ENDPOINT_BUSY, ApiStatus.UNKNOWN}:
        return Gate.SERVE if failed_attempts < GRACE_ATTEMPTS else Gate.COULD_NOT_CONNECT
    return Gate.NO_CREDIT


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing of the container with the metering endpoint."""

    status: ApiStatus = ApiStatus.UNKNOWN
    failed_attempts: int = 0

    @property
    def gate(self) -> Gate:
        """Whether queries are served."""
        return gate(self.status, self.failed_attempts)

    def after(self, status: ApiStatus) -> Standing:
        """Return the standing after one more attempt. Every status but `VALID` counts as a failure."""
        return Standing(status, 0 if status is ApiStatus.VALID else self.failed_attempts + 1)


_STATUSES: Final = tuple(ApiStatus)  # a new file holds 0: Unknown, serve
_GATE_SHIFT: Final = 4
_CHECK_BITS: Final = 16


class Policy(Protocol):
    """The standing as seen by requests."""

    def serves(self) -> bool:
        """Return whether queries are served."""

    def read(self) -> tuple[ApiStatus, Gate, int]:
        """Return the status, whether queries are served, and the seconds until the next attempt."""

    def last_success(self) -> float | None:
        """Return the time of the last confirmed record, in seconds since 1970; None before the first."""

    def refuse(self, *, refuses: bool) -> None:
        """Refuse queries in this process regardless of the leader, or stop refusing them."""

    def is_in_place(self) -> bool:
        """Return whether the policy is still at the path that new workers open."""

    def close(self) -> None:
        """Release the resources."""


CLOSED: Final = (ApiStatus.UNKNOWN, Gate.COULD_NOT_CONNECT)
"""The meaning of a policy that fails its check or does not exist."""


class ClosedPolicy:
    """The policy of a process without a place for its counts: no query is served."""

    def serves(self) -> bool:
        """Return False: queries are refused."""
        return False

    def read(self) -> tuple[ApiStatus, Gate, int]:
        """Return that queries are refused, with one second until the next attempt."""
        return *CLOSED, 1

    def last_success(self) -> None:
        """Return None: the time is unknown."""

    def refuse(self, *, refuses: bool) -> None:
        """Do nothing: queries are always refused."""

    def is_in_place(self) -> bool:
        """Return False: the policy has no file."""
        return False

    def close(self) -> None:
        """Do nothing: the policy holds no resources."""


class PolicyByte(PolicyFile):
    """The standing as seen by requests: one byte that all workers map and the leader writes.

    Three more words hold the time of the next attempt, the time of the last success, and the time until which
    usage was collected. The first is on the monotonic clock, which all processes of a machine share, so that
    a new leader keeps the schedule of one that died. The last reveals a ledger that is older.

    If the byte fails its check, no query is served.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._known = {
            self.word(_byte(status, gate)): (status, gate) for status in ApiStatus for gate in Gate
        }
        self._serving = self._words_that_serve()
        self._refuses = False

    def serves(self) -> bool:
        """Return whether queries are served."""
        return self._words[BYTE] in self._serving

    def read(self) -> tuple[ApiStatus, Gate, int]:
        """Return the status, whether queries are served, and the seconds until the next attempt.

        The seconds are whole and at least 1, as a Retry-After header requires.
        """
        status, gate = self._known.get(self._words[BYTE], CLOSED)
        if self._refuses and gate is Gate.SERVE:
            status, gate = CLOSED
        return status, gate, max(1, math.ceil(self.seconds_left()))

    def refuse(self, *, refuses: bool) -> None:
        """Refuse queries in this process regardless of the leader, or stop refusing them."""
        self._refuses = refuses
        self._serving = frozenset() if refuses else self._words_that_serve()

    def write(self, standing: Standing, seconds: float) -> None:
        """Publish a standing and the seconds until the next attempt."""
        self._times[DUE] = time.monotonic() + seconds
        if standing.status is ApiStatus.VALID:
            self._times[SUCCESS] = time.time()
        self._words[BYTE] = self.word(_byte(standing.status, standing.gate))

    def seconds_left(self) -> float:
        """Return the seconds until the next attempt; 0 if it is due or the stored time is implausible."""
        seconds = self._times[DUE] - time.monotonic()
        return seconds if 0 <= seconds <= LONGEST_APPOINTMENT else 0.0

    def last_success(self) -> float | None:
        """Return the time of the last confirmed record, in seconds since 1970; None before the first."""
        moment = self._times[SUCCESS]
        return moment if 0 < moment < math.inf else None

    def collected_until(self) -> int:
        """Return the time until which usage is in records, in milliseconds since 1970; 0 if it is unknown."""
        milliseconds = self._words[COLLECTED] >> _CHECK_BITS
        return milliseconds if self._words[COLLECTED] == self._checked(milliseconds) else 0

    def note_collected(self, milliseconds: int) -> None:
        """Store the time until which usage is in records."""
        self._words[COLLECTED] = self._checked(milliseconds)

    def _checked(self, milliseconds: int) -> int:
        """Return a word with a time and a check over the time and the inode of the file."""
        check = crc32(b"%d %d" % (milliseconds, self._file.st_ino)) & ((1 << _CHECK_BITS) - 1)
        return milliseconds << _CHECK_BITS | check

    def _words_that_serve(self) -> frozenset[int]:
        return frozenset(word for word, (_, gate) in self._known.items() if gate is Gate.SERVE)


def _byte(status: ApiStatus, gate: Gate) -> int:
    return _STATUSES.index(status) | gate << _GATE_SHIFT
