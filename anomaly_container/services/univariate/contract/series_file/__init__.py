"""The reader of series from files, for the command line and the home page: CSV, JSON and JSON lines."""

from anomaly_container.services.univariate.contract.date_forms import DateOrder
from anomaly_container.services.univariate.contract.series_file.cadence import Cadence
from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
from anomaly_container.services.univariate.contract.series_file.model import NamedSeries, SeriesFile
from anomaly_container.services.univariate.contract.series_file.options import ALL, ReadOptions
from anomaly_container.services.univariate.contract.series_file.reader import read_series_file

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
