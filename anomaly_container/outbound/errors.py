"""The errors of another system: a closed set, by what a caller can do.

Their texts can be logged. They never hold a key, a bucket, a URL or what the other system answered.
"""

from __future__ import annotations


class OutboundError(Exception):
    """Another system did not do what it was asked to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class NotFound(OutboundError):  # noqa: N818  # named by the state that is met, as are those below
    """The object, bucket or queue does not exist, or no longer."""


class Changed(OutboundError):  # noqa: N818  # as above
    """A condition does not hold: another writer was first. Nothing was written."""

    def __init__(self, message: str = "Another writer was first.") -> None:
        super().__init__(message)


class Refused(OutboundError):  # noqa: N818  # as above
    """Access is denied, or the name cannot exist there. Trying again does not help."""


class Unavailable(OutboundError):  # noqa: N818  # as above
    """No usable answer: a timeout, no connection, an error of the server, a full or read-only disk.

    Trying again later may help. A write that ends so may have happened: read before you write again.
    """


class TooLarge(OutboundError):  # noqa: N818  # as above
    """There are more bytes than the caller allows."""


class BadKey(OutboundError):  # noqa: N818  # as above
    """The key cannot be one of an object that is read or written here."""


class UrlError(ValueError):
    """A URL is not one that is used here. Nothing was sent; the text does not repeat the URL."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class MissingExtraError(ImportError):
    """A package is needed that comes with an extra of this one."""

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}: install anomaly-container[{extra}].", name=package
        )
