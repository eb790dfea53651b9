"""Files that hold settings, or the value of one: bounded, in UTF-8, in JSON or YAML, and never quoted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import yaml

if TYPE_CHECKING:
    from pathlib import Path

# Ample for settings and secrets; what is larger, or has no end, is a mistake.
LARGEST_FILE: Final = 1 << 18

LINE_END: Final = re.compile(r"\r\n|\r|\n")
SEPARATOR: Final = re.compile("[\x85\u2028\u2029]")


class SeparatorError(ValueError):
    """A line of YAML holds a character that ends it by the rules of YAML 1.1 alone.

    Attributes
    ----------
    line
        Its number, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _PlainLoader(yaml.SafeLoader):
    """Reads every scalar as the text it is, as from the command line, and null as nothing."""


_NULL: Final = "tag:yaml.org,2002:null"
_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def text_of(path: Path) -> str:
    """Return a short text.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is too long or not UTF-8.
    """
    with path.open("rb") as stream:
        content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError
    return content.decode("utf-8-sig")


def parsed(path: Path) -> object:
    """Return what a file of settings holds: JSON if its name says so, YAML otherwise.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError, RecursionError, yaml.YAMLError
        If it makes no sense; `place_of` says where.
    """
    text = text_of(path)
    if path.suffix.casefold() == ".json":
        return json.loads(text, parse_int=str, parse_float=str)
    if separator := SEPARATOR.search(text):
        # The loader ends a line there, where a reader sees none: what goes on a comment would be a setting.
        raise SeparatorError(len(LINE_END.findall(text, 0, separator.start())) + 1)
    return {} if (content := yaml.load(text, _PlainLoader)) is None else content  # noqa: S506  # made from SafeLoader


def place_of(error: Exception) -> str:
    """Say where a file stops making sense; the parser's own words may quote it."""
    if isinstance(error, SeparatorError):
        return f", line {error.line}: it has a line separator other than LF, CRLF and CR"
    if isinstance(error, json.JSONDecodeError):
        return f", line {error.lineno}, column {error.colno}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f", line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return ""
