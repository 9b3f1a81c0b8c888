"""What recent searches found out about open drafts, within a bound of bytes."""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from models.runtime.step import State
from models.tree import Tree
from service.sessions.store import SessionKey


class TreeCache:
    """Keeps the last tree of each session that was active of late; the least recently used go first.

    A tree is a function of its root, so one is used only for the very state that it grew from: it
    can make an answer cheaper, never another. Not thread-safe.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._trees: OrderedDict[SessionKey, Tree] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Memory held."""
        return self._bytes

    def get(self, key: SessionKey, state: State) -> Tree | None:
        """The session's tree if it grew from `state`."""
        tree = self._trees.get(key)
        return tree if tree is not None and np.array_equal(tree.root, state) else None

    def put(self, key: SessionKey, tree: Tree) -> None:
        """Keep a tree in place of the session's last one; it is not to grow any more."""
        self.drop(key)
        self._trees[key] = tree
        self._bytes += tree.bytes
        while self._bytes > self._max_bytes:
            self.drop(next(iter(self._trees)))

    def drop(self, key: SessionKey) -> None:
        """Forget a session's tree."""
        tree = self._trees.pop(key, None)
        if tree is not None:
            self._bytes -= tree.bytes

    def retain(self, wanted: Callable[[SessionKey], bool]) -> None:
        """Forget the trees of sessions that are not wanted any more."""
        for key in [key for key in self._trees if not wanted(key)]:
            self.drop(key)
