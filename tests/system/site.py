"""A server with keys and a certificate, as an operator sets it up."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.authority import Pair, authority
from tests.system.server import GATE, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.authority import Authority

CLIENT_KEY = "key-of-a-client"
NEXT_KEY = "next-key-of-a-client"


class Site:
    """The files of an operator: keys, a certificate and its key."""

    def __init__(self, folder: Path, signer: Authority) -> None:
        self.signer = signer
        self.keys = folder / "keys"
        self.keys.write_text(f"# the clients\n{CLIENT_KEY}\n")
        self.pair = Pair(folder / "certificate.pem", folder / "key.pem")
        self.use_certificate("first")

    def use_certificate(self, name: str) -> None:
        """Put a new pair in the place of the one in use, each file whole."""
        made = self.signer.pair(name)
        for new, old in ((made.key, self.pair.key), (made.certificate, self.pair.certificate)):
            partly = old.with_suffix(".partly")
            shutil.copy(new, partly)
            partly.rename(old)

    @property
    def words(self) -> list[str]:
        """What the server is started with."""
        pair = self.pair
        return [
            *GATE,
            f"Access:ApiKeys={self.keys}",
            f"Tls:Certificate={pair.certificate}",
            f"Tls:Key={pair.key}",
        ]


@contextmanager
def running_site(folder: Path) -> Iterator[Server]:
    """A server with keys and a certificate of an authority of its own, until the block ends."""
    site = Site(folder, authority(folder))
    with running(site.words, root=site.signer.root) as started:
        yield started
