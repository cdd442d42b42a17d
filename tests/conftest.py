"""What holds for all tests."""

import os

from hypothesis import HealthCheck, settings

# How quickly examples are made depends on what else the machine does; in CI they are the same ones every time.
settings.register_profile(
    "kubewheel", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("kubewheel")
