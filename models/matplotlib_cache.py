"""Keeps matplotlib from writing into the home folder."""

import atexit
import os
import sys
from tempfile import TemporaryDirectory


def keep_caches_out_of_home() -> None:
    """Give matplotlib a temporary folder for its caches, removed when the process ends.

    Call it before the first import of matplotlib. A folder that MPLCONFIGDIR names stays in use.
    """
    if "MPLCONFIGDIR" not in os.environ and "matplotlib" not in sys.modules:
        folder = TemporaryDirectory(prefix="inkling-matplotlib-")
        atexit.register(folder.cleanup)
        os.environ["MPLCONFIGDIR"] = folder.name
