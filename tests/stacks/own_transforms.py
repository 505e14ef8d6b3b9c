"""Transforms as users write them, good ones and bad ones."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackferry import About
    from stackferry.model import JsonObject

SEEN: list[About] = []
_NUMBERS = count()
a_constant = "no function"


def look(document: JsonObject, about: About) -> JsonObject:
    """Changes nothing, and notes what it was shown."""
    SEEN.append(about)
    return document


def leave_out(document: JsonObject, about: About, **of: str) -> JsonObject | None:
    """Leaves out what has all of these facts."""
    facts = about._asdict()
    return None if all(str(facts[name]) == value for name, value in of.items()) else document


def shout(document: Any, about: About) -> Any:
    """Works in place; what has no title stays as it is."""
    if about.kind in ("entries", "versions") and isinstance(document.get("title"), str):
        document["title"] = document["title"].upper()
    return document


def raises(_document: JsonObject, _: About) -> JsonObject:
    raise KeyError("author")


def ends_the_program(_: JsonObject, __: About) -> Any:
    raise SystemExit(3)


def gives_a_list(document: JsonObject, _: About) -> Any:
    return [document]


def gives_no_json(document: JsonObject, _: About) -> Any:
    return {**document, "score": float("nan")}


def counts(document: JsonObject, _: About) -> JsonObject:
    """Not deterministic."""
    return {**document, "number": next(_NUMBERS)}


def moves(document: JsonObject, _: About, name: str) -> Any:
    """Changes what says which document it is."""
    return {**document, name: {"id": "elsewhere"} if name == "sys" else "elsewhere"}
