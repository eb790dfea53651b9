"""Fuzzes one target, led by the branches it reaches: `fuzz.py TARGET [OPTION OF LIBFUZZER ...] [CORPUS ...]`.

New inputs go to the first directory; one that breaks the promise goes where `-artifact_prefix` says.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

import atheris

with atheris.instrument_imports(
    include=["anomaly_container.services.univariate.contract", "tests.fuzz.planted"]
):
    from tests.fuzz.documents import change
    from tests.fuzz.planted import fail_rarely
    from tests.fuzz.targets import TARGETS

WORDS = Path(__file__).with_name("words.dict")


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Change the document or the bytes of an input, one as often as the other."""
    random = Random(seed)  # noqa: S311 # the seed is libFuzzer's: a failure comes again
    changed = change(data, random) if random.random() < 0.5 else None
    if changed is None or len(changed) > max_size:
        return bytes(atheris.Mutate(data, max_size))
    return changed


def main() -> None:
    """Fuzz until the options of libFuzzer say that it is enough, or until an input fails."""
    known = TARGETS | {"planted": fail_rarely}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in known:
        sys.exit(f"usage: fuzz.py {{{','.join(sorted(known))}}} [-option=value ...] [corpus ...]")
    warnings.simplefilter("error")
    # A merge starts the first word anew through a shell, so it is all that starts this program.
    program = f"{sys.executable} {Path(__file__).resolve()} {name}"
    atheris.Setup([program, f"-dict={WORDS}", *sys.argv[2:]], known[name], custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
