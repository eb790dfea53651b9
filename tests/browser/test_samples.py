from __future__ import annotations

import pytest

from anomaly_container.web.pages.static import UI
from tests.browser.samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_what_its_seed_makes(name: str) -> None:
    assert (UI / "samples" / f"{name}.json").read_text() == SAMPLES[name]()
