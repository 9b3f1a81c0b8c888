"""What recent searches found out about open drafts, within a bound of bytes."""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from inkling.models.search.tree import Tree
from inkling.models.step import State
from inkling.service.sessions.session_store import SessionKey

_TREES_AT_LEAST = 32
"""One tree may take this fraction of the whole: what nobody writes makes the largest."""


class TreeCache:
    """Keeps the last tree of each session that was active of late; the least recently used go first.

    A tree is a function of its root, so one is used only for the very state that it grew from: it
    can make an answer cheaper, never another. One that takes more than a part of the bound is not
    kept. Not thread-safe.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._trees: OrderedDict[SessionKey, tuple[Tree, int]] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Memory held."""
        return self._bytes

    def take(self, key: SessionKey, state: State) -> Tree | None:
        """The session's tree, to grow on, if it grew from `state`; it is kept no longer."""
        tree = self.drop(key)
        return tree if tree is not None and np.array_equal(tree.root, state) else None

    def put(self, key: SessionKey, tree: Tree) -> None:
        """Keep a tree in place of the session's last one; it is not to grow while it is kept."""
        self.drop(key)
        if tree.bytes * _TREES_AT_LEAST > self._max_bytes:
            return
        self._trees[key] = (tree, tree.bytes)
        self._bytes += tree.bytes
        while self._bytes > self._max_bytes:
            self.drop(next(iter(self._trees)))

    def drop(self, key: SessionKey) -> Tree | None:
        """Forget a session's tree, and return it if there was one."""
        tree, held = self._trees.pop(key, (None, 0))
        self._bytes -= held
        return tree

    def retain(self, wanted: Callable[[SessionKey], bool]) -> None:
        """Forget the trees of sessions that are not wanted any more."""
        for key in [key for key in self._trees if not wanted(key)]:
            self.drop(key)
