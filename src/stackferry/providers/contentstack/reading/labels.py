"""Where in an entry a value stands, by the display names of its content type. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import escaped
from stackferry.json_values import as_list, as_object, objects, text
from stackferry.providers.contentstack.references.model import Schema, fields_by_uid
from stackferry.providers.reading.plain import SEPARATOR, humanised, steps_of

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


# What the parts of a field of type "link" are called.
_LINK: Final = {"title": "Title", "href": "URL"}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in an entry. `field` is the schema of the field or block that it lies in; None where no type knows it.

    `root` is the path of the rich text that it lies in. `block`: where it is a whole element of a blocks field, the
    name of its sort.
    """

    label: str
    field: JsonObject | None
    root: str = ""
    block: str = ""


def spot_of(schema: Schema, path: str, document: Json, element: Json = None) -> Spot:
    """What a path means. `document` tells blocks of one sort from each other; it may be empty. `element` is what stands
    at the path, where that is in the document no more."""
    return _Walk(schema, steps_of(path), document, element).spot()


class _Walk:
    """Goes down a document and the schema at the same time, step by step."""

    def __init__(self, schema: Schema, steps: list[str], document: Json, element: Json) -> None:
        self._schema, self._steps, self._element = schema, steps, element
        self._value, self._at = document, ""
        self._labels: list[str] = []
        self._field: JsonObject | None = None
        self._name = ""  # of the latest block

    def spot(self) -> Spot:
        fields = self._schema.fields
        while self._steps:
            field = fields_by_uid(fields).get(self._steps[0])
            step = self._step()
            self._field = field
            if field is None:
                self._labels += [humanised(step), *map(humanised, self._steps)]
                break
            self._labels.append(text(field.get("display_name")) or humanised(step))
            kind = field.get("data_type")
            if kind == "blocks":
                if self._block(field):
                    return self._spot(block=self._name)
                fields = self._schema.fields_of(self._field or {})
                continue
            self._several()
            if is_rich(field):
                return self._spot(root=self._at)
            fields = self._schema.fields_of(field) if kind in ("group", "global_field") else None
            if fields is None:
                if kind == "link" and self._steps:  # its two parts are values of their own
                    self._labels.append(_LINK.get(self._steps[0], humanised(self._steps[0])))
                break
        return self._spot()

    def _spot(self, root: str = "", block: str = "") -> Spot:
        return Spot(SEPARATOR.join(self._labels), self._field, root, block)

    def _step(self) -> str:
        step = self._steps.pop(0)
        self._at += f"/{escaped(step)}"
        if isinstance(self._value, list):
            self._value = (
                self._value[int(step)] if step.isdecimal() and int(step) < len(self._value) else None
            )
        else:
            self._value = as_object(self._value).get(step)
        return step

    def _several(self) -> None:
        """The place in a field that holds several values."""
        if self._steps and self._steps[0].isdecimal():
            self._labels[-1] += f" {int(self._step()) + 1}"

    def _block(self, field: JsonObject) -> bool:
        """Goes into an element of a blocks field; whether the path ends there."""
        if not self._steps:
            return True
        blocks, every = fields_by_uid(field.get("blocks")), self._value
        place, is_end = self._step(), not self._steps
        name = next(iter(as_object(self._element or self._value)), "") if is_end else self._step()
        self._labels.append(_called(blocks, name, [] if is_end and self._element else every, place))
        self._field, self._name = blocks.get(name), name
        return not self._steps


def _called(blocks: dict[str, JsonObject], name: str, every: Json, place: str) -> str:
    """A block by its title; by its number, too, where there are several of its sort."""
    title = text(as_object(blocks.get(name)).get("title")) or humanised(name) if name else str(int(place) + 1)
    same = [at for at, one in enumerate(as_list(every)) if name in as_object(one)]
    number = f" {same.index(int(place)) + 1}" if len(same) > 1 and int(place) in same else ""
    return f"block {title}{number}"


def is_rich(field: JsonObject) -> bool:
    """Whether a field holds a rich text, as JSON or as HTML."""
    metadata = as_object(field.get("field_metadata"))
    if field.get("data_type") == "json":
        return "extension_uid" not in field
    return field.get("data_type") == "text" and metadata.get("allow_rich_text") is True


def is_html(field: JsonObject) -> bool:
    return is_rich(field) and field.get("data_type") == "text"


def shown_first(fields: Json) -> list[JsonObject]:
    """The fields in the order in which an editor sees them."""
    return [field for field in objects(fields) if text(field.get("uid"))]
