"""The names of settings and their spellings."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel

OPEN: Final = re.compile(r"<(name|channel)>")
"""The part of a name that the user chooses."""
PARTS: Final = {"name": "[a-z0-9-]{1,32}", "channel": "[^:]{1,256}"}
FILE: Final = ":file"


@dataclass(frozen=True, slots=True)
class OpenName:
    """A name with a part that the user chooses, for example `Streams:Sinks:<name>:Url`.

    Attributes
    ----------
    name
        The alias of the field.
    """

    name: str
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compile the pattern of the name."""
        before, kind, after = OPEN.split(self.name)
        expression = f"{re.escape(before)}(?!file(?::|$))({PARTS[kind]}){re.escape(after)}"
        object.__setattr__(self, "_pattern", re.compile(expression, re.IGNORECASE))

    def part(self, written: str) -> str | None:
        """Return the user's part of a written name; None if the name does not match."""
        found = self._pattern.fullmatch(written)
        if found is None:
            return None
        return found[1].lower() if "<name>" in self.name else found[1]

    def with_part(self, part: str) -> str:
        """Return the name with the user's part filled in."""
        return OPEN.sub(lambda _: part, self.name)


class Names:
    """The names of a settings class.

    Parameters
    ----------
    settings
        The class; the alias of each field is its name.
    others
        Additional names without a field.
    section
        The section of the service, `Meter:`, which may be left out on the command line.
    ignored
        Names that are accepted but ignored; a final colon means the whole section.
    elsewhere
        Names and sections of other services, which are ignored in a file.
    """

    def __init__(
        self,
        settings: type[BaseModel],
        others: Sequence[str] = (),
        *,
        section: str = "",
        ignored: Sequence[str] = (),
        elsewhere: Iterable[str] = (),
    ) -> None:
        aliases = [*others, *(str(one.alias) for one in settings.model_fields.values())]
        exact = [name for name in aliases if not OPEN.search(name)]
        self._open = [OpenName(name) for name in aliases if OPEN.search(name)]
        self._exact = {name.casefold(): name for name in exact}
        self._exact |= {name.removesuffix(":Default").casefold(): name for name in exact}
        self._short = {
            folded.removeprefix(section.casefold()): name
            for folded, name in self._exact.items()
            if section and folded.startswith(section.casefold())
        }
        self._section = section
        self._ignored = ignored
        self._elsewhere = tuple(set(elsewhere) - set(exact))

    def find(self, written: str, *, is_argument: bool = False) -> tuple[str | None, bool]:
        """Return the name of a setting as it was written, and whether it ends in `:File`.

        Parameters
        ----------
        written
            The name in any case, with `:` or `__` between its parts.
        is_argument
            Whether it is a command-line argument, where the section of the service may be left out.

        Returns
        -------
        tuple
            The name is None if it is not in the class.
        """
        colons = written.replace("__", ":")
        name = self._name(colons, is_argument=is_argument)
        if name is not None:
            return name, False
        if not colons.casefold().endswith(FILE):
            return None, True
        return self._name(colons[: -len(FILE)], is_argument=is_argument), True

    def _name(self, colons: str, *, is_argument: bool) -> str | None:
        folded = colons.casefold()
        name = (self._short.get(folded) if is_argument else None) or self._exact.get(folded)
        if name is not None:
            return name
        prefixes = ("", self._section) if is_argument and self._section else ("",)
        for candidate in self._open:
            for prefix in prefixes:
                part = candidate.part(f"{prefix}{colons}")
                if part is not None:
                    return candidate.with_part(part)
        return None

    def is_ignored(self, written: str) -> bool:
        """Return whether a name is accepted but ignored."""
        return written.isprintable() and _is_among(written, self._ignored)

    def is_elsewhere(self, written: str) -> bool:
        """Return whether a name belongs to another service."""
        return _is_among(written, self._elsewhere)

    def nearest(self, written: str) -> str:
        """Return the known name that is most similar to an unknown one."""
        known = {name.rstrip(":").casefold(): name.rstrip(":") for name in self._ignored} | self._exact
        known |= {one.name.casefold(): one.name for one in self._open} | self._short
        folded = written.replace("__", ":").casefold()
        [closest] = difflib.get_close_matches(folded, known, n=1, cutoff=0.0)
        return known[closest]

    def grouped(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values for the class, those of an open name grouped by the user's part."""
        exact = set(self._exact.values())
        grouped: dict[str, object] = {name: value for name, value in values.items() if name in exact}
        for candidate in self._open:
            parts = {candidate.part(name): value for name, value in values.items() if name not in exact}
            parts.pop(None, None)
            if parts:
                grouped[candidate.name] = parts
        return grouped


def spread(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a settings object by full name; the inverse of `Names.grouped`."""
    full: dict[str, Any] = {}
    for name, value in values.items():
        if OPEN.search(name):
            full |= {OpenName(name).with_part(part): one for part, one in value.items()}
        else:
            full[name] = value
    return full


def _is_among(written: str, names: Iterable[str]) -> bool:
    folded = written.replace("__", ":").casefold()
    return any(
        folded.startswith(name.casefold()) if name.endswith(":") else folded == name.casefold()
        for name in names
    )
