"""What the walk over a document works with: a content type's schema, references, and the edits that answer them.

Must know neither the types of fields (`field_types`) nor where a reference goes (`resolver`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.json_values import objects
from stackferry.providers.contentstack.references.json_edits import Put

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.json_edits import Edit, Path


class ReferenceKind(StrEnum):
    """What kind of thing a reference names."""

    ENTRY = "entry"
    ASSET = "asset"
    ASSET_URL = "asset_url"  # the address of an asset's file, in rich text, markdown or a link
    TERM = "term"
    EXTENSION = "extension"
    LOCALE = "locale"  # the language in which rich text embeds an entry
    OBJECT = (
        "object"  # an object of any kind, or nothing at all: a uid in a value that only an app understands
    )


class Keep(Enum):
    """The type of `KEEP`."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""A resolver's answer: leave this reference as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One mention of something outside the document.

    `uid` is the uid of what is mentioned; of a locale its code. `content_type` is that of an entry, where the document
    or the schema names it; of a term it is the taxonomy. `path` is the JSON pointer of the value that names the
    target (of the text that holds it, in HTML and markdown; of the key, for an extension's metadata).
    `mandatory`: the field that holds it is mandatory and taking this reference away could leave it empty.
    `url` is the whole address, of an `asset_url` only.
    """

    kind: ReferenceKind
    uid: str
    content_type: str = ""
    path: str = ""
    mandatory: bool = False
    url: str = ""

    @property
    def may_be_entry(self) -> bool:
        """Whether it names an entry, or something that could be one."""
        return self.kind in (ReferenceKind.ENTRY, ReferenceKind.OBJECT)

    @property
    def may_be_asset(self) -> bool:
        """Whether it names an asset, by uid or by URL, or something that could be one."""
        return self.kind in (ReferenceKind.ASSET, ReferenceKind.ASSET_URL, ReferenceKind.OBJECT)


Resolve: TypeAlias = Callable[[Reference], str | Keep | None]
"""Answers the uid in the target (of an `asset_url` the new address), None to take the reference out, or `KEEP`."""


@dataclass(frozen=True, slots=True)
class FoundReference:
    """A reference, and the edit of the document for each answer that a resolver can give."""

    reference: Reference
    replace: Callable[[str], Edit]
    remove: Edit
    keep: Edit | None = None  # an edit is needed where the form on write differs from the form on read

    def edit(self, answer: str | Keep | None) -> Edit | None:
        if answer is KEEP:
            return self.keep
        return self.remove if answer is None else self.replace(answer)


def value_reference(
    kind: ReferenceKind,
    uid: str,
    path: Path,
    remove: Edit,
    *,
    content_type: str = "",
    mandatory: bool = False,
) -> FoundReference:
    """The reference whose uid is the whole value at `path`."""
    at = pointer(path)
    reference = Reference(kind=kind, uid=uid, content_type=content_type, path=at, mandatory=mandatory)
    return FoundReference(reference, partial(Put, path), remove)


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a content type or a global field.

    `global_fields` gives the fields of each global field by uid. It is asked only where the content type was
    read without `include_global_field_schema`. `asset_hosts` are hosts of asset addresses besides the vendor's.
    """

    fields: Json
    global_fields: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    asset_hosts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        content_type: JsonObject,
        global_fields: Iterable[JsonObject] = (),
        asset_hosts: tuple[str, ...] = (),
    ) -> Schema:
        """From a content type (or a global field) and the global fields, as the API gives them."""
        by_uid = {str(each.get("uid")): each.get("schema") for each in global_fields}
        return cls(content_type.get("schema"), by_uid, asset_hosts)

    def fields_of(self, holder: JsonObject) -> Json:
        """The fields of a group, a block or a global field; looked up by uid where the holder lists none."""
        # Read with `include_global_field_schema` every holder has its fields; stored ones may lack them.
        inline = holder.get("schema")
        return inline if isinstance(inline, list) else self.global_fields.get(str(holder.get("reference_to")))


def fields_by_uid(fields: Json) -> dict[str, JsonObject]:
    """The fields of a schema, or the blocks of a modular blocks field, by uid. Those without a uid are left out."""
    return {uid: each for each in objects(fields) if isinstance(uid := each.get("uid"), str)}


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
