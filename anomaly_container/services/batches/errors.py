"""The errors of the routes of batches; docs/errors.md lists them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from anomaly_container.web.errors import ShellError, nested_error

if TYPE_CHECKING:
    from anomaly_container.outbound.errors import OutboundError
    from anomaly_container.services.batches.state import UnknownStateError
    from anomaly_container.web.errors import ErrorAnswer


class InvalidLimit(ShellError):  # noqa: N818  # the code of the response, as are the others
    """The limit of a query is not a whole number in its range."""

    def __init__(self, most: int) -> None:
        super().__init__(422, "InvalidLimit", f"'limit' must be a whole number from 1 to {most}.")


class UnknownBatch(ShellError):  # noqa: N818  # as above
    """A batch is not among those that are kept."""

    def __init__(self) -> None:
        super().__init__(404, "UnknownBatch", "No such batch is kept.")


class UnknownDeadLetter(ShellError):  # noqa: N818  # as above
    """A dead letter is not among those that are kept."""

    def __init__(self) -> None:
        super().__init__(404, "UnknownDeadLetter", "No such dead letter is kept.")


class UnknownPartition(ShellError):  # noqa: N818  # as above
    """A partition has no objects, or the store is not divided."""

    def __init__(self) -> None:
        super().__init__(404, "UnknownPartition", "The store has no such partition.")


class InvalidMessage(ShellError):  # noqa: N818  # as above
    """A message is not one of SNS, or does not name objects."""

    def __init__(self) -> None:
        super().__init__(400, "InvalidMessage", "The message is not a valid SNS message about objects.")


class BadSignature(ShellError):  # noqa: N818  # as above
    """A message is not signed by SNS, or too old."""

    def __init__(self) -> None:
        super().__init__(403, "BadSignature", "The signature of the message cannot be accepted.")


class CertificateUnavailable(ShellError):  # noqa: N818  # as above
    """The certificate of a signature could not be fetched now."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "CertificateUnavailable",
            "The certificate of the signature cannot be fetched at the moment.",
            {"Retry-After": "20"},
        )


class BasicCredentialsWanted(ShellError):  # noqa: N818  # as above
    """A message comes without the credentials of the settings, as the first one of SNS always does."""

    def __init__(self) -> None:
        super().__init__(
            401,
            message="Basic credentials are wanted here.",
            headers={"WWW-Authenticate": 'Basic realm="notify"'},
        )


class TopicNotAllowed(ShellError):  # noqa: N818  # as above
    """A message belongs to a topic that is not allowed."""

    def __init__(self) -> None:
        super().__init__(403, "TopicNotAllowed", "The topic is not allowed; see the setting Batches:Topics.")


class RawDelivery(ShellError):  # noqa: N818  # as above
    """A subscription sends messages without the envelope that has their signature."""

    def __init__(self) -> None:
        super().__init__(
            403,
            "RawDelivery",
            "Raw message delivery carries no signature: turn it off for this subscription.",
        )


class SubscribeFailed(ShellError):  # noqa: N818  # as above
    """The confirmation of a subscription could not be sent."""

    def __init__(self) -> None:
        super().__init__(502, "SubscribeFailed", "The subscription could not be confirmed.")


class QueueFull(ShellError):  # noqa: N818  # as above
    """Too many objects wait."""

    def __init__(self) -> None:
        super().__init__(503, "QueueFull", "Too many objects are waiting.", {"Retry-After": "20"})


def store_unavailable(_error: OutboundError) -> ErrorAnswer:
    """Return the answer to a query while the store cannot be read."""
    answer = nested_error(503, "StoreUnavailable", "The store cannot be reached.")
    return replace(answer, headers={"Retry-After": "5"})


def state_unreadable(_error: UnknownStateError) -> ErrorAnswer:
    """Return the answer to a query while the state in the store is not one of this program."""
    answer = nested_error(503, "StoreUnavailable", "The state in the store cannot be read.")
    return replace(answer, headers={"Retry-After": "5"})
