"""The ledger: which batches were committed, which became dead letters, and in which order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anomaly_container.services.batches.keys import DEAD_LETTERS, batch_id, key_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Name: TypeAlias = tuple[str, str]
RECENT: Final = 5
"""The newest batches keep the observations of their baseline, for `/anomalies/summary`."""
DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A committed batch, or an object that became a dead letter.

    Attributes
    ----------
    key, etag, version
        The object; the version is None if the bucket keeps none.
    attempt
        The name of the attempt below `staging/`; blank for a dead letter.
    published
        Whether the results are below `processed/`. A dead letter is published when its file is written.
    reason
        Why it became a dead letter; blank for a batch.
    revision
        The revision of the state that the commit made.
    processed_at
        The time of the commit, as the original pipeline writes it.
    rows, anomalies
        The rows and how many of them are flagged.
    severity, strongest
        The largest severity and its reason; 0 and blank if there is no row with a severity.
    counts
        The observations of each channel after the batch; None in all but the newest batches.
    """

    key: str
    etag: str
    version: str | None = None
    attempt: str = ""
    published: bool = False
    reason: str = ""
    revision: int = 0
    processed_at: str = ""
    rows: int = 0
    anomalies: int = 0
    severity: float = 0.0
    strongest: str = ""
    counts: Mapping[str, int] | None = None

    @property
    def id(self) -> str:
        """The id in the routes: that of a batch, or that of a dead letter."""
        return key_id(self.key) if self.reason else batch_id(self.key, self.etag)

    @property
    def digest(self) -> str:
        """The digest by which a shard remembers the entry."""
        return digest(self.key, self.etag, is_dead=bool(self.reason))


def digest(key: str, etag: str, *, is_dead: bool = False) -> str:
    """Return the digest of a batch or of a dead letter, 32 hexadecimal digits."""
    text = f"{key}\n{etag}\n{DEAD_LETTERS if is_dead else ''}".encode(errors="surrogatepass")
    return hashlib.sha256(text).digest()[:DIGEST_BYTES].hex()


@dataclass(frozen=True, slots=True)
class Ledger:
    """The newest entries in the order of their commits.

    Every version of an object is a batch of its own. Of the dead letters of an object the newest is kept,
    until a batch of it is committed.

    Attributes
    ----------
    entries
        The batches by key and etag, and the dead letters by a blank and the key.
    evicted
        How many entries have left for the shards. A shard that was read at the same number is current.
    """

    entries: dict[Name, Entry] = field(default_factory=dict)
    evicted: int = 0

    def find(self, key: str, etag: str) -> Entry | None:
        """Return the entry of this version of an object; None if the ledger does not have it."""
        batch = self.entries.get((key, etag))
        if batch is not None:
            return batch
        dead = self.entries.get(_of_dead_letter(key))
        return dead if dead is not None and dead.etag == etag else None

    def newest(self, key: str) -> Entry | None:
        """Return the batch of the version of an object that was committed last; None if there is none."""
        found = (one for one in reversed(self.entries.values()) if one.key == key and not one.reason)
        return next(found, None)

    def with_entries(self, added: Iterable[Entry]) -> Ledger:
        """Return the ledger with new entries at its end; older batches lose their counts."""
        entries = dict(self.entries)
        for entry in added:
            entries.pop(_of_dead_letter(entry.key), None)
            entries.pop(_name(entry), None)
            entries[_name(entry)] = entry
        batches = [name for name, entry in entries.items() if entry.counts is not None]
        for name in batches[:-RECENT]:
            entries[name] = replace(entries[name], counts=None)
        return Ledger(entries, self.evicted)

    def published(self, batches: Iterable[Entry]) -> Ledger:
        """Return the ledger in which some batches are published; this one if they are already."""
        marked = {}
        for batch in batches:
            entry = self.entries.get(_name(batch))
            if entry is not None and entry.attempt == batch.attempt and not entry.published:
                marked[_name(batch)] = replace(entry, published=True)
        return Ledger(self.entries | marked, self.evicted) if marked else self

    def unpublished(self) -> list[Entry]:
        """Return the entries whose results are not yet below `processed/`."""
        return [entry for entry in self.entries.values() if not entry.published]

    def batches(self) -> list[Entry]:
        """Return the batches, newest first."""
        return [entry for entry in reversed(list(self.entries.values())) if not entry.reason]

    def dead_letters(self) -> list[Entry]:
        """Return the dead letters, newest first."""
        return [entry for entry in reversed(list(self.entries.values())) if entry.reason]

    def overflow(self, keep: int) -> list[Entry]:
        """Return the oldest published entries, for the shards, if a tenth more than `keep` are here."""
        surplus = len(self.entries) - keep
        if surplus <= keep // 10:
            return []
        # A version that is published late must still find the newer ones, whose results stay.
        late = {entry.key for entry in self.unpublished()}
        return [entry for entry in self.entries.values() if entry.key not in late][:surplus]

    def after_eviction(self, gone: Iterable[Entry]) -> Ledger:
        """Return the ledger after some entries were written to the shards."""
        names = {_name(entry) for entry in gone}
        kept = {name: one for name, one in self.entries.items() if name not in names}
        return Ledger(kept, self.evicted + len(self.entries) - len(kept))


def to_json(ledger: Ledger) -> dict[str, Any]:
    """Return the fields of the ledger in a state; those of an entry that have their default are left out."""
    return {
        "ring": [_entry_to_json(one) for one in ledger.entries.values()],
        "ledger": {"evicted": ledger.evicted},
    }


def from_json(content: Mapping[str, Any]) -> Ledger:
    """Return the ledger of a state."""
    entries = [Entry(**one) for one in content["ring"]]
    return Ledger({_name(entry): entry for entry in entries}, content["ledger"]["evicted"])


def _name(entry: Entry) -> Name:
    return _of_dead_letter(entry.key) if entry.reason else (entry.key, entry.etag)


def _of_dead_letter(key: str) -> Name:
    return "", key


def _entry_to_json(entry: Entry) -> dict[str, Any]:
    defaults = Entry(key="", etag="")
    return {
        name: value
        for name in Entry.__dataclass_fields__
        if (value := getattr(entry, name)) != getattr(defaults, name) or name in {"key", "etag"}
    }
