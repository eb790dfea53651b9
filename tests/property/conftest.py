"""How the properties are sampled: the same examples on every run of the gate, new ones elsewhere."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "property",
    deadline=None,
    derandomize="HYPOTHESIS_FACTOR" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
