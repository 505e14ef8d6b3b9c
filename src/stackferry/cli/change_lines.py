"""The edits that `diff` found, for people: a line for each, and both values below it where it has any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.cli.summary import subject, value_text
from stackferry.json_values import as_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject

_ONE_SIDED = {"added": "only in B", "removed": "only in A"}
_SHORT = 40  # values up to this length stand on the line itself


def change_lines(rows: Iterable[JsonObject]) -> Iterator[str]:
    """Each edit; A is the left side of the command, B the right one."""
    for row in rows:
        yield from _lines(row)


def _lines(row: JsonObject) -> Iterator[str]:
    word = str(row.get("change") or _word(row))
    head = f"{_head(row)}{_facts(row)}"
    if word == "moved":
        yield f"moved: {head}{_way(row)}"
        return
    label, sides = _ONE_SIDED.get(word, word), _sides(row, word)
    if not row.get("path") or not sides:
        yield f"{label}: {head}"
    elif all(len(value) <= _SHORT for _, value in sides):
        yield f"{label}: {head}: {' → '.join(value for _, value in sides)}"
    else:
        yield f"{label}: {head}"
        yield from (f"    {name} {value}" for name, value in sides)


def _sides(row: JsonObject, word: str) -> list[tuple[str, str]]:
    """The values of the two sides; of one that was added or removed only its own."""
    sides = [(name, value_text(row[side])) for name, side in (("A", "left"), ("B", "right")) if side in row]
    if word == "changed" and len(sides) == 1:
        empty = ("B", "(empty)") if "left" in row else ("A", "(empty)")
        return sorted([*sides, empty])
    return sides


def _word(row: JsonObject) -> str:
    if ("left" in row) == ("right" in row):
        return "changed"
    return "removed" if "left" in row else "added"


def _head(row: JsonObject) -> str:
    """Kind, type, uid, language, title and path."""
    about = subject({**row, "path": ""})
    title = row.get("title")
    path = row.get("path")
    return " ".join(filter(None, (about, value_text(title) if title else "", str(path) if path else "")))


def _facts(row: JsonObject) -> str:
    """What else an edit names: an item of a release, a variant, what is scheduled."""
    parts = [f"{name} {row[name]}" for name in ("variant", "action", "at") if row.get(name)]
    if since := row.get("missing_since"):
        parts.append(f"missing since {since}")
    if row.get("item_title"):
        parts.insert(0, value_text(row["item_title"]))
    if row.get("kind") == "schedules" and row.get("environment"):
        parts.append(f"in {row['environment']}")
    languages = [str(one) for one in as_list(row.get("locales"))]
    parts += [", ".join(languages)] if languages else []
    return f" ({'; '.join(parts)})" if parts else ""


def _way(row: JsonObject) -> str:
    """From where to where, by places in a list, by the names of what it lies in, or by what it stands next to."""
    if row.get("after"):
        return f": now behind {row['after']}"
    if row.get("before"):
        return f": now before {row['before']}"
    to: Json = row.get("to")
    return f": from {row.get('from')}{f' to {to}' if to else ''}"
