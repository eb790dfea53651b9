"""Series out of a file, for the command line and the page: delimited text, JSON, JSON lines."""

from anomaly_container.contract.date_forms import DateOrder
from anomaly_container.contract.series_file.cadence import Cadence
from anomaly_container.contract.series_file.errors import SeriesFileError
from anomaly_container.contract.series_file.model import NamedSeries, SeriesFile
from anomaly_container.contract.series_file.options import ALL, ReadOptions
from anomaly_container.contract.series_file.reader import read_series_file

__all__ = [
    "ALL",
    "Cadence",
    "DateOrder",
    "NamedSeries",
    "ReadOptions",
    "SeriesFile",
    "SeriesFileError",
    "read_series_file",
]
