from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.tsa import adfvalues

from anomaly_container.detection.numeric.robust_scale import NORMAL_QUARTILE
from anomaly_container.detection.univariate import constants
from anomaly_container.detection.univariate.types import Granularity

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_quantiles_of_the_normal_distribution() -> None:
    assert float(np.float32(norm.ppf(0.75))) == NORMAL_QUARTILE
    assert pytest.approx(norm.ppf(0.95), rel=1e-15) == constants.BARTLETT_QUANTILE


def test_the_dickey_fuller_surface_is_that_of_mackinnon() -> None:
    # statsmodels' tables of the case with a constant, for one series.
    assert adfvalues.tau_star_c[0] == constants.MACKINNON_TAU_STAR
    assert adfvalues.tau_min_c[0] == constants.MACKINNON_TAU_MIN
    assert adfvalues.tau_max_c[0] == constants.MACKINNON_TAU_MAX
    np.testing.assert_allclose(constants.MACKINNON_SMALL_P, adfvalues.tau_c_smallp[0], rtol=1e-15)
    np.testing.assert_allclose(constants.MACKINNON_LARGE_P, adfvalues.tau_c_largep[0], rtol=1e-15)


@pytest.mark.parametrize("table", [constants.DEFAULT_WINDOW, constants.STABLE_TREND_WINDOW])
def test_every_granularity_has_its_defaults(table: Mapping[Granularity, int]) -> None:
    assert set(table) == set(Granularity)


def test_only_fixed_steps_have_a_length() -> None:
    lengths = {"secondly": 1, "minutely": 60, "hourly": 3600, "daily": 86_400, "weekly": 7 * 86_400}
    assert {granularity.value: step for granularity, step in constants.SECONDS.items()} == lengths
