"""Values and names of fields in words, where nobody says better how they read. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.core.json_diff import ABSENT, Side
from stackferry.json_values import as_list, text
from stackferry.providers.reading.told import Facts, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Json, JsonObject

SEPARATOR: Final = " › "
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class PlainReader:
    """Names of fields as the service spells them, values as they are: for a system that says nothing better."""

    live_kinds: Sequence[str] = ()

    def told(self, row: JsonObject) -> Told:
        return Told(label_of(text(row.get("path"))), *side_words(row, plain_words))

    def whole(self, row: JsonObject, root: str) -> tuple[str | None, str | None]:
        del row, root
        return None, None

    def type_name(self, uid: str) -> str:
        return uid

    def facts(self, kind: str, record: JsonObject) -> Facts:
        del kind, record
        return Facts()

    def releases(self) -> Iterator[str]:
        yield from ()


def same_uid(kind: str, uid: str) -> str | None:
    """The identities of one place: each object is itself."""
    del kind
    return uid


def side_words(row: JsonObject, words: Callable[[Json], str]) -> tuple[str | None, str | None]:
    """Both values of a change in words; of what moved, where it was and where it is."""
    if row.get("change") == "moved":
        return _way(row)
    left, right = (words(row[name]) if name in row else None for name in ("left", "right"))
    return left, right


def _way(row: JsonObject) -> tuple[str, str]:
    """From where to where, by places in a list, by the names of what it lies in, or by what it stands next to."""
    for name, word in (("after", "behind"), ("before", "before")):
        if row.get(name):
            return "", f"now {word} {text(row[name])}"
    origin, to = text(row.get("from")), text(row.get("to"))
    if not to and origin.startswith("/"):
        return _place(origin), _place(text(row.get("path")))
    return origin, to


def _place(path: str) -> str:
    last = path.rpartition("/")[2]
    return f"place {int(last) + 1}" if last.isdecimal() else label_of(path)


def plain_words(value: Json) -> str:
    """A value as a person reads it: yes and no, nothing for null, the names of an object, else JSON."""
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(map(plain_words, value)) or "(empty)"
    if isinstance(value, dict):
        return named(value) or exact_json.dumps(value).decode("utf-8", "surrogatepass")
    return exact_json.dumps(value).decode("utf-8", "surrogatepass")


def named(value: JsonObject) -> str:
    """An object by its name, where that is nearly all of it."""
    found = next(
        (text(value[name]) for name in ("title", "name", "displayName") if text(value.get(name))), ""
    )
    return found if len(value) <= 3 else ""


def label_of(path: str) -> str:
    """The steps of a path as words; the places of a list count from 1."""
    return SEPARATOR.join(map(humanised, steps_of(path)))


def steps_of(path: str) -> list[str]:
    """The steps of a JSON pointer."""
    return [
        step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[path.startswith("/") :] if step
    ]


def humanised(step: str) -> str:
    """A name as programs spell it, as words: "deployPhases" is "Deploy phases", "2" is "3"."""
    if step.isdecimal():
        return str(int(step) + 1)
    if not step.isidentifier():
        return step
    words = _CAPITAL.sub(" ", step).replace("_", " ").strip()
    is_name = words.isupper() or words != words.lower()
    words = words if words.isupper() else words.lower() if is_name and words[:1].islower() else words
    return f"{words[:1].upper()}{words[1:]}"


def value_at(document: Json, steps: Iterable[str]) -> Side:
    """The value behind these steps; ABSENT where there is none."""
    value: Json = document
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = as_list(value)[int(step)]
        else:
            return ABSENT
    return value


def lines_of(parts: Iterable[str]) -> str:
    """Texts as lines of one, without those that are empty."""
    return "\n".join(line for part in parts for line in part.splitlines() if line.strip())


def in_fields(value: JsonObject, left_out: frozenset[str], words: Callable[[Json], str]) -> str:
    """An object as lines of its members: "Heading: Welcome"."""
    return lines_of(
        f"{humanised(name)}: {words(item)}"
        for name, item in value.items()
        if (name not in left_out and as_list(item) != []) or (item and not isinstance(item, list))
    )
