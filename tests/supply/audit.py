"""Ask a database for what is known against the packages of a lock: `python -m tests.supply.audit LOCK`.

The auditor calls a package it could not look up "skipped" and the whole a success. Here a package that nobody
looked up is a failure of its own, with an exit code of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.supply.bill import locked

CLEAN: Final = 0
VULNERABLE: Final = 1
UNKNOWN: Final = 2

DATABASE: Final = "https://api.osv.dev/v1/query"
VARIABLE: Final = "OSV_URL"


@dataclass(frozen=True)
class Finding:
    """What the audit of a lock came to.

    Attributes
    ----------
    vulnerabilities
        One line for each that is known: the package, its version, the name of the vulnerability and, where
        there is one, the version that has it no more.
    not_audited
        Packages about which the database was not heard.
    total
        The packages of the lock.
    """

    vulnerabilities: list[str]
    not_audited: list[str]
    total: int

    @property
    def exit_code(self) -> int:
        """The code of the process; what is known to be bad goes before what is not known."""
        if self.vulnerabilities:
            return VULNERABLE
        return UNKNOWN if self.not_audited else CLEAN

    def lines(self) -> list[str]:
        """What a person is told."""
        told = [f"VULNERABLE: {line}" for line in self.vulnerabilities]
        if self.not_audited:
            told.append(
                f"NOT AUDITED: the vulnerability database could not be reached; nothing is known about "
                f"{len(self.not_audited)} of {self.total} packages. This is no pass."
            )
        return told or [f"No vulnerability is known of the {self.total} packages."]


def read(report: str, expected: set[str]) -> Finding:
    """Make a finding of the auditor's report.

    Parameters
    ----------
    report
        Its JSON, or whatever else it wrote, which says nothing about any package.
    expected
        The normalised names of all packages that it should say something about.
    """
    try:
        entries = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        entries = []
    audited = {entry["name"]: entry for entry in entries if "skip_reason" not in entry}
    vulnerabilities = [
        f"{name} {entry['version']}: {found['id']}"
        + (f", fixed in {', '.join(found['fix_versions'])}" if found["fix_versions"] else "")
        for name, entry in sorted(audited.items())
        for found in entry["vulns"]
    ]
    return Finding(vulnerabilities, sorted(expected - set(audited)), len(expected))


def audit(lock: Path, database: str) -> Finding:
    """Ask the database about every package of a lock; no package is installed, and no index is asked."""
    done = subprocess.run(  # noqa: S603  # a program of the development packages
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--disable-pip"),
            *("--require-hashes", "--vulnerability-service", "osv", "--osv-url", database),
            *("--format", "json", "--progress-spinner", "off", "--timeout", "15"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    return read(done.stdout, set(locked(lock.read_text())))


def main() -> int:
    """Audit the lock that the command line names."""
    database = os.environ.get(VARIABLE) or DATABASE
    print(f"Asking {database} ...")
    finding = audit(Path(sys.argv[1]), database)
    print("\n".join(finding.lines()))
    return finding.exit_code


if __name__ == "__main__":
    sys.exit(main())
