"""Where settings come from: words, variables and files, read into one table of name, value and origin."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from anomaly_container.settings.files import parsed, place_of, text_of
from anomaly_container.settings.words import NAME, pairs

if TYPE_CHECKING:
    from anomaly_container.settings.names import Names

CONFIG: Final = "Config"
INPUT: Final = "Mounts:Input"
FILE_NAMES: Final = ("settings.yaml", "settings.json")
NO_FILE: Final = "/dev/null"


@dataclass(frozen=True)
class Given:
    """A value and where it was given; `in_file` when it is the path of the file that holds the value."""

    value: object
    origin: str
    in_file: bool = False


@dataclass
class Reader:
    """Reads the sources one by one and gathers what is wrong with them.

    Attributes
    ----------
    names
        The names of the settings, and the ways in which they may be written.
    is_partial
        Whether a name that is not among them is left to another reader; otherwise it is a problem.
    problems
        One sentence for each thing that is wrong; none of them quotes a value.
    without_effect
        The ignored names that were given, each once, as they were written.
    unreadable
        Settings that are given in a file which gives no value; the problem of each is told.
    """

    names: Names
    is_partial: bool = False
    problems: list[str] = field(default_factory=list)
    without_effect: dict[str, None] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def words(self, words: Sequence[str]) -> dict[str, Given]:
        """Read the words of the command line; of a repeated key the last one counts."""
        return self._gather(self._pairs(words), "command line", "on the command line", is_word=True)

    def environment(self, environ: Mapping[str, str]) -> dict[str, Given]:
        """Read variables; one that is no setting belongs to somebody else."""
        known = ((name, environ[name]) for name in sorted(environ) if self._knows(name))
        return self._gather(known, "environment", "in the environment")

    def mapping(self, mapping: Mapping[str, object], origin: str, where: str) -> dict[str, Given]:
        """Read a mapping, sections nested or written `Section:Key`."""
        return self._gather(_flat(mapping), origin, where)

    def mounted_file(self, path: Path) -> dict[str, Given]:
        """Read a file of settings: JSON when its name says so, YAML otherwise."""
        if not str(path).isprintable():
            self.problems.append("The path of the settings file has control characters.")
            return {}
        where = f"in the settings file {path}"
        try:
            content = parsed(path)
            given = self.mapping(content, f"file {path}", where) if isinstance(content, Mapping) else None
        except OSError as error:
            self.problems.append(f"The settings file {path} cannot be read: {error.strerror}.")
            return {}
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            self.problems.append(f"The settings file {path} cannot be understood{place_of(error)}.")
            return {}
        if given is None:
            self.problems.append(f"The settings file {path} must hold settings as `Name: value`.")
            return {}
        for name in (CONFIG, INPUT):
            if given.pop(name, None):
                self.problems.append(
                    f"{name} has no effect {where}. Give it on the command line or in the environment."
                )
        return given

    def contents(self, given: Mapping[str, Given]) -> dict[str, Given]:
        """Replace each value given as `:File` by what that file holds."""
        read = {name: self._content_of(name, one) if one.in_file else one for name, one in given.items()}
        return {name: one for name, one in read.items() if one is not None}

    def _content_of(self, name: str, given: Given) -> Given | None:
        path = str(given.value)
        if not path.isprintable():
            self.problems.append(f"The path that {name}:File gives has control characters.")
            self.unreadable.add(name)
            return None
        try:
            value = text_of(Path(path)).rstrip("\r\n")
        except OSError as error:
            self.problems.append(f"The file that {name}:File names cannot be read: {error.strerror}.")
        except ValueError:
            self.problems.append(f"The file that {name}:File names is not a short text in UTF-8.")
        else:
            if not _blank(value):
                return Given(value, f"{given.origin}, read from {path}")
            self.problems.append(f"The file that {name}:File names is empty.")
        self.unreadable.add(name)
        return None

    def _gather(
        self, found: Iterable[tuple[str, object]], origin: str, where: str, *, is_word: bool = False
    ) -> dict[str, Given]:
        gathered: dict[str, Given] = {}
        for written, value in found:
            name, in_file = self.names.find(written, is_word=is_word)
            if name is None:
                if not self.is_partial and (is_word or not self.names.is_elsewhere(written)):
                    self._set_aside(written, where)
            elif not _blank(value):
                if name in gathered and gathered[name].in_file is not in_file:
                    self.problems.append(f"{name} and {name}:File are both given {where}.")
                gathered[name] = Given(value, origin, in_file=in_file)
        return gathered

    def _pairs(self, words: Sequence[str]) -> Iterator[tuple[str, object]]:
        for position, name, value in pairs(words, self._knows_word):
            if name:
                yield name, value
            else:
                self.problems.append(f"Word {position} of the command line is not of the form Key=Value.")

    def _knows(self, written: str) -> bool:
        return self.names.find(written)[0] is not None or self.names.is_ignored(written)

    def _knows_word(self, written: str) -> bool:
        if self.is_partial:
            # Another reader knows whether it is a name; the word behind it is its value, not a name.
            return NAME.fullmatch(written) is not None
        return self.names.find(written, is_word=True)[0] is not None or self.names.is_ignored(written)

    def _set_aside(self, written: str, where: str) -> None:
        if self.names.is_ignored(written):
            self.without_effect[written.replace("__", ":")] = None
            return
        if not NAME.fullmatch(written):
            # Never quoted: it may be a value that stands in the place of a name.
            self.problems.append(f"A name {where} cannot be that of a setting.")
            return
        self.problems.append(
            f"Unknown setting {written} {where}. Did you mean {self.names.nearest(written)}?"
        )


def mounted_path(given: Mapping[str, Given]) -> Path | None:
    """Return the file of settings to read: the one that `Config` names, or one in the input folder."""
    if CONFIG in given:
        return Path(str(given[CONFIG].value))
    if INPUT not in given:
        return None
    candidates = (Path(str(given[INPUT].value), name) for name in FILE_NAMES)
    return next((path for path in candidates if os.path.exists(path)), None)  # noqa: PTH110  # Path.exists raises for a locked folder


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _flat(mapping: Mapping[str, object], section: str = "") -> Iterator[tuple[str, object]]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{section}{key}:")
        else:
            yield f"{section}{key}", value
