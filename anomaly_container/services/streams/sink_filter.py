"""The choice of the outputs of a sink."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from anomaly_container.services.streams.outputs import What

if TYPE_CHECKING:
    from anomaly_container.services.streams.outputs import Output


@dataclass(frozen=True, slots=True)
class SinkFilter:
    """The outputs that a sink takes.

    Parameters
    ----------
    what
        Their kinds. With `anomalies` and without `results`, only those results that are anomalous.
    min_score
        The least score of a result; None for any. Only results have scores, reasons and keys: the other kinds
        pass these three.
    reasons
        The main features that a result may have; empty for any.
    key
        A pattern for the key of a result's series, with `*`, `?` and `[]`; None for any.
    """

    what: frozenset[What]
    min_score: float | None = None
    reasons: frozenset[str] = frozenset()
    key: str | None = None

    def takes(self, output: Output) -> bool:
        """Return whether the sink takes an output.

        Examples
        --------
        >>> from anomaly_container.services.streams.outputs import Output
        >>> only = SinkFilter(frozenset({What.ANOMALIES}), min_score=2.0)
        >>> result = Output(What.RESULTS, "orders-0-7", "orders-0", 7, b"{}", "Normal", score=3.0)
        >>> only.takes(result)
        False
        """
        if output.what is not What.RESULTS:
            return output.what in self.what
        if What.RESULTS not in self.what and not (output.anomalous and What.ANOMALIES in self.what):
            return False
        return self._passes(output)

    def _passes(self, output: Output) -> bool:
        if self.min_score is not None and (output.score is None or output.score < self.min_score):
            return False
        if self.reasons and output.reason not in self.reasons:
            return False
        return self.key is None or (output.key is not None and fnmatchcase(output.key, self.key))
