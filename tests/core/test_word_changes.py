"""Words that were changed, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from stackferry.core.word_changes import Piece, line_pairs, word_changes

if TYPE_CHECKING:
    from stackferry.core.word_changes import LinePair


def marked(pieces: tuple[Piece, ...] | None) -> str | None:
    return (
        None if pieces is None else "".join(f"[{one.text}]" if one.is_changed else one.text for one in pieces)
    )


def sides(left: str, right: str) -> list[tuple[str | None, str | None]]:
    return [(marked(one.left), marked(one.right)) for one in line_pairs(left, right)]


def test_the_words_that_differ_are_marked() -> None:
    found = word_changes("A small harbour, and all of it.", "A lively harbour and all of it.")
    assert marked(found.left) == "A [small] harbour[,] and all of it."
    assert marked(found.right) == "A [lively] harbour and all of it."


def test_an_inserted_paragraph_is_one_line() -> None:
    assert sides("one two\nthree four", "new words\none two\nthree four") == [
        (None, "[new words]"), ("one two", "one two"), ("three four", "three four"),
    ]  # fmt: skip


def test_an_edited_paragraph_beside_a_new_one_is_recognised() -> None:
    found = sides("the quay is old and worn", "entirely different words here\nthe quay is old and loved")
    assert found == [
        (None, "[entirely different words here]"),
        ("the quay is old and [worn]", "the quay is old and [loved]"),
    ]


def test_scripts_without_blanks_are_compared_letter_by_letter() -> None:
    assert sides("港は古い", "港は新しい") == [("港は[古]い", "港は[新し]い")]


def test_very_long_texts_are_compared_in_bounded_time() -> None:
    """All of it counts as changed where every word is another, but for what both begin and end with."""
    left, right = (" ".join(f"{name}{number}" for number in range(3_000)) for name in ("a", "b"))
    found = word_changes(f"same {left}", f"same {right}")
    assert found.left is not None
    assert [one.is_changed for one in found.left] == [False, True]


def joined(pairs: list[LinePair], side: str) -> list[str]:
    lines = (getattr(pair, side) for pair in pairs)
    return ["".join(piece.text for piece in line) for line in lines if line is not None]


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_nothing_is_lost_of_either_side(left: str, right: str) -> None:
    pairs = [*line_pairs(left, right)]
    assert joined(pairs, "left") == left.splitlines()
    assert joined(pairs, "right") == right.splitlines()
    assert (left.splitlines() == right.splitlines()) == all(pair.is_equal for pair in pairs)
