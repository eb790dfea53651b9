"""Reading of files with settings, or with the value of one: bounded, UTF-8, and never quoted in errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from pathlib import Path

# Ample for settings and secrets; a larger or endless file is a mistake.
MAX_FILE_BYTES: Final = 1 << 18

LINE_END: Final = re.compile(r"\r\n|\r|\n")
SEPARATOR: Final = re.compile("[\x85\u2028\u2029]")


class SeparatorError(ValueError):
    """A line of YAML contains a character that only YAML 1.1 treats as the end of a line.

    Attributes
    ----------
    line
        The line number, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _PlainLoader(yaml.SafeLoader):
    """Loads every scalar as text, as on the command line, and null as None."""


_NULL: Final = "tag:yaml.org,2002:null"
_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_text(path: Path) -> str:
    """Return the text of a small file.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is too long or not UTF-8.
    """
    with path.open("rb") as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError
    return content.decode("utf-8-sig")


def parse_file(path: Path) -> object:
    """Return the content of a settings file: JSON if its suffix is `.json`, YAML otherwise.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError, RecursionError, yaml.YAMLError
        If it cannot be parsed; `location_of` says where.
    """
    text = read_text(path)
    if path.suffix.casefold() == ".json":
        return json.loads(text, parse_int=str, parse_float=str)
    if separator := SEPARATOR.search(text):
        # The loader would end the line there, so that the rest of a comment would become a setting.
        raise SeparatorError(len(LINE_END.findall(text, 0, separator.start())) + 1)
    return {} if (content := yaml.load(text, _PlainLoader)) is None else content  # noqa: S506  # made from SafeLoader


def location_of(error: Exception) -> str:
    """Return the position of a parser error; its message may quote the file and is not used."""
    if isinstance(error, SeparatorError):
        return f", line {error.line}: it has a line separator other than LF, CRLF and CR"
    if isinstance(error, json.JSONDecodeError):
        return f", line {error.lineno}, column {error.colno}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f", line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return ""
