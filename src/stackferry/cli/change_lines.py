"""The edits that `diff` found, for people: a line for each, and both values below it where they are long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.cli.summary import subject, title_text, value_text
from stackferry.json_values import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.library.reports import VerifyReport
    from stackferry.model import JsonObject
    from stackferry.providers.reading.told import Told

_ONE_SIDED: Final = {"added": "only in B", "removed": "only in A"}
_SHORT: Final = 40  # values up to this length stand on the line itself
_LONGEST: Final = 300  # characters of a value
_AROUND: Final = 40  # characters of context that a long value shows around what changed


def change_lines(found: VerifyReport) -> Iterator[str]:
    """Each edit; A is the left side of the command, B the right one."""
    for row, told in zip(found.differences, found.told, strict=True):
        yield from _lines(row, told)


def _lines(row: JsonObject, told: Told) -> Iterator[str]:
    word = str(row.get("change") or _word(row))
    head = f"{_ONE_SIDED.get(word, word)}: {_head(row, told)}{_facts(row)}"
    if word == "moved":
        yield f"{head}: {way(told)}"
    elif not row.get("path") or (told.left is None and told.right is None):
        yield head
    elif word in _ONE_SIDED:  # what was put in or taken out is one line, however long it is
        yield f"{head}: {quoted(told.left if told.left is not None else told.right)}"
    else:
        yield from _both(head, told)


def _both(head: str, told: Told) -> Iterator[str]:
    left, right = (value if value is not None else "(empty)" for value in (told.left, told.right))
    if len(left) <= _SHORT and len(right) <= _SHORT:
        yield f"{head}: A {quoted(left)} → B {quoted(right)}"
        return
    yield head
    parts = what_differs(left, right, _LONGEST)
    yield from (f"    {name} {quoted(part)}" for name, part in zip("AB", parts, strict=True))


def what_differs(left: str, right: str, longest: int) -> tuple[str, str]:
    """Both values; of one longer than `longest` the part that is another, with what stands around it."""
    start, end = _same(left, right), _same(left[::-1], right[::-1])
    end = min(end, len(left) - start, len(right) - start)
    here, there = (_around(value, start, end, longest) for value in (left, right))
    return here, there


def _same(left: str, right: str) -> int:
    """With how many equal letters both begin."""
    shorter = min(len(left), len(right))
    return next((at for at in range(shorter) if left[at] != right[at]), shorter)


def _around(value: str, start: int, end: int, longest: int) -> str:
    if len(value) <= longest:
        return value
    first, last = max(0, start - _AROUND), min(len(value), len(value) - end + _AROUND)
    return f"{'…' if first else ''}{value[first:last]}{'…' if last < len(value) else ''}"


def quoted(words: str | None) -> str:
    """Words on one line, in quotes, with what a terminal would not show as signs; of many the beginning."""
    if words is None or words == "(empty)":
        return "(empty)"
    return value_text(words.replace("\n", " ¶ "))


def way(told: Told) -> str:
    """From where to where a part has moved."""
    if not told.left:
        return told.right or ""
    return f"from {told.left}{f' to {told.right}' if told.right else ''}"


def _word(row: JsonObject) -> str:
    if ("left" in row) == ("right" in row):
        return "changed"
    return "removed" if "left" in row else "added"


def _head(row: JsonObject, told: Told) -> str:
    """Kind, type, uid, language, title and field."""
    about = subject({**row, "path": ""})
    title = row.get("title")
    field = " ".join(filter(None, (told.label, told.locale and f"({told.locale})")))
    return " ".join(filter(None, (about, title_text(title) if title else "", field)))


def _facts(row: JsonObject) -> str:
    """What else an edit names: an item of a release, a variant, what is scheduled."""
    parts = [f"{name} {row[name]}" for name in ("variant", "action", "at") if row.get(name)]
    if since := row.get("missing_since"):
        parts.append(f"missing since {since}")
    if row.get("item_title"):
        parts.insert(0, title_text(row["item_title"]))
    if row.get("kind") == "schedules" and row.get("environment"):
        parts.append(f"in {row['environment']}")
    languages = [str(one) for one in as_list(row.get("locales"))]
    parts += [", ".join(languages)] if languages else []
    return f" ({'; '.join(parts)})" if parts else ""
