"""The command `meter`: its settings, and the metering endpoint as a process."""

from __future__ import annotations

import difflib
import os
import re
import sqlite3
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container import listener
from anomaly_container.billing.receiver import USAGE_PATH, create_app
from anomaly_container.billing.receiver_store import ReceiverStore, UnknownLayoutError
from anomaly_container.setting_checks import host_name
from anomaly_container.setting_words import pairs
from anomaly_container.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECTION: Final = "Meter:"
DEFAULTS: Final = {"Host": "127.0.0.1", "Port": "5001", "Keys": "", "Directory": "", "Path": USAGE_PATH}
FILE_NAME: Final = "usage.sqlite3"

KEY: Final = re.compile("[!-~]+")
PATH: Final = re.compile("/[0-9A-Za-z._~/-]*")
REFUSED: Final = 1
SECONDS_TO_FINISH: Final = 5.0


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """What the metering endpoint runs with.

    Attributes
    ----------
    host, port
        Where it listens.
    keys
        The keys it accepts; with none, every key that is not blank.
    directory
        Where the records are kept; None for a temporary directory.
    path
        The path that records are sent to.
    """

    host: str
    port: int
    keys: tuple[str, ...]
    directory: Path | None
    path: str


def load(words: Sequence[str], environ: Mapping[str, str]) -> MeterSettings:
    """Return the settings from the command line and the environment.

    Parameters
    ----------
    words
        Words in the spellings of `setting_words`, the key with or without `Meter:` before it, in any case.
    environ
        Environment variables; those that begin with `Meter__` count when no word gives the value.

    Raises
    ------
    SettingsError
        With one sentence for each thing that is wrong; none of them quotes a value.
    """
    problems: list[str] = []
    given = DEFAULTS | _from_environment(environ) | _from_words(words, problems)
    keys = tuple(key.strip() for key in given["Keys"].split(",") if key.strip())
    port = int(given["Port"]) if re.fullmatch("[0-9]{1,5}", given["Port"]) else 0
    if not 1 <= port <= 65535:
        problems.append("Invalid Port. It must be an integer from 1 to 65535.")
    host = given["Host"]
    try:
        host = host_name(host)
    except ValueError:
        problems.append("Invalid Host. It must be the name or the address of a host.")
    if not all(KEY.fullmatch(key) for key in keys):
        problems.append("Invalid Keys. Each must be printable ASCII characters without white space.")
    if not PATH.fullmatch(given["Path"]):
        problems.append("Invalid Path. It must begin with / and have letters, digits and - . _ ~ / only.")
    if not given["Directory"].isprintable():
        problems.append("Invalid Directory. It must be a path without control characters.")
    if problems:
        raise SettingsError(problems)
    directory = Path(given["Directory"]) if given["Directory"] else None
    return MeterSettings(host, port, keys, directory, given["Path"])


def run_meter(words: Sequence[str]) -> int:
    """Serve the metering endpoint until a signal ends it, and return the exit code of the process.

    Parameters
    ----------
    words
        The words of the command line.
    """
    try:
        chosen = load(words, os.environ)
    except SettingsError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return REFUSED
    with ExitStack() as stack:
        directory = chosen.directory or Path(stack.enter_context(TemporaryDirectory(prefix="metering-")))
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            store = stack.enter_context(closing(ReceiverStore.open(directory / FILE_NAME)))
        except (OSError, sqlite3.Error, UnknownLayoutError) as error:
            sys.stderr.write(f"The usage records in '{directory}' cannot be used: {_reason(error)}.\n")
            return REFUSED
        _say(_opening_lines(chosen, directory))
        return _listen(create_app(store, chosen.keys, chosen.path), chosen)


def _listen(app: web.Application, chosen: MeterSettings) -> int:
    place = listener.address(chosen.host, chosen.port)
    ready = (f"Now listening on: http://{place}", "Press Ctrl+C to shut down.")
    try:
        listener.try_to_bind(chosen.host, chosen.port)
        web.run_app(
            app,
            host=chosen.host,
            port=chosen.port,
            print=lambda *_: _say(ready),
            access_log=None,
            shutdown_timeout=SECONDS_TO_FINISH,
        )
    except listener.ListenError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except OSError as error:
        sys.stderr.write(f"{listener.ListenError(chosen.host, chosen.port, error)}\n")
        return REFUSED
    return 0


def _opening_lines(chosen: MeterSettings, directory: Path) -> list[str]:
    lines = [f"Using '{directory}' for usage records."]
    if chosen.directory is None:
        lines.append("WARNING: No Directory is given: the usage records are lost when this command ends.")
    if not chosen.keys:
        lines.append("WARNING: No Keys are given: any key that is not blank is accepted.")
    return lines


def _say(lines: Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def _reason(error: Exception) -> str:
    if isinstance(error, UnknownLayoutError):
        return "another version of this program wrote them"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for variable in sorted(environ):
        section, separator, _ = variable.partition("__")
        name = _name(variable.replace("__", ":"))
        if (
            separator
            and f"{section}:".casefold() == SECTION.casefold()
            and name
            and environ[variable].strip()
        ):
            found[name] = environ[variable].strip()
    return found


def _from_words(words: Sequence[str], problems: list[str]) -> dict[str, str]:
    found = {}
    for position, written, value in pairs(words, lambda written: _name(written) is not None):
        name = _name(written)
        if not written:
            problems.append(f"Word {position} of the command line is not of the form Key=Value.")
        elif name is None:
            [nearest] = difflib.get_close_matches(written, DEFAULTS, n=1, cutoff=0.0)
            problems.append(f"Unknown setting {written} on the command line. Did you mean {nearest}?")
        elif value.strip():
            found[name] = value.strip()
    return found


def _name(spelling: str) -> str | None:
    """Return the setting that is spelt so, with or without its section, in any case."""
    plain = spelling.casefold().removeprefix(SECTION.casefold())
    return next((name for name in DEFAULTS if name.casefold() == plain), None)
