"""Credentials inside texts, for every system."""

from __future__ import annotations

import pytest

from stackferry.providers.secrets.shapes import without_secrets


@pytest.mark.parametrize("is_script", [False, True])
@pytest.mark.parametrize("word", ["x", "a-", "a+."])
def test_a_long_word_is_read_once(word: str, is_script: bool) -> None:
    """Read again from each of its letters, this one would take hours, and not be ready before the time limit."""
    text = word * 60_000
    assert without_secrets(text, lambda _: "hidden", is_script=is_script) == text


def test_what_stands_after_a_long_word_is_found() -> None:
    text = f"{'x' * 60_000}https://user:pass-word-1@example.invalid/ {'y' * 60_000}Token: 'abc123def456'"
    found = without_secrets(text, lambda _: "hidden", is_script=True)
    assert found.count("hidden") == 2
    assert "pass-word-1" not in found
    assert "abc123def456" not in found
