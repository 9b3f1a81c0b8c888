"""An explanation as SVG: well-formed, escaped, and without anything from elsewhere."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.explanation.explanation import (
    BeamNode,
    Explanation,
    Gate,
    PathFate,
    TokenPart,
    TokenRead,
    Verdict,
)
from inkling.models.explanation.picture import draw
from inkling.models.explanation.wording import FATES, VERDICTS, WHY_NONE, beam_rows, gate_groups
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import EmptyReason, SearchOptions
from tests.rigs.fake_explanation import fake_explanation

SVG = "{http://www.w3.org/2000/svg}"


def told(prefix: str) -> Explanation:
    return fake_explanation(Draft(prefix), SearchOptions())


def texts(picture: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_it_shows_what_was_read_the_steps_the_beam_and_the_choice() -> None:
    shown = texts(draw(told("Can we meet you"), "Can we meet you", "tiny"))
    verdicts = (VERDICTS[Verdict.FIRST], VERDICTS[Verdict.LENGTHENS])
    for part in ("·meet", "0.75", "·soon 60%", "·soon.", "(may not be suggested)", *verdicts):
        assert any(part in one for one in shown), part


@pytest.mark.parametrize("hostile", ["</text><script>alert(1)</script>", "&lt;\x00\x1b[31m", "a\ufffe\"'"])
def test_hostile_text_stays_text(hostile: str) -> None:
    explanation = told(f"{hostile} and")
    explanation = replace(explanation, read=[TokenRead(hostile, TokenPart.TEXT, [0.1, 0.2])], tail=hostile)
    picture = draw(explanation, hostile, "tiny")
    names = {one.tag for one in ElementTree.fromstring(picture).iter()}
    assert names == {f"{SVG}{name}" for name in ("svg", "title", "style", "text", "rect")}


def test_it_loads_nothing_and_knows_the_dark() -> None:
    picture = draw(told("Can we meet"), "Can we meet", "tiny")
    assert "prefers-color-scheme: dark" in picture
    assert re.findall(r"https?://[^\"']+", picture) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in picture
    assert "@import" not in picture


def test_nothing_is_wider_than_the_picture() -> None:
    long = "word" * 200
    explanation = replace(told("a"), read=[TokenRead(long, TokenPart.TEXT, [1.0, 1.0])], tail=long)
    root = ElementTree.fromstring(draw(explanation, long, "tiny"))
    width = float(root.attrib["width"])
    for one in root.iter(f"{SVG}rect"):
        assert float(one.attrib["x"]) + float(one.attrib["width"]) <= width
    for text in root.iter(f"{SVG}text"):
        assert float(text.attrib["x"]) + 7 * len(text.text or "") <= width


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_gates_of_every_layer_are_drawn(count: int) -> None:
    gates = [Gate(layer, f"gate-{number}", "") for layer in range(1, 7) for number in range(count)]
    values = [index / 100 for index in range(len(gates))]
    explanation = replace(told("a"), gates=gates, read=[TokenRead("a", TokenPart.TEXT, values)])
    shown = texts(draw(explanation, "a", "tiny"))
    for gate, value in zip(gates, values, strict=True):
        assert f"{gate.layer} {gate.name}" in shown
        assert f"{value:.2f}" in shown


@given(st.lists(st.integers(1, 6), max_size=20).map(sorted), st.integers(1, 8))
def test_groups_of_gates_hold_each_once_in_order_and_layers_stay_whole(layers: list[int], most: int) -> None:
    groups = gate_groups([Gate(layer, "reset", "") for layer in layers], most)
    assert [index for group in groups for index in group] == list(range(len(layers)))
    assert all(len(group) <= most for group in groups)
    for layer in set(layers):
        if layers.count(layer) <= most:
            assert sum(any(layers[index] == layer for index in group) for group in groups) == 1


def test_every_word_of_the_contract_has_words_for_people() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(FATES) == set(PathFate)
    assert set(WHY_NONE) == set(EmptyReason)


def test_rows_of_the_beam_stand_behind_their_parents() -> None:
    beam = [
        BeamNode(None, "a", 0.3, PathFate.KEPT),
        BeamNode(None, "b", 0.6, PathFate.KEPT),
        BeamNode(0, "aa", 0.1, PathFate.KEPT),
        BeamNode(1, "ba", 0.2, PathFate.KEPT),
        BeamNode(1, "bb", 0.4, PathFate.KEPT),
        BeamNode(4, "bba", 0.1, PathFate.KEPT),
    ]
    rows = [(depth, node.text) for depth, node in beam_rows(beam)]
    assert rows == [(0, "b"), (1, "bb"), (2, "bba"), (1, "ba"), (0, "a"), (1, "aa")]
