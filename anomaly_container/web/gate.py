"""Whether a query may be answered at all, as the metering endpoint has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.billing.policy import MESSAGES, Gate
from anomaly_container.contract.errors import GateCode

if TYPE_CHECKING:
    from anomaly_container.billing.policy import Policy


class GateError(Exception):
    """No query is answered now.

    Attributes
    ----------
    status
        The HTTP status of the answer.
    code
        Its code word.
    message
        What is wrong with the key or with metering.
    retry_after
        Seconds until that may have changed; None when waiting does not help.
    """

    def __init__(self, status: int, code: GateCode, message: str, retry_after: int | None = None) -> None:
        super().__init__(status, code, message, retry_after)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def pass_gate(policy: Policy) -> None:
    """Return if queries are served; this reads one byte of memory.

    Raises
    ------
    GateError
        If they are not.
    """
    if policy.serves():
        return
    status, gate, seconds = policy.read()
    if gate is Gate.NO_CREDIT:
        raise GateError(403, GateCode.NO_CREDIT, MESSAGES[status])
    if gate is Gate.COULD_NOT_CONNECT:
        raise GateError(503, GateCode.COULD_NOT_CONNECT, MESSAGES[status], seconds)
