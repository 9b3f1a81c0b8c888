"""Texts that mend the unfinished word of a draft."""

from collections.abc import Callable
from dataclasses import replace

from inkling.models.completer.proofreader import Proofreader
from inkling.models.completer.screen import Screen
from inkling.models.editing.mending import Mending
from inkling.models.runtime.batch import Steps
from inkling.models.search.beam import BeamOptions, BeamSearch
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import Suggestion
from inkling.models.search.tree import Tree


def mend(
    reader: Proofreader, screen: Screen, search: BeamSearch, tree: Tree, draft: Draft, limits: BeamOptions
) -> Steps[tuple[list[Suggestion], int]]:
    """Texts with the unfinished word mended, and the model steps taken; none where it may be right.

    What may not be suggested after the letters that stay is not.
    """
    meant = reader.meant(draft)
    if meant is None:
        return [], 0
    mending = Mending(search, tree, limits)

    def accepts_after(same: int) -> Callable[[str], bool]:
        stays = len(draft.prefix) - len(meant.typed) + same
        return screen.for_draft(replace(draft, prefix=draft.prefix[:stays]))

    space = draft.plain_tail[: -len(meant.typed)]
    found = yield from mending.find(space, meant, line_start=draft.line_start, accepts_after=accepts_after)
    return found, mending.steps
