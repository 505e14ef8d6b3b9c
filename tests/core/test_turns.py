"""Pieces of a sequence, and sequences in turns."""

from __future__ import annotations

from stackferry.core.batches import batched, in_turns


def test_the_last_piece_is_the_shorter_one() -> None:
    assert [*batched("abcde", 2)] == [("a", "b"), ("c", "d"), ("e",)]


def test_parts_take_turns_group_by_group_until_each_has_ended() -> None:
    assert "".join(in_turns([["ab", "c"], [], ["d", "", "efg"]])) == "abdcefg"
