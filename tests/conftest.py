"""One torch thread: tests are small, and the machine is shared."""

import torch

pytest_plugins = ["tests.skips"]

torch.set_num_threads(1)
