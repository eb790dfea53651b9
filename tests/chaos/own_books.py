"""What a container that has stopped still owes, read from its own books."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from anomaly_container.metering.counter_files import read_counters
from anomaly_container.metering.ledger import Ledger
from anomaly_container.metering.meters import METERS, last_part


def unreported(metering: Path) -> Counter[str]:
    """Return what was counted and not yet reported, by meter.

    Parameters
    ----------
    metering
        The metering directory of a server that has stopped. A copy is read: the database wants a path of its
        own, and a disk that only the server saw has none here.
    """
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name, "metering")
        shutil.copytree(metering, copy)
        counters = read_counters(copy)
        with closing(Ledger(copy)) as ledger:
            records = [*ledger.pending(), *ledger.aside()]
            rows = [ledger.owed(counters), *(record.quantities for record in records)]
    return +Counter({last_part(name): sum(row.get(name, 0) for row in rows) for name in METERS})
