"""Fields that the target's types have beyond the snapshot's, and what its entries hold in them: an import keeps both.

To write a type without a field deletes what every entry has in it, so an update of a type keeps the target's fields.

At the top of an entry a write leaves alone what it does not name. A group or a block may be replaced as a whole, so
what the target's own holds in such a field inside of it is written along. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Stream

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext, WriteOptions

# What holds fields: of a modular blocks field its blocks, of a group or a block a schema.
_HOLDERS: Final = ("blocks", "schema")
# Added fields, by name; one that holds others is there with those of them that were added.
Tree: TypeAlias = "dict[str, Tree]"


def keeps_added_fields(options: WriteOptions) -> bool:
    """Whether a type keeps them: what is mirrored in place has the snapshot's fields alone."""
    return not (options.mirror and options.in_place)


def with_added_fields(written: JsonObject, held: JsonObject) -> tuple[JsonObject, list[str]]:
    """A type as it is written, with the fields that the target's own has besides; and their paths, joined by dots.

    Each stands where it stands in the target: after the field that is before it there.
    """
    added: list[str] = []
    schema = _merged(written.get("schema"), held.get("schema"), "", added)
    return {**written, "schema": schema} if added else written, added


def is_block(held: JsonObject, path: str) -> bool:
    """Whether a path of `with_added_fields` is a sort of block: not a field, but what a list of blocks may hold."""
    fields: Json = held.get("schema")
    field: JsonObject = {}
    for name in path.split("."):
        field = next((one for one in objects(fields) if one.get("uid") == name), {})
        fields = field.get("blocks") if "blocks" in field else field.get("schema")
    return "data_type" not in field  # a block has none


def _merged(written: Json, held: Json, at: str, added: list[str]) -> Json:
    """Two lists of fields, or of blocks."""
    others = {text(field.get("uid")): field for field in objects(held)}
    result: list[JsonObject] = []
    for field in objects(written):
        other = others.get(text(field.get("uid")))
        result.append(field if other is None else _with_inner(field, other, at, added))
    known = {text(field.get("uid")) for field in result}
    before = ""
    for uid, field in others.items():
        if uid not in known:
            added.append(f"{at}{uid}")
            result.insert(_place_after(result, before) if before else 0, field)
        before = uid
    return [*result]


def _place_after(fields: list[JsonObject], uid: str) -> int:
    return next((place for place, one in enumerate(fields, 1) if text(one.get("uid")) == uid), 0)


def _with_inner(field: JsonObject, other: JsonObject, at: str, added: list[str]) -> JsonObject:
    """A field that both have, with what the target's has inside of it."""
    if field.get("data_type") != other.get("data_type"):
        return field
    result = dict(field)
    for name in _HOLDERS:
        if name in field and name in other:
            result[name] = _merged(field[name], other[name], f"{at}{text(field.get('uid'))}.", added)
    return result


class AddedFields:
    """The fields that the target's types have beyond the snapshot's; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._trees: dict[str, Tree] = {}

    def of(self, content_type: str) -> Tree:
        if content_type not in self._trees:
            stream = Stream("content_types")
            own, held = (
                side.get(stream, content_type) for side in (self._context.source, self._context.target)
            )
            _, paths = with_added_fields(own, held) if own and held else (None, ())
            tree: Tree = {}
            for path in paths:
                level = tree
                for name in path.split("."):
                    level = level.setdefault(name, {})
            self._trees[content_type] = tree
        return self._trees[content_type]

    def are_mandatory(self, content_type: str) -> bool:
        """Whether one of them must have a value, which no entry of the snapshot has."""
        held = self._context.target.get(Stream("content_types"), content_type) or {}
        return _is_any_mandatory(held.get("schema"), self.of(content_type))


def _is_any_mandatory(fields: Json, tree: Tree) -> bool:
    for field in objects(fields):
        below = tree.get(text(field.get("uid")))
        if below is not None and not below and field.get("mandatory") is True:
            return True
        if below and any(_is_any_mandatory(field.get(name), below) for name in _HOLDERS):
            return True
    return False


def without_added(document: JsonObject, tree: Tree) -> JsonObject:
    """A document of either side without what it holds in such fields.

    A single group that holds nothing else is left out: beside a group that is absent it is no difference.
    """
    return as_object(_without(document, tree)) if tree else document


def _without(value: Json, tree: Tree, *, is_item: bool = False) -> Json:
    if isinstance(value, list):
        return [_without(item, tree, is_item=True) for item in value]
    if not isinstance(value, dict):
        return value
    result: JsonObject = {}
    for name, item in value.items():
        below = tree.get(name, {})
        if name in tree and not below:  # a field that was added itself has none below it
            continue
        kept = _without(item, below)
        if is_item or not below or not _is_empty(kept):
            result[name] = kept
    return result


def _is_empty(value: Json) -> bool:
    """Whether it is a group without any value."""
    return isinstance(value, dict) and all(one is None for one in value.values())


def with_added(body: JsonObject, held: JsonObject, tree: Tree) -> JsonObject:
    """The fields to write, each group and block with what the target's `held` document has in added fields inside.

    A single group that the body lacks is there with these alone; an instance of a repeated one goes with them.
    """
    inside = {name: below for name, below in tree.items() if below}
    return as_object(_with(body, held, inside)) if inside else body


def _with(value: Json, held: Json, tree: Tree) -> Json:
    if isinstance(value, list) and isinstance(held, list):
        others = _by_instance(held)
        return [_with_item(item, others.get(_instance(item)), tree) for item in value]
    if not (isinstance(value, dict) and isinstance(held, dict)):
        return value
    result = dict(value)
    for name, below in tree.items():
        if name in held:
            _add(result, name, held[name], below)
    return result


def _by_instance(items: list[Json]) -> dict[str, Json]:
    return {uid: item for item in items if (uid := _instance(item))}


def _add(result: JsonObject, name: str, held: Json, below: Tree) -> None:
    if not below:
        result.setdefault(name, held)
    elif result.get(name) is not None:
        result[name] = _with(result[name], held, below)
    elif isinstance(held, dict) and (added := as_object(_with({}, held, below))):
        result[name] = added


def _with_item(item: Json, held: Json, tree: Tree) -> Json:
    """An instance of a group, or a block, whose sort is a name that no other is to get beside it."""
    names = as_object(item).keys()
    return _with(item, held, {name: below for name, below in tree.items() if not below or name in names})


def _instance(item: Json) -> str:
    """The uid of an instance of a group, or of a block, which lies in an object that names the block."""
    own = text(nested(item, "_metadata", "uid"))
    inner = (text(nested(one, "_metadata", "uid")) for one in as_object(item).values())
    return own or next(filter(None, inner), "")
