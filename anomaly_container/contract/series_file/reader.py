"""A file to series."""

from __future__ import annotations

from anomaly_container.contract.series_file.cadence import Cadence, cadence, in_time_order
from anomaly_container.contract.series_file.csv_points import Columns
from anomaly_container.contract.series_file.errors import SeriesFileError
from anomaly_container.contract.series_file.model import NamedSeries, SeriesFile
from anomaly_container.contract.series_file.options import ReadOptions
from anomaly_container.contract.series_file.reading import read_question
from anomaly_container.detection import Granularity


def read_series_file(raw: bytes, options: ReadOptions) -> SeriesFile:
    """Read the series of a file.

    Parameters
    ----------
    raw
        The contents, unpacked.
    options
        What the caller says about them.

    Raises
    ------
    SeriesFileError
        If they cannot be read, or if more than one reading is left.
    """
    value = options.value_columns[0] if options.value_columns else None
    question = read_question(raw, Columns(options.timestamp_column, value))
    if options.sort:
        question = in_time_order(question)
    try:
        found = cadence(question)
    except SeriesFileError:
        if not question.is_request:
            raise
        found = Cadence(Granularity.NONE, 1, "the request says it")
    series = NamedSeries(None, question, found, question.without_value)
    return SeriesFile((series,), (), question.is_request)
