"""The errors of obstore in the words of `errors.py`: neither URLs, keys nor answers of the store remain."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from anomaly_container.outbound.errors import (
    BadKey,
    Changed,
    NotFound,
    OutboundError,
    Refused,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS: Final = re.compile(r"status code: (\d{3})\b")
KINDS: Final[dict[str, type[OutboundError]]] = {
    "401": Refused,
    "403": Refused,
    "404": NotFound,
    "409": Changed,
    "412": Changed,
}


@contextmanager
def in_our_words() -> Iterator[None]:
    """Translate what obstore raises; the original is not chained, since it shows the URL."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(message="The object or the bucket does not exist.") from None
    except (AlreadyExistsError, PreconditionError):
        raise Changed from None
    except (PermissionDeniedError, UnauthenticatedError):
        raise Refused(message="The store denies access.") from None
    except NotSupportedError:
        raise Refused(message="The store does not have this operation.") from None
    except InvalidPathError:
        raise BadKey(message="The store has a key that cannot be read here.") from None
    except TimeoutError:
        raise Unavailable(message="The store did not answer in time.") from None
    except BaseError as error:
        raise _generic(str(error)) from None
    except OSError:
        raise Unavailable(message="The store cannot be reached.") from None


def _generic(text: str) -> OutboundError:
    found = STATUS.search(text)
    if found is None:
        return Unavailable(message="The store cannot be reached.")
    return KINDS.get(found[1], Unavailable)(f"The store answered {found[1]}.")
