"""A fault behind four bytes, each on a branch of its own: blind chance would need four billion inputs."""

from __future__ import annotations


class PlantedError(Exception):
    """The fault."""


def fail_rarely(data: bytes) -> None:
    """Fail for an input that begins with `{"s:`."""
    # Nested, for each branch leads the fuzzer to the next.
    if data[0:1] == b"{":  # noqa: SIM102
        if data[1:2] == b'"':  # noqa: SIM102
            if data[2:3] == b"s":  # noqa: SIM102
                if data[3:4] == b":":
                    raise PlantedError
