"""Write the bill of materials of an environment: `python -m tests.supply.bill INTERPRETER FILE`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"


class BillError(Exception):
    """The bill cannot be trusted."""


def locked(text: str) -> dict[str, str]:
    """The version of each package of a lock, by its normalised name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    return {normalised(name): version for name, version in found}


def normalised(name: str) -> str:
    """The one spelling that package indexes compare names by."""
    return re.sub(r"[-_.]+", "-", name).lower()


def write(interpreter: Path, file: Path) -> int:
    """Write the bill in CycloneDX and return how many packages it lists.

    The bill of the same environment is the same to the byte: it has no time and no random number.

    Raises
    ------
    BillError
        When it lists not exactly the packages of the lock, or one without a licence.
    """
    subprocess.run(  # noqa: S603  # a program of the development packages
        [
            *(sys.executable, "-m", "cyclonedx_py", "environment", str(interpreter)),
            *("--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible", "--validate"),
            # Some packages declare their licence as a text, which is left out otherwise.
            *("--gather-license-texts", "--output-format", "JSON", "--output-file", str(file)),
        ],
        check=True,
    )
    components = json.loads(file.read_text())["components"]
    listed = {normalised(one["name"]): one["version"] for one in components}
    expected = locked(LOCK.read_text())
    if listed != expected:
        differing = ", ".join(sorted({name for name, _ in listed.items() ^ expected.items()}))
        message = f"the bill is not that of {LOCK.name}: {differing}"
        raise BillError(message)
    if unlicensed := [one["name"] for one in components if not one.get("licenses")]:
        message = f"no licence is known of {', '.join(unlicensed)}"
        raise BillError(message)
    return len(components)


def main() -> None:
    """Write the bill that the command line asks for."""
    interpreter, file = map(Path, sys.argv[1:])
    try:
        count = write(interpreter, file)
    except BillError as error:
        sys.exit(f"FAILED: {error}.")
    print(f"The bill of materials lists {count} packages, each with its licence: {file}")


if __name__ == "__main__":
    main()
