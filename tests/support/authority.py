"""Certificates of an authority that lives as long as a test."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, each in a file."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates, by default for 127.0.0.1 and localhost, which those who know `root` believe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "root.pem"
        extensions = ("-addext", "keyUsage=critical,keyCertSign")
        _openssl(
            *("req", "-x509", *CURVE, "-keyout", folder / "root.key", "-out", self.root),
            *("-days", 2, "-subj", "/CN=authority of a test", *extensions),
        )

    def pair(self, name: str, hosts: str = "IP:127.0.0.1,DNS:localhost") -> Pair:
        """Return a new certificate for some hosts with its key."""
        made = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request = self._folder / f"{name}.csr"
        extensions = self._folder / "extensions"
        extensions.write_text(f"subjectAltName={hosts}\nbasicConstraints=CA:FALSE\n")
        _openssl("req", "-new", *CURVE, "-keyout", made.key, "-out", request, "-subj", f"/CN={name}")
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self._folder / "root.key"),
            *("-CAcreateserial", "-days", 2, "-extfile", extensions, "-out", made.certificate),
        )
        return made


def authority(folder: Path) -> Authority:
    """Return a new authority, or skip the test where there is no openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Authority(folder)


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: S603, S607  # a test's own words
