"""One torch thread: tests are small, and the machine is shared. No test fails because a machine is slow."""

import torch
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.skips"]

torch.set_num_threads(1)

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
