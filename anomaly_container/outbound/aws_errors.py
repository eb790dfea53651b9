"""The errors of botocore in the words of `errors.py`: neither URLs, names nor answers of AWS remain."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import NotFound, OutboundError, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE: Final = (
    *("QueueDoesNotExist", "NonExistentQueue", "ReceiptHandleIsInvalid", "MessageNotInflight"),
    *("NoSuchBucket", "NoSuchKey"),
)
BUSY: Final = ("Throttl", "RequestLimit", "TooManyRequests", "OverLimit", "SlowDown", "RequestExpired")


@contextmanager
def in_our_words() -> Iterator[None]:
    """Translate what botocore raises; the original is not chained, since it shows names."""
    import botocore.exceptions  # noqa: PLC0415  # an extra

    try:
        yield
    except botocore.exceptions.ClientError as error:
        raise _of_answer(error.response) from None
    except (botocore.exceptions.NoCredentialsError, botocore.exceptions.PartialCredentialsError):
        raise Refused(message="There are no credentials for AWS.") from None
    except botocore.exceptions.NoRegionError:
        raise Refused(message="There is no region for AWS: set AWS_DEFAULT_REGION.") from None
    except (botocore.exceptions.BotoCoreError, OSError):
        raise Unavailable(message="AWS cannot be reached.") from None


def _of_answer(response: dict[str, dict[str, object]]) -> OutboundError:
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if any(word in code for word in GONE):
        return NotFound(message="What was asked for does not exist at AWS, or no longer.")
    if any(word in code for word in BUSY) or not isinstance(status, int) or status >= 500:
        return Unavailable(message=f"AWS answered {status}.")
    return Refused(message=f"AWS refused with {status}.")
