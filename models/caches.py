"""Keeps the caches that libraries make on import out of the user's folders."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory


@contextmanager
def passing_cache(variable: str) -> Iterator[None]:
    """Give a library that is imported inside the block a temporary folder for its cache.

    `variable` is the environment variable that names the library's cache. If it is set already, nothing
    changes.
    """
    if variable in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="inkling-", ignore_cleanup_errors=True) as folder:
        os.environ[variable] = folder
        try:
            yield
        finally:
            os.environ.pop(variable, None)
