"""docs/errors.md lists every error there is, and no other."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeGuard

import pytest

from anomaly_container.metering.log_sender import InvalidMonthError
from anomaly_container.metering.policy import GRACE_ATTEMPTS, ApiStatus, PolicyByte, Standing
from anomaly_container.metering.usage_log import UsageLogError
from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import errors as batches
from anomaly_container.services.batches.state import UnknownStateError
from anomaly_container.services.streams import errors as streams
from anomaly_container.services.univariate.contract.errors import FAULTS, Fault
from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES, RATE_LIMITED
from anomaly_container.services.univariate.series_page import UNREADABLE_SERIES_FILE
from anomaly_container.web.errors import MESSAGES, GateError, ShellError, UnreadableBodyError
from anomaly_container.web.metering_gate import COULD_NOT_CONNECT, NO_CREDIT, MeteringGate
from anomaly_container.web.pages.usage_logs import DAMAGED, UNREADABLE, UNREADABLE_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ERRORS = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def rows(columns: int) -> list[tuple[str, ...]]:
    """Return the cells of every table row that begins with a code, without the marks of code."""
    lines = ERRORS.read_text(encoding="utf-8").splitlines()
    cells = [
        tuple(cell.strip().strip("`") for cell in line.strip("|").split("|"))
        for line in lines
        if line.startswith("| `")
    ]
    assert all(len(row) in {4, 5} for row in cells)
    return [row for row in cells if len(row) == columns]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.template[:40])
def test_every_error_of_detection_is_documented(fault: Fault) -> None:
    matching = [row for row in rows(4) if row[:2] == (fault.code, fault.template)]
    assert len(matching) == 1
    when, how_to_fix = matching[0][2:]
    assert when
    assert how_to_fix


def test_no_documented_error_of_detection_is_gone() -> None:
    assert {row[:2] for row in rows(4)} == {(str(fault.code), fault.template) for fault in FAULTS}


def test_the_order_of_the_tables_is_the_order_of_the_checks() -> None:
    assert [row[1] for row in rows(4)] == [fault.template for fault in FAULTS]


def test_every_other_error_is_documented_and_none_is_gone() -> None:
    documented = [row[:3] for row in rows(5)]
    platform = [(str(status), str(status), text) for status, text in PLATFORM_MESSAGES.items()]
    others = [
        ("400", "400", InvalidMonthError.MESSAGE),
        ("429", "429", RATE_LIMITED),
        (UNREADABLE_SERIES_FILE, "400", "{reason}"),
        (DAMAGED, "503", str(UsageLogError(1)).replace("1", "{line}")),
        (UNREADABLE, "503", UNREADABLE_MESSAGE),
    ]
    wanted = [*platform, *others, *refusals_at_the_gate(), *errors_of_batches(), *errors_of_streams()]
    assert sorted(documented) == sorted(wanted)


def errors_of_batches() -> Iterator[tuple[str, str, str]]:
    """The errors of the routes of batches, and those that the shell words otherwise there."""
    raised: list[ShellError] = [cls() for cls in vars(batches).values() if is_error(cls)]
    for error in [*raised, UnreadableBodyError()]:
        yield error.code, str(error.status), error.message or ""
    yield "InvalidLimit", "422", batches.InvalidLimit(7).args[2].replace("7", "{most}")
    for answer in (batches.store_unavailable(Unavailable("")), batches.state_unreadable(UnknownStateError())):
        yield answer.code, str(answer.status), json.loads(answer.body)["error"]["message"]
    for status in (401, 500):
        yield str(status), str(status), MESSAGES[status]


def errors_of_streams() -> Iterator[tuple[str, str, str]]:
    """The errors of the routes of streams; those with a message of their own are one row."""
    reasons: list[ShellError] = [streams.InvalidRows("{reason}"), streams.InvalidQuery("{reason}")]
    others = [streams.NotAcceptable(), streams.UnsupportedType(), streams.UnknownReport(), streams.NoModel()]
    found = {(error.status, error.message or "") for error in [*reasons, *others]}
    for status, message in sorted(found):
        yield streams.TYPES.get(status, streams.OTHERS), str(status), message


def is_error(found: object) -> TypeGuard[Callable[[], ShellError]]:
    """Whether an object is an error of batches that takes no argument."""
    is_own = isinstance(found, type) and issubclass(found, ShellError) and found is not ShellError
    return is_own and found is not batches.InvalidLimit


def refusals_at_the_gate() -> Iterator[tuple[str, str, str]]:
    """Every way in which a standing refuses queries."""
    for status in ApiStatus:
        with TemporaryDirectory() as folder, closing(PolicyByte(Path(folder))) as policy:
            policy.write(Standing(status, GRACE_ATTEMPTS), 1.0)
            try:
                MeteringGate(policy).check()
            except GateError as error:
                yield error.code, str(error.status), error.message or ""


def test_both_codes_of_the_gate_occur() -> None:
    assert {code for code, _, _ in refusals_at_the_gate()} == {NO_CREDIT, COULD_NOT_CONNECT}
