"""Whether what transforms name is there: a field that is spelled wrongly would pass through as it is, unnoticed.

Names are those of content types, and of what documents hold beside them, such as the name of an asset's file. A system
without content types tells no names, so nothing is checked there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.core.nearest import suggestion
from stackferry.errors import UsageError
from stackferry.json_values import as_object, nested, objects_within
from stackferry.transforms.documents import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore
    from stackferry.transforms.documents import Documents
    from stackferry.transforms.transform import Named, Transform


def check_names(documents: Documents, store: RecordStore, transforms: Collection[Transform]) -> None:
    """Raise UsageError for a content type, a field or a type of fields that nothing staged has."""
    for asked in _unknown_to_types(documents, store, transforms):
        _refuse_fields(asked, {*asked.known, *_held(documents, store, asked.content_types)})


def doubtful_names(
    documents: Documents, store: RecordStore, transforms: Collection[Transform]
) -> Iterator[str]:
    """The same while types alone are staged; a sentence for each field that none of them has.

    What documents hold in values that no type describes, or beside fields, may have that name.
    """
    for asked in _unknown_to_types(documents, store, transforms):
        try:
            _refuse_fields(asked, asked.known)
        except UsageError as unknown:
            yield str(unknown)


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A transform that names a field which none of its types has. `known`: the fields that there are."""

    transform: Transform
    named: Named
    known: AbstractSet[str]

    @property
    def content_types(self) -> Collection[str]:
        return self.named.content_types


def _unknown_to_types(
    documents: Documents, store: RecordStore, transforms: Collection[Transform]
) -> Iterator[_Unknown]:
    """Raises UsageError for what types alone tell: a content type, or a type of fields, that is not there."""
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
            names = made | _fields_of_types(asked, asked.named, types)
            if not (asked.named.fields <= names and _matches(asked.named, names)):
                yield _Unknown(asked, asked.named, names)
        made |= asked.named.made


def _fields_of_types(
    asked: Transform, named: Named, types: Mapping[str, AbstractSet[tuple[str, str]]]
) -> set[str]:
    """The fields of the types that a transform is for. Raises UsageError for a type of fields that none has."""
    facts = {fact for name in named.content_types or types for fact in types[name]}
    _refuse(asked, "type of fields", named.field_types, {kind for _, kind in facts})
    return {name for name, _ in facts}


def _refuse_fields(asked: _Unknown, names: Collection[str]) -> None:
    _refuse(asked.transform, "field", asked.named.fields, names)
    if asked.named.pattern is not None and not _matches(asked.named, names):
        pattern = asked.named.pattern.pattern
        raise UsageError(f"--transform {asked.transform.name}: no field's name matches '{pattern}'")


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
