"""matplotlib without its files in the user's home. No other module imports it while a program runs."""

import os
import sys
from tempfile import TemporaryDirectory


def load_matplotlib() -> None:
    """Import matplotlib before it is used; its list of fonts goes to a folder that is removed again.

    A program that has imported it, or has set `MPLCONFIGDIR`, keeps its own folder.
    Raises ImportError where matplotlib is not installed.
    """
    if "matplotlib" in sys.modules or "MPLCONFIGDIR" in os.environ:
        import matplotlib.font_manager

        return
    with TemporaryDirectory(prefix="inkling-fonts-") as folder:
        os.environ["MPLCONFIGDIR"] = folder
        try:
            import matplotlib.font_manager  # noqa: F401
        finally:
            del os.environ["MPLCONFIGDIR"]
