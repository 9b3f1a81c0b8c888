"""Whether a folder can be written to."""

import os
import tempfile
from pathlib import Path


def check_writable(folder: Path) -> None:
    """Raise OSError where nothing can be written into a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"{folder}: cannot be written to: {os.strerror(error.errno or 0)}") from None
