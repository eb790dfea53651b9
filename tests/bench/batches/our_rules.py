"""Our path of a file without a store, timed as the peer's is.

`python -m tests.bench.batches.our_rules MODE WARM FILE OUT REPEATS`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anomaly_container.services.batches.decompression import compressed
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Source
from anomaly_container.services.batches.settings import BatchesSettings
from anomaly_container.services.batches.summary import Scoring, summary, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.services.batches.scored import Scored

PIECE_BYTES = 1 << 18


def score(
    settings: BatchesSettings,
    mode: Any,  # noqa: ANN401  # either mode
    path: Path,
    out: Path,
    known: Scored | None,
) -> Scored:
    """Score a file, and write the scored file and the summary."""

    def read() -> Iterator[bytes]:
        with path.open("rb") as stream:
            while piece := stream.read(PIECE_BYTES):
                yield piece

    source = Source(f"raw/{path.name}", path.name, read)
    columns, baseline = (settings.column_names, None) if known is None else (known.columns, known.learnt)
    output = Output(mode.score(source, columns, baseline, keeps_increment=False))
    with (out / path.name).open("wb") as stream:
        stream.writelines(compressed(output, path.name))
    scored = output.scored
    assert scored is not None
    entry = Entry(
        key=source.key,
        etag=source.etag,
        processed_at=timestamp(time.time()),
        rows=scored.rows,
        anomalies=scored.anomalies,
        severity=scored.max_severity,
        strongest=scored.strongest,
        counts=scored.observations,
    )
    (out / "summary.json").write_bytes(summary(entry, scored, Scoring(settings.mode, 0, None, 0.0)))
    return scored


def main(name: str, warm: Path, path: Path, out: Path, repeats: int) -> None:
    """Score a first file, so that all is imported and the baseline is mature, and time the other."""
    licence = {"Eula": "accept", "Billing": "http://127.0.0.1:5001/", "ApiKey": "key"}
    settings = BatchesSettings.model_validate(licence | {"Batches:Mode": name})
    mode = mode_of(settings)
    known = score(settings, mode, warm, out, None)
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        score(settings, mode, path, out, known)
        seconds.append(time.process_time() - began)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = 1024 * int(status.partition("VmHWM:")[2].split()[0])
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
