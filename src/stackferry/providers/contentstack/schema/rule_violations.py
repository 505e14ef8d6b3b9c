"""Whether a document breaks the rules that its content type has today: then the service would refuse it.

A rule may be younger than the content: a field was made mandatory, unique or narrower later. What the service checks
exactly is not documented for every rule, so where this cannot tell, a document counts as one that may break it: that
costs two requests a type, and loses nothing. Rules that are about several documents (unique) are given as values that
must not repeat. Pure.
API pages: the sections of "Content types" about each field's rules; JSON of content types of real stacks.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, objects, text
from stackferry.providers.contentstack.references.model import fields_by_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.model import Schema

    FieldAt = tuple[str, JsonObject, Json]  # the uids that lead to a field, the field, its value at one place

_EMPTY: Final[tuple[Json, ...]] = (None, "", [])
_GROUPS: Final = ("group", "global_field")
# A quantified group may take a backtracking matcher for ever; one character after another does not.
_UNSTEADY: Final = re.compile(r"\)(?:[*+]|\{\d+,\d*\})")
_ESCAPES_AND_CLASSES: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATS: Final = re.compile(r"[*+]|\{\d+,\d*\}")
# The service's own pattern for an email address: its groups do not overlap, so it is soon done with any value.
_EMAIL: Final = (
    r"""(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*|"(?:[\x01-\x08\x0b\x0"""
    r"""c\x0e-\x1f\x21\x23-\x5b\x5d-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*")@(?:(?:[a-z0-9](?:[a"""
    r"""-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[(?:(?:25[0-5]|2[0-4][0-9]|[01]?["""
    r"""0-9][0-9]?)\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?|[a-z0-9-]*[a-z0-9]:(?:[\x01-\x0"""
    r"""8\x0b\x0c\x0e-\x1f\x21-\x5a\x53-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])+)\])"""
)
_MOST_STEPS: Final = 1_000_000  # that a pattern may take on one value
_LONGEST: Final = 1_000  # characters of a value that a pattern is tried on


def breaks_rules(schema: Schema, document: JsonObject, *, is_master: bool = True) -> bool:
    """Whether a document may break a rule by itself. What another language has from the master is the master's."""
    fields = _fields_at(schema, schema.fields, document, "", is_master=is_master)
    return any(_breaks(field, value) for _, field, value in fields)


def unique_values(
    schema: Schema, document: JsonObject, *, is_master: bool = True
) -> Iterator[tuple[str, Json]]:
    """The values that no other document of the type and language may have, each with its place in the schema."""
    for path, field, value in _fields_at(schema, schema.fields, document, "", is_master=is_master):
        if field.get("unique") is True and value not in _EMPTY:
            yield path, value


def _fields_at(
    schema: Schema, fields: Json, holder: JsonObject, above: str, *, is_master: bool
) -> Iterator[FieldAt]:
    """Every field at every place of a document, outer ones first."""
    for uid, field in fields_by_uid(fields).items():
        if field.get("non_localizable") is True and not is_master:
            continue
        value, path = holder.get(uid), f"{above}/{uid}"
        yield path, field, value
        for inner, instance in _instances(schema, field, value):
            yield from _fields_at(schema, inner, instance, path, is_master=is_master)


def _instances(schema: Schema, field: JsonObject, value: Json) -> Iterator[tuple[Json, JsonObject]]:
    """The groups and blocks in a value, each with its fields. A single group that is absent is one without values."""
    kind = field.get("data_type")
    if kind in _GROUPS:
        if value in _EMPTY and field.get("multiple") is True:
            return
        for item in _items(value or {}):
            yield schema.fields_of(field), as_object(item)
    elif kind == "blocks":
        yield from _blocks(schema, field, value)


def _blocks(schema: Schema, field: JsonObject, value: Json) -> Iterator[tuple[Json, JsonObject]]:
    blocks = fields_by_uid(field.get("blocks"))
    for item in _items(value):
        for uid, instance in as_object(item).items():
            if uid in blocks:
                yield schema.fields_of(blocks[uid]), as_object(instance)


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _breaks(field: JsonObject, value: Json) -> bool:
    """Whether a value breaks a rule of its field."""
    if _lacks_taxonomy(field, value):
        return True
    if value in _EMPTY:
        return field.get("mandatory") is True
    items = _items(value)
    is_counted = isinstance(value, list) and not _is_within(
        len(items), field.get("min_instance"), field.get("max_instance")
    )
    return is_counted or any(_breaks_item(field, item) for item in items)


def _breaks_item(field: JsonObject, item: Json) -> bool:
    choices = [choice.get("value") for choice in objects(as_object(field.get("enum")).get("choices"))]
    if isinstance(field.get("enum"), dict) and item not in ("", *choices):
        return True
    least, most = field.get("min"), field.get("max")
    match field.get("data_type"):
        case "text":
            return _breaks_text(field, text(item))
        case "isodate":
            return not _is_between(text(item), field.get("startDate"), field.get("endDate"))
        case "file":
            return _breaks_file(field, item)
        case _:
            return not _is_within(item, least, most)


def _breaks_text(field: JsonObject, words: str) -> bool:
    least, most = field.get("min"), field.get("max")
    # Whether the service counts characters or UTF-16 units is not said: both must be within the limits.
    lengths = {len(words), len(words.encode("utf-16-le", "surrogatepass")) // 2}
    is_too_long = not all(_is_within(each, least, most) for each in lengths)
    return is_too_long or not _fits(text(field.get("format")), words)


def _is_within(value: Json, least: Json, most: Json) -> bool:
    """Whether a number is within limits; no limit is null. What is no number is in doubt wherever there is a limit."""
    if least in _EMPTY and most in _EMPTY:
        return True
    return all(
        limit in _EMPTY or (_is_number(limit) and _is_number(value) and sign * value <= sign * limit)  # type: ignore[operator]  # both are numbers
        for sign, limit in ((-1, least), (1, most))
    )


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_between(moment: str, start: Json, end: Json) -> bool:
    try:
        return all(
            limit in _EMPTY
            or sign * (datetime.fromisoformat(moment) - datetime.fromisoformat(text(limit))).total_seconds()
            <= 0
            for sign, limit in ((-1, start), (1, end))
        )
    except (ValueError, TypeError):  # a form that is not known here, or only one of both has a time zone
        return False


def _breaks_file(field: JsonObject, item: Json) -> bool:
    """Whether a file is of a type that the field does not take, or too small or too large.

    Its width and height are in no answer unless they are asked for, so rules about them are not looked at.
    """
    file = as_object(item)
    size, taken = text(file.get("file_size")), {text(one).lower() for one in as_list(field.get("extensions"))}
    bytes_ = int(size) if size.isdecimal() else file.get("file_size")
    if not _is_within(bytes_, field.get("min"), field.get("max")):  # in real content types they are bytes
        return True
    return bool(taken) and text(file.get("filename")).rpartition(".")[2].lower() not in taken


def _lacks_taxonomy(field: JsonObject, value: Json) -> bool:
    """Whether a field lacks terms of a taxonomy of which it must have some."""
    held = {item.get("taxonomy_uid") for item in objects(value)}
    return any(
        row.get("mandatory") is True and row.get("taxonomy_uid") not in held
        for row in objects(field.get("taxonomies"))
    )


def _fits(pattern: str, value: str) -> bool:
    """Whether a value surely matches a pattern, which is JavaScript's."""
    compiled = _compiled(pattern) if pattern else None
    if compiled is None:
        return not pattern
    repeats = len(_REPEATS.findall(_ESCAPES_AND_CLASSES.sub("x", pattern)))
    # Python's `$` also matches before a line break at the end, JavaScript's does not.
    is_short = pattern == _EMAIL or (len(value) + 1) ** repeats <= _MOST_STEPS
    is_judged = is_short and len(value) <= _LONGEST and not value.endswith("\n")
    return is_judged and compiled.search(value) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern; none where it is not Python's as well, or could take for ever."""
    if pattern != _EMAIL and _UNSTEADY.search(_ESCAPES_AND_CLASSES.sub("x", pattern)):
        return None
    try:
        return re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError):
        return None
