"""The gate through which metering allows or refuses work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.policy import MESSAGES, ApiStatus, Gate
from anomaly_container.web.errors import GateError

if TYPE_CHECKING:
    from anomaly_container.metering.policy import Policy

NO_CREDIT: Final = "NoCredit"
COULD_NOT_CONNECT: Final = "CouldNotConnect"
CHECK_SECONDS: Final = 1.0


class MeteringGate:
    """The gate that metering opens and closes.

    Parameters
    ----------
    policy
        The policy of the metering endpoint; None if nothing is metered, then the gate is always open.
    """

    def __init__(self, policy: Policy | None) -> None:
        self._policy = policy

    def check(self) -> None:
        """Raise an exception if queries are not served; the check reads one byte of memory.

        Raises
        ------
        GateError
            If metering allows no queries.
        """
        if self._policy is None or self._policy.serves():
            return
        status, gate, seconds = self._policy.read()
        if gate is Gate.NO_CREDIT:
            raise GateError(403, NO_CREDIT, MESSAGES[status])
        if gate is Gate.COULD_NOT_CONNECT:
            raise GateError(503, COULD_NOT_CONNECT, MESSAGES[status], {"Retry-After": str(seconds)})

    async def serves(self) -> None:
        """Wait until metering allows work; background tasks call it before each unit of work."""
        # The policy is a byte of shared memory that another process writes, without a notification.
        while self._policy is not None and not self._policy.serves():  # noqa: ASYNC110  # as above
            await asyncio.sleep(CHECK_SECONDS)

    def standing(self) -> tuple[ApiStatus, Gate, int]:
        """Return the status of the key, the gate, and the seconds until the next attempt."""
        return (ApiStatus.VALID, Gate.SERVE, 1) if self._policy is None else self._policy.read()
