"""What somebody may have meant who typed a name that nothing has."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOST = 3  # names that a message suggests
_LISTED = 12  # names that a message lists where none is near


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The names that are spelled nearly like `word`, the nearest first, and those that begin so, in any capitals."""
    by_small, small = {name.casefold(): name for name in sorted(known)}, word.casefold()
    alike = get_close_matches(small, by_small, _MOST, 0.6)
    longer = [name for name in by_small if small and name.startswith(small)]
    return [by_small[name] for name in dict.fromkeys((*alike, *longer))][:_MOST]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: what is near; empty where nothing is."""
    return meant(nearest(word, known))


def meant(near: Iterable[str]) -> str:
    """The end of a message that names what is near; empty where nothing is."""
    names = " or ".join(repr(name) for name in near)
    return f"; did you mean {names}?" if names else ""


def suggestion_by_title(word: str, titles: Mapping[str, str]) -> str:
    """The same as `suggestion` for uids that have titles, which may be empty: a word may be either, both are told."""
    shown = {uid: f"{uid} ({title})" if title not in ("", uid) else uid for uid, title in titles.items()}
    by_word = {known: uid for uid, title in titles.items() for known in (uid, title) if known}
    near = dict.fromkeys(by_word[one] for one in nearest(word, by_word))
    return meant(shown[uid] for uid in near) or suggestion(word, shown.values())


def ended(sentence: str) -> str:
    """A message that another sentence may follow."""
    return sentence if sentence.endswith(("?", ".")) else f"{sentence}."


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: what is near, or else what there is. Empty where there is nothing."""
    names = sorted(set(known))
    if near := did_you_mean(word, names):
        return near
    if not names:
        return ""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"; there is {', '.join(names[:_LISTED])}{more}"
