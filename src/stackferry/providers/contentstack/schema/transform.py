"""Content types and global fields as they are written to another stack: rewritten, reduced, or with relaxed rules.

Every function takes a content type or a global field as the API answers it; it is never altered, a new one is returned.
API pages: "Content types" and "Global fields"; what they leave out is taken from content types of real stacks. This
module must never read an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.json_values import as_list, nested, objects, text, texts
from stackferry.providers.contentstack.references.field_types import ASSET_CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from stackferry.model import Json, JsonObject

_FieldChange: TypeAlias = Callable[["JsonObject"], "JsonObject | None"]  # None: the field is left out


def _all_fields(fields: Json) -> Iterator[JsonObject]:
    """Every field, and every modular block, at every depth; a group before its fields."""
    for field in objects(fields):
        yield field
        # Of a modular blocks field; a block has a `schema` like a group.
        yield from _all_fields(field.get("blocks"))
        yield from _all_fields(field.get("schema"))


def schema_references(content_type: JsonObject) -> set[str]:
    """The uids of content types that reference fields and rich texts name, those of inline global fields included."""
    fields = _all_fields(content_type.get("schema"))
    uids = {
        uid for field in fields if _names_content_types(field) for uid in texts(field.get("reference_to"))
    }
    return uids - {ASSET_CONTENT_TYPE}


def schema_global_fields(content_type: JsonObject) -> set[str]:
    """The uids of global fields that fields and modular blocks consist of."""
    fields = _all_fields(content_type.get("schema"))
    return {uid for field in fields if _may_be_global(field) for uid in texts(field.get("reference_to"))}


def schema_extensions(content_type: JsonObject) -> set[str]:
    """The uids of extensions that fields and rich texts use."""
    return {uid for field in _all_fields(content_type.get("schema")) for uid in _extensions(field)}


def needs(content_type: JsonObject) -> Iterator[tuple[str, str]]:
    """What a type is made of or refers to: kinds and uids."""
    for kind, uids in (
        ("content_types", schema_references(content_type)),
        ("global_fields", schema_global_fields(content_type)),
        ("extensions", schema_extensions(content_type)),
    ):
        yield from ((kind, uid) for uid in sorted(uids))


def fields_naming(content_type: JsonObject, uid: str) -> list[str]:
    """The paths, names joined by dots, of the fields that name an extension, a global field or a content type."""

    def found(fields: Json, at: tuple[str, ...]) -> Iterator[str]:
        for field in objects(fields):
            path = (*at, text(field.get("uid")))
            if uid in (*_extensions(field), *texts(field.get("reference_to"))):
                yield ".".join(path)
            yield from found(field.get("blocks"), path)
            yield from found(field.get("schema"), path)

    return [*found(content_type.get("schema"), ())]


def _names_content_types(field: JsonObject) -> bool:
    """Whether `reference_to` names content types: of a reference field, or those that a rich text may embed."""
    return field.get("data_type") in ("reference", "json", "text")


def _may_be_global(field: JsonObject) -> bool:
    return field.get("data_type") in ("global_field", None)  # a block has no data type


def _extensions(field: JsonObject) -> list[str]:
    """The extension of a custom field, and the plugins of a JSON rich text, which are extensions too."""
    plugins = (as_list(field.get("plugins")), as_list(nested(field, "field_metadata", "plugins")))
    return texts([field.get("extension_uid"), *chain(*plugins)])


def rewrite_schema(content_type: JsonObject, extensions: Mapping[str, str]) -> JsonObject:
    """The same schema for a stack in which extensions have other uids. An extension without a new uid stays."""

    def change(field: JsonObject) -> JsonObject:
        result = dict(field)
        # Plugins occur in either.
        for holder in (result, _copied(result, "field_metadata")):
            for key in ("extension_uid", "plugins"):
                if key in holder:
                    holder[key] = _mapped(holder[key], extensions)
        return result

    return _changed(content_type, change)


def _copied(holder: JsonObject, key: str) -> JsonObject:
    """The object under `key`, replaced in its holder by a copy that may be altered; empty if there is none."""
    inner = holder.get(key)
    if not isinstance(inner, dict):
        return {}
    copy = dict(inner)
    holder[key] = copy
    return copy


def _mapped(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, list):
        return [_mapped(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def without_references(
    content_type: JsonObject,
    missing: AbstractSet[str],
    missing_global_fields: AbstractSet[str] = frozenset(),
    missing_extensions: AbstractSet[str] = frozenset(),
) -> JsonObject:
    """A temporary schema that names nothing of what the target does not have yet: content types may form a cycle.

    Reference fields lose the missing names, and go when none is left. So do fields and blocks of a missing
    global field or extension, and groups, blocks and modular blocks fields that this leaves empty. A rich
    text stays, without embedding what is missing. Field rules go: they name fields and entries. If nothing is
    missing, the content type itself is returned.
    """

    def change(field: JsonObject) -> JsonObject | None:
        if _may_be_global(field) and not missing_global_fields.isdisjoint(texts(field.get("reference_to"))):
            return None
        if text(field.get("extension_uid")) in missing_extensions:
            return None
        field = _without_plugins(field, missing_extensions)
        return _without_content_types(field, missing) if _names_content_types(field) else field

    reduced = _changed(content_type, change)
    if reduced == content_type:
        return content_type
    return {key: value for key, value in reduced.items() if key != "field_rules"}


def _without_plugins(field: JsonObject, missing: AbstractSet[str]) -> JsonObject:
    if missing.isdisjoint(_extensions(field)):
        return field
    result = dict(field)
    for holder in (result, _copied(result, "field_metadata")):
        plugins = holder.get("plugins")
        if isinstance(plugins, list):
            holder["plugins"] = [uid for uid in plugins if uid not in missing]
    return result


def _without_content_types(field: JsonObject, missing: AbstractSet[str]) -> JsonObject | None:
    named = texts(field.get("reference_to"))
    kept: list[Json] = [uid for uid in named if uid not in missing]
    if len(kept) == len(named):
        return field
    if kept:
        return {**field, "reference_to": kept}
    if field.get("data_type") == "reference":  # nothing is left that it could refer to
        return None
    result = {key: value for key, value in field.items() if key != "reference_to"}
    _copied(result, "field_metadata")["embed_entry"] = False
    return result


# Of numbers and lengths, of the elements of multiple fields, of dates.
_LIMITS: Final = frozenset({"min", "max", "min_instance", "max_instance", "startDate", "endDate"})

# What makes a field a select field: its choices, and how they are shown.
_CHOICES: Final = ("enum", "display_type")


def relax_rules(
    content_type: JsonObject, *, unique_titles: bool = True, choices: bool = True
) -> tuple[JsonObject, bool]:
    """The same schema without the rules that a version might break, and whether anything changed.

    A rule may be younger than a version: a field was made mandatory, unique or narrower later, and the service
    would refuse the old content. Relaxed at every depth: mandatory, unique, format, limits of number, length, date,
    size and count, allowed file types, mandatory taxonomies, and (unless `choices` is false) the choices of a select
    field. The title of a content type stays mandatory, as the service demands, and unique unless `unique_titles` is
    false. Undo it by writing the original.
    """

    def change(field: JsonObject) -> JsonObject:
        kept = ("mandatory", "unique")[: 2 if unique_titles else 1] if _is_title(field) else ()
        dropped = _CHOICES if choices and isinstance(field.get("enum"), dict) else ()
        return {
            key: value if key in kept else _relaxed(field, key, value)
            for key, value in field.items()
            if key not in dropped
        }

    relaxed = _changed(content_type, change)
    return relaxed, relaxed != content_type


def _relaxed(field: JsonObject, key: str, value: Json) -> Json:
    """The value of a rule under which nothing is refused; the value of any other key as it is."""
    if key in ("mandatory", "unique"):
        return False if value is True else value
    if key in _LIMITS:
        return None
    if isinstance(value, list):
        return _relaxed_list(field, key, value)
    if key == "format" and isinstance(value, str):
        return ""
    if key == "dimension" and isinstance(value, dict):
        sides = value.items()
        return {side: dict.fromkeys(limits) if isinstance(limits, dict) else limits for side, limits in sides}
    return value


def _relaxed_list(field: JsonObject, key: str, value: list[Json]) -> list[Json]:
    # The allowed file types of a file field; other fields may have a key of that name with another meaning.
    if key == "extensions" and field.get("data_type") == "file":
        return []
    return [_optional(item) for item in value] if key == "taxonomies" else value


def _optional(item: Json) -> Json:
    return {**item, "mandatory": False} if isinstance(item, dict) and item.get("mandatory") else item


def _is_title(field: JsonObject) -> bool:
    """Whether it is the content type's own title, not a field of that name in a group."""
    metadata = field.get("field_metadata")
    # The service marks the fields that it adds itself by `_default`; some content types lack the metadata.
    is_default = not isinstance(metadata, dict) or metadata.get("_default") is True
    return field.get("uid") == "title" and is_default


def _changed(content_type: JsonObject, change: _FieldChange) -> JsonObject:
    """A content type with every field changed or left out, the innermost first.

    A group or block whose last field is left out goes with it.
    """
    if not isinstance(content_type.get("schema"), list):
        return content_type
    return {**content_type, "schema": _changed_fields(content_type["schema"], change)}


def _changed_fields(fields: Json, change: _FieldChange) -> Json:
    if not isinstance(fields, list):
        return fields
    return [new for field in fields for new in _changed_field(field, change)]


def _changed_field(field: Json, change: _FieldChange) -> list[Json]:
    """The field as it is to be, or none."""
    if not isinstance(field, dict):
        return [field]
    inner: JsonObject = {
        key: _changed_fields(field[key], change) for key in ("schema", "blocks") if key in field
    }
    is_emptied = any(field[key] and not remaining for key, remaining in inner.items())
    changed = None if is_emptied else change({**field, **inner})
    return [] if changed is None else [changed]


def outlined(body: JsonObject, global_fields: set[str]) -> JsonObject:
    """The type without the copies of global fields' schemas that a reading brings along."""
    return {name: _outline(item, global_fields) for name, item in body.items()}


def _outline(value: Json, global_fields: set[str]) -> Json:
    if isinstance(value, list):
        return [_outline(item, global_fields) for item in value]
    if not isinstance(value, dict):
        return value
    copied = (
        isinstance(named := value.get("reference_to"), str) and named in global_fields and "schema" in value
    )
    return {
        name: _outline(item, global_fields)
        for name, item in value.items()
        if not (copied and name == "schema")
    }
