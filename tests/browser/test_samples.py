from __future__ import annotations

import pytest

from anomaly_container.services.univariate.service import SERVICE
from tests.browser.samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_what_its_seed_makes(name: str) -> None:
    assert SERVICE.ui is not None
    assert (SERVICE.ui / "samples" / f"{name}.json").read_text() == SAMPLES[name]()
