"""Score files one after the other without a store; nothing is metered."""

from __future__ import annotations

import hashlib
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.cli.batches.known import Known, read_known
from anomaly_container.cli.batches.on_store import VerbError
from anomaly_container.cli.progress import progress
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.decompression import compressed
from anomaly_container.services.batches.keys import PROCESSED, RAW, summary_key
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.modes import mode_of
from anomaly_container.services.batches.scored import Output, Source
from anomaly_container.services.batches.summary import Scoring, summary, timestamp

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from anomaly_container.services.batches.modes import Mode
    from anomaly_container.services.batches.scored import Scored
    from anomaly_container.services.batches.settings import BatchesSettings

FAILED: Final = 1
FOUND: Final = 2
PIECE_BYTES: Final = 1 << 18
LONG_BYTES: Final = 8 << 20
"""The size from which a bar is drawn."""
PASSES: Final = {"default": 1, "compat": 2}
"""The number of times that a file is read."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    add = parser.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="CSV, also with .gz or .zst")
    add(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="what is known before the first file: a state/batches.json or a baseline.json",
    )
    add(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the scored files and their summaries; by default one file goes to standard output",
    )


def run(arguments: Namespace, settings: BatchesSettings) -> int:
    """Score the files, and return the exit code."""
    try:
        _check(arguments.files, arguments.out)
        mode = mode_of(settings)
        known = Known(settings.column_names)
        if arguments.baseline is not None:
            known = read_known(arguments.baseline, settings, mode)
        if arguments.out is not None:
            arguments.out.mkdir(parents=True, exist_ok=True)
    except VerbError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except OSError as error:
        sys.stderr.write(f"{arguments.out}: {error.strerror}.\n")
        return FAILED
    has_failed, anomalies = False, 0
    for number, path in enumerate(arguments.files, start=1):
        is_long = _size(path) >= LONG_BYTES
        with progress(path.name, is_long, number, len(arguments.files), unit="bytes") as advance:
            scored = _score_one(path, arguments.out, settings, mode, known, advance)
        if scored is None:
            has_failed = True
        else:
            known = Known(scored.columns, scored.learnt)
            anomalies += scored.anomalies
    if has_failed:
        return FAILED
    return FOUND if anomalies else 0


def _check(files: Sequence[Path], out: Path | None) -> None:
    """Refuse arguments with which a file would be overwritten, or files would be mixed."""
    if out is None:
        if len(files) > 1:
            message = "Several files need --out: standard output takes one."
            raise VerbError(message)
        return
    for path in files:
        if path.resolve() == (out / path.name).resolve():
            message = f"{path} would be overwritten: --out must be another folder."
            raise VerbError(message)
    names = [name for path in files for name in (path.name, summary_name(path))]
    if len(set(names)) < len(names):
        message = "Two of the files have one name, so that one result would overwrite the other."
        raise VerbError(message)


def summary_name(path: Path) -> str:
    """Return the name of the summary of a file."""
    return summary_key(RAW + path.name).removeprefix(PROCESSED)


def _score_one(  # noqa: PLR0913, PLR0917  # a file, its place, how it is scored, and the bar
    path: Path,
    out: Path | None,
    settings: BatchesSettings,
    mode: Mode[Any],
    known: Known,
    advance: Callable[[int, int], None],
) -> Scored | None:
    """Score a file and write the results; if that fails, print why and return None."""
    began = time.monotonic()
    try:
        etag = _etag(path)
        pieces = _Pieces(path, PASSES[settings.mode], advance)
        source = Source(RAW + path.name, etag, pieces.read)
        output = Output(mode.score(source, known.columns, known.baseline, keeps_increment=False))
        if out is None:
            _write_to_stdout(output)
        else:
            _write(out / path.name, compressed(output, path.name))
        scored = output.scored
        assert scored is not None  # noqa: S101  # the last piece was taken
        if out is not None:
            how = Scoring(settings.mode, 0, None, time.monotonic() - began)
            _write(out / summary_name(path), [summary(_entry(source, scored), scored, how)])
    except DeadLetterError as error:
        places = "".join(f", {name} {place}" for name, place in error.detail.items())
        sys.stderr.write(f"{path}: {error.reason}{places}\n")
        return None
    except OSError as error:
        sys.stderr.write(f"{error.filename or path}: {error.strerror}\n")
        return None
    strongest = f", strongest {scored.strongest} {scored.max_severity:g}" if scored.strongest else ""
    noun = "anomaly" if scored.anomalies == 1 else "anomalies"
    sys.stderr.write(f"{path}: {scored.anomalies:,} {noun} in {scored.rows:,} rows{strongest}\n")
    return scored


class _Pieces:
    """Reads a file in pieces, once for each pass, and advances a bar."""

    def __init__(self, path: Path, passes: int, advance: Callable[[int, int], None]) -> None:
        self._path = path
        self._total = passes * path.stat().st_size
        self._advance = advance
        self._done = 0

    def read(self) -> Iterator[bytes]:
        """Yield the pieces from the beginning."""
        with self._path.open("rb") as stream:
            while piece := stream.read(PIECE_BYTES):
                self._done += len(piece)
                self._advance(self._done, self._total)
                yield piece


def _write_to_stdout(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, of which a reader sees all or nothing."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            stream.writelines(pieces)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _entry(source: Source, scored: Scored) -> Entry:
    return Entry(
        key=source.key,
        etag=source.etag,
        processed_at=timestamp(time.time()),
        rows=scored.rows,
        anomalies=scored.anomalies,
        severity=scored.max_severity,
        strongest=scored.strongest,
        counts=scored.observations,
    )


def _etag(path: Path) -> str:
    """Return the etag that S3 gives an object of these bytes, if it is uploaded in one part.

    Raises
    ------
    DeadLetterError
        If the file cannot be read here.
    """
    if path.name.casefold().endswith(".parquet"):
        raise DeadLetterError(Reason.NO_PARQUET)
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
