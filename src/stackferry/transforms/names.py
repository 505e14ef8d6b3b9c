"""Whether what transforms name is there: a field that is spelled wrongly would pass through as it is, unnoticed.

Names are those of content types, and of what documents hold beside them, such as the name of an asset's file. A system
without content types tells no names, so nothing is checked there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.core.nearest import suggestion
from stackferry.errors import UsageError
from stackferry.json_values import as_object, nested, objects_within
from stackferry.transforms.documents import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.documents import Documents, FieldFacts
    from stackferry.transforms.transform import Named, Transform


def check_names(documents: Documents, store: RecordStore, transforms: Collection[Transform]) -> None:
    """Raise UsageError for a content type, a field or a type of fields that nothing staged has."""
    types = documents.field_facts(store)
    has_types = any(kind.role is Role.SCHEMA for kind in documents.kinds.values())
    made: set[str] = set()  # by the transforms before
    for asked in transforms:
        if asked.named is None:
            return  # what documents hold after a function is not known
        if kept := sorted(asked.named.fields & documents.kept_names):
            raise UsageError(f"--transform {asked.name}: '{kept[0]}' is no field of people's content")
        if types or not has_types:
            _refuse(asked, "content type", asked.named.content_types, types)
        if types:
            _check_fields(asked, asked.named, types, partial(_held, documents, store), made)
        made |= asked.named.made


def _check_fields(
    asked: Transform,
    named: Named,
    types: Mapping[str, Collection[FieldFacts]],
    held: Callable[[Collection[str]], Iterator[str]],
    made: Collection[str],
) -> None:
    facts = {fact for name in named.content_types or types for fact in types[name]}
    names = {*made, *(name for name, _ in facts)}
    if not (named.fields <= names and _matches(named, names)):
        names |= {*held(named.content_types)}  # only then, since all documents are read for it
    _refuse(asked, "field", named.fields, names)
    _refuse(asked, "type of fields", named.field_types, {kind for _, kind in facts})
    if named.pattern is not None and not _matches(named, names):
        raise UsageError(f"--transform {asked.name}: no field's name matches '{named.pattern.pattern}'")


def _matches(named: Named, names: Collection[str]) -> bool:
    """Whether a name matches the pattern, if there is one."""
    return named.pattern is None or any(map(named.pattern.fullmatch, names))


def _refuse(asked: Transform, what: str, names: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        hint = suggestion(unknown[0], known)
        raise UsageError(f"--transform {asked.name}: there is no {what} '{unknown[0]}'{hint}")


def _held(documents: Documents, store: RecordStore, only: Collection[str]) -> Iterator[str]:
    """The names that documents hold, at any depth."""
    for stream in store.streams():
        kind = documents.kinds.get(stream.kind)
        is_asked_for = not only or not stream.type or stream.type in only
        if kind is not None and kind.role is Role.DOCUMENT and is_asked_for:
            for record in store.objects(stream):
                yield from _names_in(record, (*kind.path, *kind.fields))


def _names_in(record: JsonObject, path: Sequence[str]) -> Iterator[str]:
    """The names in what lies there; without a path in all of it."""
    for value in objects_within(as_object(nested(record, *path)) if path else record):
        yield from value
