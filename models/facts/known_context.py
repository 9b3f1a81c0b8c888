"""What follows from a context and takes time to find out."""

from functools import cached_property

from inkling.models.facts.context_facts import ContextFacts
from inkling.models.text.context import Context
from inkling.models.text.context_sequence import known_names
from inkling.models.text.masking import KnownNames


class KnownContext:
    """A context, and each thing that follows from it from its first use on.

    It belongs to one draft. If drafts of strangers shared it, the time of an answer would tell the one that
    the other has the same context.
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    @cached_property
    def facts(self) -> ContextFacts:
        """The facts that the draft may take up."""
        return ContextFacts(self.context)

    @cached_property
    def names(self) -> KnownNames:
        """Names that the context makes known; masking hides them."""
        return known_names(self.context.recipient_name)


NOTHING_KNOWN = KnownContext(Context())
"""That of the empty context, which is the same for everybody."""
