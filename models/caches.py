"""Caches that libraries make when they are imported, kept out of the user's folders."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory


@contextmanager
def passing_cache(variable: str) -> Iterator[None]:
    """Let a library that is imported inside keep its cache in a folder that is removed afterwards.

    `variable` is the environment variable that names the library's cache; one that is set stays as it is.
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
