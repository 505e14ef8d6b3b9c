"""Content types and global fields as they are written to another stack: rewritten, reduced, softened.

Every function takes a content type or a global field as the API gives it and answers a new one.
Sources: the API pages "Content types" and "Global fields"; the content types of real stacks.
This module must never look into an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from stackferry.model import Json, JsonObject

_ASSETS: Final = "sys_assets"
_Change: TypeAlias = Callable[["JsonObject"], "JsonObject | None"]


def all_fields(content_type: JsonObject) -> Iterator[JsonObject]:
    """Every field, and every modular block, at every depth; a holder before what it holds."""
    yield from _fields(content_type.get("schema"))


def _fields(fields: Json) -> Iterator[JsonObject]:
    for field in fields if isinstance(fields, list) else []:
        if isinstance(field, dict):
            yield field
            yield from _fields(field.get("blocks"))
            yield from _fields(field.get("schema"))


def schema_references(content_type: JsonObject) -> set[str]:
    """The content types that reference fields and rich texts name, inline global fields included."""
    found = (
        uid for field in all_fields(content_type) if _names_content_types(field) for uid in _named(field)
    )
    return set(found) - {_ASSETS}


def schema_global_fields(content_type: JsonObject) -> set[str]:
    """The global fields that fields and modular blocks are made of."""
    return {uid for field in all_fields(content_type) if _is_global(field) for uid in _named(field)}


def schema_extensions(content_type: JsonObject) -> set[str]:
    """The extensions that fields and rich texts use."""
    return {uid for field in all_fields(content_type) for uid in _extensions(field)}


def _names_content_types(field: JsonObject) -> bool:
    return field.get("data_type") in ("reference", "json", "text")


def _is_global(field: JsonObject) -> bool:
    return field.get("data_type") in ("global_field", None)  # a block has no data type


def _named(field: JsonObject) -> list[str]:
    named = field.get("reference_to")
    each = named if isinstance(named, list) else [named]
    return [uid for uid in each if isinstance(uid, str) and uid]


def _extensions(field: JsonObject) -> list[str]:
    metadata = field.get("field_metadata")
    plugins = [field.get("plugins"), metadata.get("plugins") if isinstance(metadata, dict) else None]
    each = [field.get("extension_uid"), *(uid for some in plugins if isinstance(some, list) for uid in some)]
    return [uid for uid in each if isinstance(uid, str) and uid]


def rewrite_schema(
    content_type: JsonObject, extensions: Mapping[str, str], content_types: Mapping[str, str] | None = None
) -> JsonObject:
    """The same schema for a stack where extensions, and perhaps content types, have other uids.

    What a map does not hold stays as it is.
    """
    renamed = content_types or {}

    def change(field: JsonObject) -> JsonObject:
        result = dict(field)
        for holder in (result, _copied(result, "field_metadata")):
            for key in ("extension_uid", "plugins"):
                if key in holder:
                    holder[key] = _mapped(holder[key], extensions)
        if renamed and _names_content_types(field) and "reference_to" in field:
            result["reference_to"] = _mapped(field["reference_to"], renamed)
        return result

    return _changed(content_type, change)


def _copied(holder: JsonObject, key: str) -> JsonObject:
    """The object under `key`, replaced in its holder by a copy that may be altered."""
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
    """A temporary schema that names nothing of what does not exist yet.

    Reference fields lose the missing names, and go when none is left; so do fields and blocks of a missing
    global field or extension, and groups, blocks and modular-blocks fields that this leaves empty. A rich
    text stays, without embedding what is missing. Field rules go: they name fields and entries. If nothing is
    missing, the content type is answered as it is.
    """

    def change(field: JsonObject) -> JsonObject | None:
        if _is_global(field) and any(uid in missing_global_fields for uid in _named(field)):
            return None
        if isinstance(uid := field.get("extension_uid"), str) and uid in missing_extensions:
            return None
        field = _without_plugins(field, missing_extensions)
        return _without_names(field, missing) if _names_content_types(field) else field

    reduced = _changed(content_type, change)
    if reduced == content_type:
        return content_type
    return {key: value for key, value in reduced.items() if key != "field_rules"}


def _without_plugins(field: JsonObject, missing: AbstractSet[str]) -> JsonObject:
    if not any(uid in missing for uid in _extensions(field)):
        return field
    result = dict(field)
    for holder in (result, _copied(result, "field_metadata")):
        plugins = holder.get("plugins")
        if isinstance(plugins, list):
            holder["plugins"] = [uid for uid in plugins if uid not in missing]
    return result


def _without_names(field: JsonObject, missing: AbstractSet[str]) -> JsonObject | None:
    named = _named(field)
    left: list[Json] = [uid for uid in named if uid not in missing]
    if len(left) == len(named):
        return field
    if left:
        return {**field, "reference_to": left}
    if field.get("data_type") == "reference":
        return None
    result = {key: value for key, value in field.items() if key != "reference_to"}
    _copied(result, "field_metadata")["embed_entry"] = False
    return result


_LIMITS: Final = frozenset({"min", "max", "min_instance", "max_instance", "startDate", "endDate"})


def relax_rules(
    content_type: JsonObject, *, unique_titles: bool = True, choices: bool = False
) -> tuple[JsonObject, bool]:
    """The same schema without the rules that an older version might break, and whether anything changed.

    Relaxed at every depth: mandatory, unique, format, limits of number, length, date, size and count, allowed
    file types, mandatory taxonomies. The title of a content type stays mandatory, as the service demands, and
    unique unless `unique_titles` is false. With `choices`, select fields become plain ones, because a choice
    may have been taken away since. Undo it by writing the original.
    """

    def change(field: JsonObject) -> JsonObject:
        result = {key: _loose(field, key, value) for key, value in field.items()}
        if choices and "enum" in result:
            result = {key: value for key, value in result.items() if key not in ("enum", "display_type")}
        if _is_title(field):
            result["mandatory"] = field.get("mandatory")
            if unique_titles:
                result["unique"] = field.get("unique")
            result = {key: value for key, value in result.items() if key in field}
        return result

    softened = _changed(content_type, change)
    return softened, softened != content_type


def _loose(field: JsonObject, key: str, value: Json) -> Json:
    """The value of a rule under which nothing is refused; any other value as it is."""
    if key in ("mandatory", "unique"):
        return False if value is True else value
    if key in _LIMITS:
        return None
    if key == "format" and isinstance(value, str):
        return ""
    if key == "dimension" and isinstance(value, dict):
        return {side: _without_limits(limits) for side, limits in value.items()}
    if key == "extensions" and field.get("data_type") == "file" and isinstance(value, list):
        return []
    if key == "taxonomies" and isinstance(value, list):
        return [_optional(item) for item in value]
    return value


def _without_limits(limits: Json) -> Json:
    return dict.fromkeys(limits) if isinstance(limits, dict) else limits


def _optional(item: Json) -> Json:
    return {**item, "mandatory": False} if isinstance(item, dict) and item.get("mandatory") else item


def _is_title(field: JsonObject) -> bool:
    metadata = field.get("field_metadata")
    is_default = not isinstance(metadata, dict) or metadata.get("_default") is True
    return field.get("uid") == "title" and is_default


def _changed(content_type: JsonObject, change: _Change) -> JsonObject:
    """A content type with every field changed or, where the answer is None, left out; the innermost first.

    A holder whose last field is left out goes with it.
    """
    if not isinstance(content_type.get("schema"), list):
        return content_type
    return {**content_type, "schema": _changed_fields(content_type["schema"], change)}


def _changed_fields(fields: Json, change: _Change) -> Json:
    if not isinstance(fields, list):
        return fields
    return [done for field in fields for done in _changed_field(field, change)]


def _changed_field(field: Json, change: _Change) -> list[Json]:
    """The field as it is to be, or none."""
    if not isinstance(field, dict):
        return [field]
    inner: JsonObject = {
        key: _changed_fields(field[key], change) for key in ("schema", "blocks") if key in field
    }
    is_emptied = any(field[key] and not left for key, left in inner.items())
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
