"""Detection of anomalies among all points of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.detection.univariate.pipeline import judge
from anomaly_container.detection.univariate.results import EntireResult

if TYPE_CHECKING:
    from anomaly_container.detection.univariate.types import Options, Series


def entire(series: Series, options: Options) -> EntireResult:
    """Detect anomalies among all points of a series.

    Gaps are filled and, if no period is given, it is detected: calendar seasons first, then the correlogram.
    With a season, the series is decomposed by periodic robust STL [1]_, in logarithms if they fit much
    better. The generalized ESD test [2]_, with median and MAD [3]_ as well as mean and deviation, tests the
    deseasonalised values and the residuals, and a z-score tests the former; the best-ranked points of each
    tail are candidates. Without a season, dense series (seconds and minutes, below an hour per step) are
    scored by the spectral residual [4]_ [5]_, the others by the ESD test and the z-score of their values
    around a least-squares cubic spline [6]_ with Theil-Sen slopes [7]_ at its ends. If neither the ADF test
    [8]_ nor the KPSS test [9]_ finds the series stationary, what is left of the anomaly budget goes to its
    first stationary difference, of order 1 or 2. `EntireResult` has the formulas of the band, the flags and
    the severity.

    Parameters
    ----------
    series : Series
        n >= 12 points. With a period above 1, more than two periods of grid slots, at least half of them
        filled.
    options : Options
        Options in the ranges that it documents.

    Returns
    -------
    EntireResult
        One element per point of the series, in its order and unit.

    Raises
    ------
    ValueError
        If the period is above 1 and the values cover fewer than two periods. Only the compiled kernel of
        `StlRule.SERVICE` checks this.
    IndexError
        If the series is empty, or the sensitivity is above 100 with `MarginRule.V3`.

    See Also
    --------
    last : Only the last point, with stricter rules.

    References
    ----------
    .. [1] Cleveland, Cleveland, McRae and Terpenning, "STL: A Seasonal-Trend Decomposition Procedure Based on
       Loess", Journal of Official Statistics 6 (1990).
    .. [2] Rosner, "Percentage Points for a Generalized ESD Many-Outlier Procedure", Technometrics 25 (1983).
    .. [3] Hochenbaum, Vallis and Kejariwal, "Automatic Anomaly Detection in the Cloud Via Statistical
       Learning", arXiv:1704.07706 (2017).
    .. [4] Hou and Zhang, "Saliency Detection: A Spectral Residual Approach", CVPR 2007.
    .. [5] Ren et al., "Time-Series Anomaly Detection Service at Microsoft", KDD 2019.
    .. [6] Dierckx, "Curve and Surface Fitting with Splines", Oxford 1993.
    .. [7] Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63 (1968).
    .. [8] Said and Dickey, Biometrika 71 (1984); p-values by MacKinnon, Journal of Business & Economic
       Statistics 12 (1994).
    .. [9] Kwiatkowski, Phillips, Schmidt and Shin, Journal of Econometrics 54 (1992).

    Examples
    --------
    >>> from anomaly_container.detection.univariate import Granularity, Options, Series, entire
    >>> values = [10.0, 12.0, 13.0, 12.0, 11.0, 5.0, 4.0] * 4
    >>> values[16] = 25.0
    >>> result = entire(Series.without_gaps(values), Options(Granularity.DAILY))
    >>> result.period, result.is_positive_anomaly.nonzero()[0]
    (7, array([16]))
    >>> result.expected_values[14:18].round(6)
    array([10., 12., 13., 12.])
    """
    verdict = judge(series, options, options.max_anomaly_ratio, last_only=False)
    drawn = verdict.band
    return EntireResult(
        period=verdict.period,
        expected_values=verdict.findings.expected,
        upper_margins=drawn.upper,
        lower_margins=drawn.lower,
        is_anomaly=drawn.is_negative | drawn.is_positive,
        is_negative_anomaly=drawn.is_negative,
        is_positive_anomaly=drawn.is_positive,
        severity=drawn.severity,
        model_id=verdict.findings.model_id,
    )
