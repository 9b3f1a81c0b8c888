"""Measures learning from held-out people's mail: earlier mail is learned, later mail is measured."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from inkling.models.completer.completer import Completer
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.ngram.backoff import PhraseModel
from inkling.models.search.writer import Writer, own_phrases, own_words
from inkling.models.text.folding import words_of

LEARNED_SHARE = 0.8
_LEAST_MESSAGES = 5


@dataclass(frozen=True, slots=True)
class Person:
    """One person: the tokens and words of what was learned, oldest first, and what came later."""

    learned: Sequence[Sequence[int]]
    words: Sequence[int]
    later: Sequence[HeldOutMessage]


def people_of(completer: Completer, messages: Sequence[HeldOutMessage]) -> list[Person]:
    """Split each person's dated mail in time, learn the first part, and give the rest its writer.

    People with too few messages are left out.
    """
    by_person: dict[str, list[HeldOutMessage]] = defaultdict(list)
    for message in messages:
        if message.date is not None:
            by_person[message.person].append(message)
    found = []
    for name in sorted(by_person):
        own = sorted(by_person[name], key=_moment)
        if len(own) < _LEAST_MESSAGES:
            continue
        cut = int(LEARNED_SHARE * len(own))
        masker = completer.masker
        learned = [completer.tokenizer.encode(one.text, masker=masker, names=one.names) for one in own[:cut]]
        texts = [np.array(words_of(one.text, masker, one.names), np.uint64) for one in own[:cut]]
        number = completer.keep_profile(completer.make_profile(learned))
        writer = Writer(number, own=own_phrases(texts), words=own_words(one.text for one in own[:cut]))
        later = [replace(one, writer=writer) for one in own[cut:]]
        found.append(Person(learned, [one.words for one in own[:cut]], later))
    return found


def _moment(message: HeldOutMessage) -> datetime:
    assert message.date is not None
    return message.date if message.date.tzinfo is not None else message.date.replace(tzinfo=UTC)


def weight_curve(completer: Completer, person: Person, steps: int = 12) -> list[tuple[int, float]]:
    """(words learned, mean weight of the profile on the later mail), from nothing to everything learned."""
    ends = sorted({round(len(person.learned) * step / steps) for step in range(steps + 1)})
    curve = []
    for end in ends:
        profile = completer.make_profile(person.learned[:end])
        weights = [weight for message in person.later for weight in _weights(completer, profile, message)]
        curve.append((sum(person.words[:end]), float(np.mean(weights)) if weights else 0.0))
    return curve


def _weights(completer: Completer, profile: PhraseModel, message: HeldOutMessage) -> list[float]:
    tokenizer = completer.tokenizer
    body = tokenizer.encode(message.text, masker=completer.masker, names=message.names)
    tokens = [tokenizer.body_id, *body, tokenizer.end_id]
    before = profile.order - 1
    return [
        1.0 - profile.expect(tuple(tokens[max(0, at - before) : at])).left for at in range(1, len(tokens))
    ]
