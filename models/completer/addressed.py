"""Searches that spell the name of a draft's recipient."""

from weakref import WeakKeyDictionary

from inkling.models.facts.known_context import KnownContext
from inkling.models.search.beam import BeamSearch
from inkling.models.search.draft import Draft
from inkling.models.search.tail_spelling import Spelling


class AddressedSearches:
    """Keeps each as long as the draft's own context is known.

    So strangers who write to one person share none.
    """

    def __init__(self, spelling: Spelling) -> None:
        """`spelling` is that of drafts without a recipient."""
        self._plain = BeamSearch(spelling)
        self._addressed: WeakKeyDictionary[KnownContext, BeamSearch] = WeakKeyDictionary()

    def of(self, draft: Draft) -> BeamSearch:
        """The search of a draft."""
        if not draft.names.recipient:
            return self._plain
        search = self._addressed.get(draft.known)
        if search is None:
            search = BeamSearch(self._plain.spelling.addressed_to(draft.names.recipient))
            self._addressed[draft.known] = search
        return search
