"""docs/errors.md lists every error there is, and no other."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from anomaly_container.billing.disconnected import InvalidMonthError
from anomaly_container.billing.policy import GRACE_ATTEMPTS, ApiStatus, PolicyByte, Standing
from anomaly_container.billing.usage_log import UsageLogError
from anomaly_container.contract.errors import (
    FAULTS,
    PLATFORM_MESSAGES,
    RATE_LIMITED,
    Fault,
    GateCode,
    UsageLogCode,
)
from anomaly_container.web.gate import GateError, pass_gate
from anomaly_container.web.series_file import UNREADABLE_SERIES_FILE
from anomaly_container.web.usage_logs import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        (UsageLogCode.DAMAGED, "503", str(UsageLogError(1)).replace("1", "{line}")),
        (UsageLogCode.UNREADABLE, "503", UNREADABLE),
    ]
    wanted = [*platform, *others, *refusals_at_the_gate()]
    assert sorted(documented) == sorted(wanted)


def refusals_at_the_gate() -> Iterator[tuple[str, str, str]]:
    """Every way in which a standing refuses queries."""
    for status in ApiStatus:
        with TemporaryDirectory() as folder, closing(PolicyByte(Path(folder))) as policy:
            policy.write(Standing(status, GRACE_ATTEMPTS), 1.0)
            try:
                pass_gate(policy)
            except GateError as error:
                yield error.code, str(error.status), error.message


def test_both_codes_of_the_gate_occur() -> None:
    assert {code for code, _, _ in refusals_at_the_gate()} == set(GateCode)
