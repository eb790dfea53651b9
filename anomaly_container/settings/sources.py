"""Sources of settings: read arguments, variables and files into a table of name, value and origin."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from anomaly_container.settings.arguments import NAME, parse_arguments
from anomaly_container.settings.files import location_of, parse_file, read_text

if TYPE_CHECKING:
    from anomaly_container.settings.names import Names

CONFIG: Final = "Config"
INPUT: Final = "Mounts:Input"
FILE_NAMES: Final = ("settings.yaml", "settings.json")
NO_FILE: Final = "/dev/null"


@dataclass(frozen=True)
class Given:
    """A value and its source; with `in_file` the value is the path of a file that contains it."""

    value: object
    origin: str
    in_file: bool = False


@dataclass
class Reader:
    """Reads the sources one by one and collects their problems.

    Attributes
    ----------
    names
        The names of the settings.
    is_partial
        Whether unknown names are ignored, because another reader handles them.
    problems
        One sentence for each problem; none of them quotes a value.
    without_effect
        The ignored names that were given, as written, without duplicates.
    unreadable
        The settings whose file has no usable value; each is among the problems.
    """

    names: Names
    is_partial: bool = False
    problems: list[str] = field(default_factory=list)
    without_effect: dict[str, None] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def arguments(self, arguments: Sequence[str]) -> dict[str, Given]:
        """Read the command-line arguments; of a repeated name the last one counts."""
        return self._gather(self._parse(arguments), "command line", "on the command line", is_argument=True)

    def environment(self, environ: Mapping[str, str]) -> dict[str, Given]:
        """Read the environment variables; those that are not settings are ignored."""
        known = ((name, environ[name]) for name in sorted(environ) if self._knows(name))
        return self._gather(known, "environment", "in the environment")

    def mapping(self, mapping: Mapping[str, object], origin: str, where: str) -> dict[str, Given]:
        """Read a mapping with sections nested or written `Section:Key`."""
        return self._gather(_flat(mapping), origin, where)

    def mounted_file(self, path: Path) -> dict[str, Given]:
        """Read a settings file: JSON if its suffix is `.json`, YAML otherwise."""
        if not str(path).isprintable():
            self.problems.append("The path of the settings file has control characters.")
            return {}
        where = f"in the settings file {path}"
        try:
            content = parse_file(path)
            given = self.mapping(content, f"file {path}", where) if isinstance(content, Mapping) else None
        except OSError as error:
            self.problems.append(f"The settings file {path} cannot be read: {error.strerror}.")
            return {}
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            self.problems.append(f"The settings file {path} cannot be understood{location_of(error)}.")
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
        """Replace each path given as `:File` by the content of its file."""
        read = {name: self._content_of(name, one) if one.in_file else one for name, one in given.items()}
        return {name: one for name, one in read.items() if one is not None}

    def _content_of(self, name: str, given: Given) -> Given | None:
        path = str(given.value)
        if not path.isprintable():
            self.problems.append(f"The path that {name}:File gives has control characters.")
            self.unreadable.add(name)
            return None
        try:
            value = read_text(Path(path)).rstrip("\r\n")
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
        self, found: Iterable[tuple[str, object]], origin: str, where: str, *, is_argument: bool = False
    ) -> dict[str, Given]:
        gathered: dict[str, Given] = {}
        for written, value in found:
            name, in_file = self.names.find(written, is_argument=is_argument)
            if name is None:
                if not self.is_partial and (is_argument or not self.names.is_elsewhere(written)):
                    self._report_unknown(written, where)
            elif not _blank(value):
                if name in gathered and gathered[name].in_file is not in_file:
                    self.problems.append(f"{name} and {name}:File are both given {where}.")
                gathered[name] = Given(value, origin, in_file=in_file)
        return gathered

    def _parse(self, arguments: Sequence[str]) -> Iterator[tuple[str, object]]:
        for position, name, value in parse_arguments(arguments, self._knows_argument):
            if name:
                yield name, value
            else:
                self.problems.append(f"Word {position} of the command line is not of the form Key=Value.")

    def _knows(self, written: str) -> bool:
        return self.names.find(written)[0] is not None or self.names.is_ignored(written)

    def _knows_argument(self, written: str) -> bool:
        if self.is_partial:
            # Another reader knows whether it is a name; the argument behind it is its value, not a name.
            return NAME.fullmatch(written) is not None
        return self.names.find(written, is_argument=True)[0] is not None or self.names.is_ignored(written)

    def _report_unknown(self, written: str, where: str) -> None:
        if self.names.is_ignored(written):
            self.without_effect[written.replace("__", ":")] = None
            return
        if not NAME.fullmatch(written):
            # Never quote it: it may be a value in the place of a name.
            self.problems.append(f"A name {where} cannot be that of a setting.")
            return
        self.problems.append(
            f"Unknown setting {written} {where}. Did you mean {self.names.nearest(written)}?"
        )


def mounted_path(given: Mapping[str, Given]) -> Path | None:
    """Return the path of the settings file: the one that `Config` names, or one in the input folder."""
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
