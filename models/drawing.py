"""Imports matplotlib without files in the user's home. Code that draws calls `load_matplotlib` first."""

from inkling.models.caches import passing_cache


def load_matplotlib() -> None:
    """Import matplotlib before it is used; its list of fonts is not kept.

    A program that has set `MPLCONFIGDIR` keeps its own folder.
    Raises ImportError where matplotlib is not installed.
    """
    with passing_cache("MPLCONFIGDIR"):
        import matplotlib.font_manager  # noqa: F401
