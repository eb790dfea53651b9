"""What is asked, and what the answer has to be: the engine is asked the same in this process."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import cycle, islice, product

from anomaly_container.services.univariate import engine
from anomaly_container.services.univariate.contract.errors import ContractError, univariate_body
from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
from tests.bench.kinds import KINDS, LONG, LONGEST
from tests.bench.wire import query
from tests.support.bodies import body, points
from tests.system.clients import METERS

MIX = {29: 4, 35: 4, 41: 4, 47: 4, 100: 2, 400: 1, LONG: 3, LONGEST: 0.15}
"""Sizes in points, and how often each is asked for beside the others."""


@dataclass(frozen=True)
class Question:
    """One request, and all there is to know of its answer.

    Attributes
    ----------
    operation, points
        What is asked, of how many points.
    request
        The octets that go over the wire.
    status, answer
        The status and the body that must come back.
    weight
        How often it is asked beside the others.
    """

    operation: Operation
    points: int
    request: bytes
    status: int
    answer: bytes
    weight: float = 1.0

    @property
    def usage(self) -> Counter[str]:
        """What an answer to it has to add to the books."""
        if self.status != 200:
            return Counter()
        return Counter({METERS[self.operation]: 1, "DataPoints": -(-self.points // 1000)})


def question(operation: Operation, octets: bytes, size: int, weight: float = 1.0) -> Question:
    """Return a question with its reference answer."""
    status, answer = reference(operation, octets)
    return Question(operation, size, query(operation, octets), status, answer, weight)


def reference(operation: Operation, octets: bytes) -> tuple[int, bytes]:
    """Return the status and the body that the server owes."""
    try:
        return 200, engine.answer(octets, operation, ApiVersion.V1_1, Limits()).body
    except ContractError as error:
        return error.status, univariate_body(error)


def mixed() -> list[Question]:
    """Return the ordinary questions: every operation and size, series of all kinds."""
    sizes_and_operations = list(product(MIX, Operation))
    kinds = islice(cycle(KINDS[:3] + KINDS[4:]), len(sizes_and_operations))
    return [
        question(operation, kind.body(size), size, MIX[size])
        for (size, operation), kind in zip(sizes_and_operations, kinds, strict=True)
    ]


def malformed() -> list[Question]:
    """Return questions that the contract refuses, each for a reason of its own."""
    backwards, twice, strange = points(24)[::-1], [*points(23), *points(1)], points(24)
    strange[7] = {"timestamp": "yesterday", "value": 1.0}
    bodies = [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"[" * 3000,
        body(series=...),
        body(series=None),
        body(series=points(11)),
        body(series=points(8641)),
        body(series=backwards),
        body(series=twice),
        body(series=strange),
        body(granularity="fortnightly"),
        body(period=-1),
        body(sensitivity=101),
        body(series=[point | {"value": 1e200} for point in points(24)]),
        body(series=[point | {"value": None} for point in points(24)]),
    ]
    return [question(Operation.ENTIRE, octets, 0) for octets in bodies]
