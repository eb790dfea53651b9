"""The command `usage`: list records that wait or were set aside, and files that fail their check."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.counter_files import strange_counters
from anomaly_container.metering.ledger import NAME, Ledger, LedgerError
from anomaly_container.metering.ledger_layout import REMOVED
from anomaly_container.metering.meters import last_part
from anomaly_container.metering.policy_file import PolicyFile, fault
from anomaly_container.metering.usage_record import instant

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from anomaly_container.metering.usage_record import Record

FAILED: Final = 1
METERING: Final = Path("/output/metering")
"""The metering directory of a container by default."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=METERING,
        metavar="DIRECTORY",
        help=f"by default {METERING}",
    )
    parser.add_argument(
        "--resend", action="store_true", help="first put back the records that were set aside"
    )


def run(arguments: Namespace) -> int:
    """List the records, and return the exit code."""
    return show_usage(arguments.directory, resend=arguments.resend)


def show_usage(directory: Path, *, resend: bool) -> int:
    """Print every record of a metering directory that no endpoint confirmed, and return the exit code.

    Parameters
    ----------
    directory
        The directory of the ledger; a server may be using it.
    resend
        Whether to put back the records that were set aside first.
    """
    if not (directory / NAME).is_file():
        sys.stderr.write(f"There is no usage ledger in {directory}.\n")
        return FAILED
    try:
        with closing(Ledger(directory)) as ledger:
            if resend:
                sys.stdout.write(f"Records put back: {ledger.resend()}\n")
            waiting, aside = ledger.pending(), ledger.aside()
            strange = strange_counters(directory) | dict.fromkeys(ledger.removed_counters(), REMOVED)
    except LedgerError as error:
        sys.stderr.write(f"The usage ledger cannot be used: {error}.\n")
        return FAILED
    except OSError as error:
        sys.stderr.write(f"The metering directory cannot be used: {error.strerror}.\n")
        return FAILED
    policy = fault(directory)
    if policy:
        strange[PolicyFile.NAME] = policy
    for state, records in (("waiting", waiting), ("set aside", aside)):
        sys.stdout.write(f"Records {state}: {len(records)}\n")
        sys.stdout.writelines(f"  {_line(record)}\n" for record in records)
    if strange:
        sys.stdout.write(f"Files that fail their check: {len(strange)}\n")
        sys.stdout.writelines(f"  {name} {reason}\n" for name, reason in sorted(strange.items()))
    return 0


def _line(record: Record) -> str:
    quantities = " ".join(f"{last_part(name)}={quantity}" for name, quantity in record.quantities.items())
    return f"{record.id} {instant(record.window_start)} {instant(record.window_end)} {quantities}"
