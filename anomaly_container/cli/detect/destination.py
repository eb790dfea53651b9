"""The output of the command `detect`, and the labels of series in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from anomaly_container.cli.detect.input import STANDARD_INPUT, FileError
from anomaly_container.cli.detect.output import as_csv, as_json, as_table
from anomaly_container.cli.detect.plot import plot
from anomaly_container.services.univariate.contract.errors import univariate_body

if TYPE_CHECKING:
    from anomaly_container.cli.detect.arguments import DetectOptions
    from anomaly_container.cli.detect.windowed import Detection
    from anomaly_container.services.univariate.contract.errors import ContractError
    from anomaly_container.services.univariate.contract.series_file import NamedSeries


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a series in messages and output.

    Attributes
    ----------
    file
        Name of its file, as people read it.
    number
        The place of its file among the files, from 1.
    series
        Its own name, if the file has several series.
    """

    file: str
    number: int
    series: str | None

    @classmethod
    def of(cls, name: str, number: int, series: NamedSeries) -> Self:
        """Return the label of a series of a file, given by its name on the command line."""
        return cls(cls.file_of(name), number, series.name)

    @staticmethod
    def file_of(name: str) -> str:
        """Return the label of a file, given by its name on the command line."""
        return "standard input" if name == STANDARD_INPUT else name

    def __str__(self) -> str:
        """Return the file, and after it the name of the series."""
        return self.file if self.series is None else f"{self.file}: {self.series}"


class Output:
    """Prints the results of series, one after the other, and draws their pictures.

    Parameters
    ----------
    options
        The options of the command.
    """

    def __init__(self, options: DetectOptions) -> None:
        self._options = options
        self._has_many_files = len(options.files) > 1
        # Titles of the leading columns; None until the first row of CSV is printed.
        self._names: tuple[str, ...] | None = None
        self._pictures: dict[Path, int] = {}

    def show(self, detection: Detection, label: Label, style: str) -> None:
        """Show one result.

        Raises
        ------
        FileError
            If a picture cannot be written, or if a series does not fit the CSV table of those before.
        """
        if style == "json":
            as_json(detection.body, self._named(label), several=self._has_many_files)
        elif style == "csv":
            self._show_csv(detection, label)
        else:
            as_table(detection, str(label), show_all=self._options.show_all)
        if self._options.plot is not None:
            plot(detection, str(label), self._picture(self._options.plot, label))

    def show_error(self, error: ContractError, label: Label, style: str) -> None:
        """Show the error of a series in JSON; in the other formats a message on standard error is enough."""
        if style == "json":
            as_json(univariate_body(error), self._named(label), several=True)

    def _named(self, label: Label) -> dict[str, str]:
        """Return the names that identify the series; the only series of a file needs none."""
        if label.series is None:
            return {}
        return (
            {"file": label.file, "series": label.series} if self._has_many_files else {"series": label.series}
        )

    def _show_csv(self, detection: Detection, label: Label) -> None:
        names = {"file": label.file} if self._has_many_files else {}
        if label.series is not None:
            names["series"] = label.series
        if self._names not in (None, tuple(names)):
            reason = "cannot be in one table with the files before; only one of them has several series"
            raise FileError(reason)
        as_csv(detection, names, titled=self._names is None)
        self._names = tuple(names)

    def _picture(self, path: Path, label: Label) -> Path:
        """Return the path of a picture; number and name precede the suffix if there are several series."""
        parts = [path.stem]
        if self._has_many_files:
            parts += [str(label.number), Path(label.file).name.partition(".")[0]]
        if label.series is not None:
            parts.append(label.series)
        stem = "-".join(_in_file_name(part) for part in parts[1:])
        found = path.with_name(f"{path.stem}-{stem}{path.suffix}") if stem else path
        # Names that differ only in characters that a file name cannot have.
        again = self._pictures.get(found, 0)
        self._pictures[found] = again + 1
        return found if not again else found.with_name(f"{found.stem}-{again + 1}{found.suffix}")


_LONGEST_NAME = 80


def _in_file_name(name: str) -> str:
    """Return a name that has only letters, digits, dots, underscores and dashes."""
    return "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in name)[:_LONGEST_NAME]
