"""How long Hypothesis searches: little in a normal run, more with SWREG_TEST_EXAMPLES."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "swreg",
    max_examples=int(os.environ.get("SWREG_TEST_EXAMPLES", "40")),
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("swreg")
