"""Whether what transforms name is there: a field that is spelled wrongly would pass through as it is, unnoticed.

Names are those of fields of content types, and those that the system gives to all documents, such as the name of an
asset's file. A system without content types has the latter, and the names in its definitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.nearest import did_you_mean, suggestion
from stackferry.errors import UsageError
from stackferry.json_values import as_object, nested, objects_within
from stackferry.model import Stream
from stackferry.transforms.documents import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.documents import Documents
    from stackferry.transforms.transform import Named, Transform


def check_fields(documents: Documents, store: RecordStore, transforms: Collection[Transform]) -> None:
    """Raise UsageError for a content type, a field or a type of fields that there is not; documents are not looked at.

    What tells which fields there are must be in the store (`Documents.describing`).
    """
    types = documents.field_facts(store)
    has_types = any(kind.role is Role.SCHEMA for kind in documents.kinds.values())
    known = {*documents.other_names, *_held(documents, store, (), documents.describing)}
    for asked in transforms:
        if asked.named is None:
            return  # what documents hold after a function is not known
        if kept := sorted((asked.named.fields | asked.named.others) & documents.kept_names):
            raise UsageError(f"--transform {asked.name}: '{kept[0]}' is no field of people's content")
        if types or not has_types:
            _refuse(asked, "content type", asked.named.content_types, types)
            _refuse_fields(asked, asked.named, known | _fields_of_types(asked, asked.named, types))
            _refuse_within_groups(documents, store, asked, asked.named, known)
        known |= asked.named.made


def check_names(documents: Documents, store: RecordStore, transforms: Collection[Transform]) -> None:
    """The same when everything is staged; also for a name that a transform looks for beside fields, and nothing has."""
    check_fields(documents, store, transforms)
    for asked in transforms:
        if asked.named is None:
            return
        if asked.named.others:
            names = {*_held(documents, store, asked.named.content_types)}
            _refuse(asked, "field", asked.named.others, names)


def _fields_of_types(
    asked: Transform, named: Named, types: Mapping[str, AbstractSet[tuple[str, str]]]
) -> set[str]:
    """The fields of the types that a transform is for. Raises UsageError for a type of fields that none has."""
    facts = {fact for name in named.content_types or types for fact in types[name]}
    if types:
        _refuse(asked, "type of fields", named.field_types, {kind for _, kind in facts})
    return {name for name, _ in facts}


def _refuse_fields(asked: Transform, named: Named, names: Collection[str]) -> None:
    if unknown := sorted(named.fields - {*names}):
        hint = did_you_mean(unknown[0], names)
        raise UsageError(
            f"--transform {asked.name}: there is no field '{unknown[0]}'{hint}{_elsewhere(named, unknown)}"
        )
    if named.pattern is not None and not any(map(named.pattern.fullmatch, names)):
        raise UsageError(f"--transform {asked.name}: no field's name matches '{named.pattern.pattern}'")


def _refuse_within_groups(
    documents: Documents, store: RecordStore, asked: Transform, named: Named, known: Collection[str]
) -> None:
    """Raise UsageError where a field is to be renamed that no type has at its top: it would keep its name."""
    stream = Stream("content_types")
    types = [
        row
        for row in store.objects(stream)
        if documents.about("", stream, row, "").content_type in named.content_types
    ]
    for new in named.made:
        for old in named.fields - {*known}:
            if all(documents.with_renamed_field(row, old, new) == row for row in types):
                raise UsageError(
                    f"--transform {asked.name}: '{old}' lies within a group, a block or a global field; only a "
                    "type's own fields can be renamed"
                )


def _elsewhere(named: Named, unknown: Sequence[str]) -> str:
    """What to write where a name is meant all the same; a field is renamed only where its type describes it."""
    if named.made:
        return ""
    return f" (within JSON, or of a type as it once was: other-fields={','.join(unknown)})"


def _refuse(asked: Transform, what: str, names: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        hint = suggestion(unknown[0], known)
        raise UsageError(f"--transform {asked.name}: there is no {what} '{unknown[0]}'{hint}")


def _held(
    documents: Documents, store: RecordStore, only: Collection[str], kinds: Collection[str] = ()
) -> Iterator[str]:
    """The names that documents hold, at any depth; those of these kinds, of all without any."""
    for stream in store.streams():
        kind = documents.kinds.get(stream.kind)
        if kind is not None and kind.role is Role.DOCUMENT and _is_asked_for(stream, only, kinds):
            for record in store.objects(stream):
                yield from _names_in(record, (*kind.path, *kind.fields))


def _is_asked_for(stream: Stream, types: Collection[str], kinds: Collection[str]) -> bool:
    """Whether a stream is of these types and kinds; without any it is, and so is one that has no type."""
    return (not types or stream.type in ("", *types)) and (not kinds or stream.kind in kinds)


def _names_in(record: JsonObject, path: Sequence[str]) -> Iterator[str]:
    """The names in what lies there; without a path in all of it."""
    for value in objects_within(as_object(nested(record, *path)) if path else record):
        yield from value
