"""The thread that collects the counts of all workers and reports them, active in one worker at a time."""

from __future__ import annotations

import logging
import random
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from anomaly_container.metering.counter_files import own_counters
from anomaly_container.metering.dead_letters import PassingOver, needs_a_later_one
from anomaly_container.metering.directory import instance
from anomaly_container.metering.file_lock import held
from anomaly_container.metering.http_sender import Transport
from anomaly_container.metering.ledger import Ledger, LedgerError
from anomaly_container.metering.policy import (
    GRACE_ATTEMPTS,
    ApiStatus,
    Failure,
    Gate,
    Outcome,
    PolicyByte,
    Standing,
    classify,
    is_refusal_of_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings

log = logging.getLogger(__name__)

LEADER_LOCK: Final = "leader.lock"
TURN_LOCK: Final = "turn.lock"
ELECTION_SECONDS: Final = 1.0
"""Seconds between a worker's checks whether the leader is gone."""
LONGEST_JITTER: Final = 0.5
"""The largest delay of an attempt as a share of the interval. Containers thus do not report all at once."""
STOP_SECONDS: Final = 5.0
"""Seconds that a stopping worker may still report: less than gunicorn and container runtimes wait."""
TURN_SECONDS: Final = 0.05
"""Seconds between a stopping worker's checks whether it is its turn to report."""


class Sender(Protocol):
    """The destination of records: the metering endpoint, or the log of a container that is not connected."""

    def send(self, wire: Mapping[str, object]) -> Outcome:
        """Send one record. A failure is an outcome, never an exception."""


def utc_now() -> datetime:
    """Return the time of the system clock."""
    return datetime.now(UTC)


class Heartbeat:
    """The heartbeat of a worker. The worker that holds the leader lock collects and reports.

    Parameters
    ----------
    settings
        The interval of reports and their endpoint.
    directory
        The directory that `directory.prepare` returned.
    meters
        The meters of the container's services, which its records list.
    clock
        The source of the UTC times of windows. Waits use the monotonic clock.
    sender
        The destination of records; by default the endpoint in the settings.
    """

    def __init__(
        self,
        settings: CommonSettings,
        directory: Path,
        meters: Collection[str],
        clock: Callable[[], datetime] = utc_now,
        sender: Sender | None = None,
    ) -> None:
        self._interval = settings.metering_interval_seconds
        self._directory = directory
        self._meters = meters
        self._clock = clock
        self._sender = sender or Transport(settings)
        self._instance = instance(directory)
        self._policy = PolicyByte(directory)
        self._standing = Standing()
        self._has_led = False
        self._due = 0.0
        self._deadline = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Start the thread. Call it after the fork."""
        self._thread.start()

    def is_running(self) -> bool:
        """Return whether the thread is alive."""
        return self._thread.is_alive()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Collect and report once more, and return when that is done or the seconds are over.

        Stopping workers take turns, so that the last one collects last, unless a leader continues. Usage that
        cannot be reported in time stays in the directory for the next start.
        """
        self._deadline = time.monotonic() + seconds
        self._stopping.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._guarded(self._lead)
            self._stopping.wait(ELECTION_SECONDS)
        self._guarded(self._finish)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  # a thread that ends would leave usage unreported for good
            _log_failure(error)

    def _lead(self) -> None:
        """Make attempts until stopped, unless another worker leads."""
        with held(self._directory / LEADER_LOCK) as leading:
            if leading:
                self._guarded(self._recall_standing)
                # The first wait is the rest of the last leader's wait.
                while not self._stopping.wait(min(self._seconds_left(), ELECTION_SECONDS)):
                    self._mend_policy()
                    if not self._seconds_left():
                        self._settle(self._make_attempt())

    def _seconds_left(self) -> float:
        """Return the seconds until the next attempt, also if the policy has lost them."""
        return max(self._policy.seconds_left(), self._due - time.monotonic(), 0.0)

    def _mend_policy(self) -> None:
        """Publish the standing again if the policy was overwritten. Until then no query is served."""
        if not self._policy.is_sound():
            log.error("The file %s was overwritten: it is written anew.", self._directory / PolicyByte.NAME)
            self._policy.write(self._standing, self._seconds_left())

    def _make_attempt(self) -> Outcome:
        """Make an attempt. An unexpected exception counts as a failed one."""
        try:
            return self._attempt()
        except Exception as error:  # noqa: BLE001  # an attempt that is not counted would keep the gate open
            _log_failure(error)
            return Outcome(failure=Failure.SURPRISE)

    def _finish(self) -> None:
        """Wait for this worker's turn to stop, then collect and report the rest.

        A leader that continues, or has yet to take its turn, does that for this worker too.
        """
        while time.monotonic() < self._deadline:
            with held(self._directory / TURN_LOCK) as is_turn:
                if is_turn:
                    with held(self._directory / LEADER_LOCK) as leading:
                        if leading:
                            self._report_rest()
                    return
            time.sleep(TURN_SECONDS)

    def _report_rest(self) -> None:
        """Collect the rest and report it, unless recent attempts failed: one more would only be counted."""
        self._recall_standing()
        waiting = False
        with _logged(), self._ledger() as ledger:
            counters = own_counters(self._directory)
            if any(ledger.owed(counters).values()):
                self._make_record(ledger, counters)
            ledger.forget_drained()
            waiting = bool(ledger.pending()) and not self._standing.failed_attempts
        if waiting:
            self._settle(self._make_attempt())

    def _attempt(self) -> Outcome:
        """Collect, then send the pending records, oldest first, until one is not accepted.

        A record that was refused often does not end the attempt: the next one shows whether it is at fault.
        """
        outcome = Outcome(failure=Failure.NO_RECORD)
        with _logged(), self._ledger() as ledger:
            with _logged():
                self._collect(ledger)
            passing_over = PassingOver(ledger)
            pending = ledger.pending()
            for record in pending:
                if not passing_over.is_due(record, pending[-1]):
                    continue
                outcome = self._sender.send(record.to_wire(self._instance))
                if classify(outcome) is ApiStatus.VALID:
                    ledger.sent(record.id)
                    self._note_success()
                    passing_over.accept()
                elif not (is_refusal_of_record(outcome) and passing_over.refuse(record)):
                    break
        return outcome

    def _note_success(self) -> None:
        """Reset the failed attempts: one accepted record restores service, even if the next one fails."""
        if self._standing.failed_attempts:
            log.warning("Metering works again after %d failed attempts.", self._standing.failed_attempts)
        self._standing = self._standing.after(ApiStatus.VALID)

    def _collect(self, ledger: Ledger) -> None:
        counters = own_counters(self._directory)
        # A pending record is enough of a heartbeat: an outage must not fill the disk with empty ones.
        pending = ledger.pending()
        if any(ledger.owed(counters).values()) or not pending or needs_a_later_one(pending, ledger):
            self._make_record(ledger, counters)
        ledger.forget_drained()

    def _make_record(self, ledger: Ledger, counters: Mapping[str, Mapping[str, int]]) -> None:
        ledger.collect(counters, self._clock(), self._meters)
        self._policy.note_collected(ledger.collected_until())

    def _settle(self, outcome: Outcome) -> None:
        """Publish the result of an attempt and the time of the next one.

        The cause of the first surprise in a row may pass soon, so that attempt is repeated after a second.
        """
        is_surprise = outcome.failure is Failure.SURPRISE
        status = ApiStatus.UNKNOWN if is_surprise else classify(outcome)
        self._standing = self._standing.after(status)
        wait = self._interval * random.uniform(1, 1 + LONGEST_JITTER)  # noqa: S311  # no secret depends on it
        wait = max(wait, outcome.retry_after)
        if is_surprise and self._standing.failed_attempts == 1:
            wait = min(wait, ELECTION_SECONDS)
        self._due = time.monotonic() + wait
        self._policy.write(self._standing, wait)
        if status is not ApiStatus.VALID:
            log.warning("Metering attempt failed with status '%s'.", status)
        self._guarded(self._keep_standing)

    def _keep_standing(self) -> None:
        with _logged(), self._ledger() as ledger:
            ledger.keep(self._standing)

    def _recall_standing(self) -> None:
        if not self._has_led:
            # The policy holds less than the ledger, but is used if the ledger cannot be read.
            status, gate, _ = self._policy.read()
            self._standing = Standing(status, GRACE_ATTEMPTS if gate is Gate.COULD_NOT_CONNECT else 0)
            self._has_led = True
        with _logged(), self._ledger() as ledger:
            self._standing = ledger.standing()

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        with closing(Ledger(self._directory)) as ledger:
            ledger.check_age(self._policy.collected_until())
            yield ledger


def _log_failure(error: Exception) -> None:
    log.error("Metering failed with %s.", type(error).__name__)  # the text may quote anything


@contextmanager
def _logged() -> Iterator[None]:
    """Log an error of the disk and continue: the next attempt repeats the step."""
    try:
        yield
    except LedgerError as error:
        log.error("The usage ledger cannot be used: %s.", error)  # noqa: TRY400  # one line is enough
    except OSError as error:
        log.error("The metering directory cannot be used: %s.", error.strerror)  # noqa: TRY400  # as above
