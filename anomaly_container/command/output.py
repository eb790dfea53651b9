"""Where answers go, and what series are called there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from anomaly_container.command.plotting import plot
from anomaly_container.command.printing import as_csv, as_json, as_table
from anomaly_container.command.source import STANDARD_INPUT, FileError
from anomaly_container.contract.errors import univariate_body

if TYPE_CHECKING:
    from anomaly_container.command.judging import Judgement
    from anomaly_container.command.wish import Wish
    from anomaly_container.contract.errors import ContractError
    from anomaly_container.contract.series_file import NamedSeries


@dataclass(frozen=True, slots=True)
class Label:
    """What a series is called.

    Attributes
    ----------
    file
        Name of its file, for people.
    number
        Which of the files, from 1.
    series
        Its own name, if the file has several.
    """

    file: str
    number: int
    series: str | None

    @classmethod
    def of(cls, name: str, number: int, series: NamedSeries) -> Self:
        """Return the label of a series of the file that was given by name."""
        return cls(cls.file_of(name), number, series.name)

    @staticmethod
    def file_of(name: str) -> str:
        """Return what a file that was given by name is called."""
        return "standard input" if name == STANDARD_INPUT else name

    def __str__(self) -> str:
        """Return the file, and the name of the series behind it."""
        return self.file if self.series is None else f"{self.file}: {self.series}"


class Output:
    """Prints the answers about series, one after the other, and draws their pictures.

    Parameters
    ----------
    wish
        How they are shown.
    """

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._has_many_files = len(wish.files) > 1
        # Titles of the columns in front, once a first row of CSV has been printed.
        self._names: tuple[str, ...] | None = None
        self._pictures: dict[Path, int] = {}

    def show(self, judgement: Judgement, label: Label, style: str) -> None:
        """Show one answer.

        Raises
        ------
        FileError
            If a picture cannot be written, or if a series has a name where those before have none.
        """
        if style == "json":
            as_json(judgement.body, self._named(label), several=self._has_many_files)
        elif style == "csv":
            self._show_csv(judgement, label)
        else:
            as_table(judgement, str(label), show_all=self._wish.show_all)
        if self._wish.plot is not None:
            plot(judgement, str(label), self._picture(self._wish.plot, label))

    def refuse(self, error: ContractError, label: Label, style: str) -> None:
        """Show that there is no answer, in JSON; elsewhere a message is enough."""
        if style == "json":
            as_json(univariate_body(error), self._named(label), several=True)

    def _named(self, label: Label) -> dict[str, str]:
        """Return the names that tell the series apart: none for the only series of a file."""
        if label.series is None:
            return {}
        return (
            {"file": label.file, "series": label.series} if self._has_many_files else {"series": label.series}
        )

    def _show_csv(self, judgement: Judgement, label: Label) -> None:
        names = {"file": label.file} if self._has_many_files else {}
        if label.series is not None:
            names["series"] = label.series
        if self._names not in (None, tuple(names)):
            reason = "cannot be in one table with the files before; only one of them has several series"
            raise FileError(reason)
        as_csv(judgement, names, titled=self._names is None)
        self._names = tuple(names)

    def _picture(self, path: Path, label: Label) -> Path:
        """Return the path of a picture: with several series the number and name of each before the suffix."""
        parts = [path.stem]
        if self._has_many_files:
            parts += [str(label.number), Path(label.file).name.partition(".")[0]]
        if label.series is not None:
            parts.append(label.series)
        stem = "-".join(_in_file_name(part) for part in parts[1:])
        found = path.with_name(f"{path.stem}-{stem}{path.suffix}") if stem else path
        # Names that differ in what a file name cannot have.
        again = self._pictures.get(found, 0)
        self._pictures[found] = again + 1
        return found if not again else found.with_name(f"{found.stem}-{again + 1}{found.suffix}")


_LONGEST_NAME = 80


def _in_file_name(name: str) -> str:
    """Return a name with no more than letters, digits and a few marks."""
    return "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in name)[:_LONGEST_NAME]
