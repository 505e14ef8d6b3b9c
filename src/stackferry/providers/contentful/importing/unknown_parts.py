"""Parts of documents that the target may lack: where it refuses them, a document goes without. Pure.

A token may not see the taxonomy of an organization, the snapshot may lack it, or the target may refuse a content type
with a new field: then only the service knows. What it refused once, later imports leave out at once and tell, until
the target shows it or `--only entries` asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful.importing.refused_before import REFUSED_BEFORE, asked_before, taken
from stackferry.providers.contentful.kinds import (
    CONCEPTS,
    CONTENT_TYPES,
    ENTRIES,
    PUBLISHED_CONTENT_TYPES,
    TAGS,
    link_id,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.refused_before import Identities
    from stackferry.providers.target import ImportContext

TYPES_WRITTEN: Final = "types_written"  # identities: the type → the place of its newest body
TYPES_LIVE: Final = "types_live"  # identities: the type → the place of its newest body that was published
NO_LINKED: Final = {
    TAGS.name: "the target has no such tag",
    CONCEPTS.name: "the target has no such concept",
}
_FIELDS: Final = "fields"
_NO_FIELD: Final = "the target's content type has no such field"
_MISSING: Final = "missing"  # in place of a digest: nothing else tells one refusal from another


class Part(NamedTuple):
    """A tag or a concept that a document has, or a field of its content type: its kind and its id."""

    kind: str
    uid: str

    @property
    def pointer(self) -> str:
        """Where a body has it, as gaps name it."""
        return f"/fields/{self.uid}" if self.kind == _FIELDS else f"/metadata/{self.kind}/{self.uid}"

    @property
    def reason(self) -> str:
        return NO_LINKED.get(self.kind, _NO_FIELD)


class UnknownParts:
    """The tags, concepts and fields of one import that may be missing. Ask with `context.once`.

    `of_type` is the content type of an entry; empty for an asset.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._fields: dict[str, frozenset[str] | None] = {}
        self._refused_fields: dict[str, Mapping[str, str]] = {}

    # --- what an earlier import was refused ---

    def was_refused(self, kind: str, uid: str) -> bool:
        """Whether an earlier import was refused this tag or concept, and the target does not show it."""
        if self._is_known(Part(kind, uid), ""):
            return False
        return bool(asked_before(self._context, ENTRIES.name, _key(Part(kind, uid)), lambda: _MISSING))

    def refused_fields(self, of_type: str) -> Mapping[str, str]:
        """The fields that an earlier import was refused and the target's type does not show, each with the reason."""
        if of_type not in self._refused_fields:
            names = _names(self._context.earlier.target(REFUSED_BEFORE, _key_of_fields(of_type)))
            reason = names and asked_before(
                self._context, ENTRIES.name, _key_of_fields(of_type), lambda: _digest(names)
            )
            lacking = [one for one in names if not self._is_known(Part(_FIELDS, one), of_type)]
            self._refused_fields[of_type] = dict.fromkeys(lacking, str(reason)) if reason else {}
        return self._refused_fields[of_type]

    # --- what this one was refused, and what it may be ---

    def without_refused(self, content: JsonObject, of_type: str) -> tuple[JsonObject, list[Part]]:
        """A body without what this import was refused, and what that is."""
        known = self._context.identity.target
        gone = {one for one in _links(content) if known(REFUSED_BEFORE, _key(one)) not in (None, "")}
        names = _names(known(REFUSED_BEFORE, _key_of_fields(of_type))) if of_type else ()
        return _without(content, gone | {Part(_FIELDS, name) for name in names})

    def without_unknown(self, content: JsonObject, of_type: str) -> tuple[JsonObject, list[Part]]:
        """A body without what nobody knows to be in the target, and what that is."""
        fields = (Part(_FIELDS, name) for name in as_object(content.get("fields")) if of_type)
        return _without(
            content, {one for one in (*_links(content), *fields) if not self._is_known(one, of_type)}
        )

    def _is_known(self, part: Part, of_type: str) -> bool:
        """Whether the target held it, or this import has made it. A field is only unknown where its type is known."""
        if part.kind == _FIELDS:
            held = self._held_fields(of_type)
            is_written = self._context.identity.target(TYPES_WRITTEN, of_type) is not None
            return held is None or part.uid in held or is_written
        is_held = self._context.target.get(Stream(part.kind), part.uid) is not None
        return is_held or self._context.identity.target(part.kind, part.uid) is not None

    def _held_fields(self, of_type: str) -> frozenset[str] | None:
        """The fields that the target published of a type before the import; None where it did not show the type."""
        if of_type not in self._fields:
            kinds = (PUBLISHED_CONTENT_TYPES.name, CONTENT_TYPES.name)
            rows = (self._context.target.get(Stream(kind), of_type) for kind in kinds)
            row = next((one for one in rows if one is not None), None)
            names = frozenset(text(field.get("id")) for field in objects((row or {}).get("fields")))
            self._fields[of_type] = None if row is None else names
        return self._fields[of_type]

    # --- what is kept ---

    def refused(self, parts: Iterable[Part], of_type: str) -> Identities:
        """What is kept of those that a document went without."""
        found = [*parts]
        names = {one.uid for one in found if one.kind == _FIELDS}
        links = [
            (REFUSED_BEFORE, _key(one), f"{_MISSING} {one.reason}") for one in found if one.kind != _FIELDS
        ]
        if not names:
            return links
        key = _key_of_fields(of_type)
        names |= {*_names(self._context.identity.target(REFUSED_BEFORE, key))}
        return [*links, (REFUSED_BEFORE, key, f"{_digest(sorted(names))} {_NO_FIELD}")]

    def taken(self, content: JsonObject) -> Identities:
        """What is kept of a body that the target took with all of its tags and concepts."""
        return [kept for one in _links(content) for kept in taken(self._context, _key(one))]


def _links(content: JsonObject) -> Iterator[Part]:
    metadata = as_object(content.get("metadata"))
    for kind in NO_LINKED:
        yield from (Part(kind, link_id(one)) for one in objects(metadata.get(kind)))


def _without(content: JsonObject, gone: Collection[Part]) -> tuple[JsonObject, list[Part]]:
    """A body without these, and which of them it had."""
    fields, metadata = as_object(content.get("fields")), as_object(content.get("metadata"))
    cut = [one for one in (*_links(content), *(Part(_FIELDS, name) for name in fields)) if one in gone]
    if not cut:
        return content, []
    kept: JsonObject = {name: value for name, value in fields.items() if Part(_FIELDS, name) not in gone}
    links: JsonObject = {
        kind: [one for one in objects(metadata.get(kind)) if Part(kind, link_id(one)) not in gone]
        for kind in NO_LINKED
        if kind in metadata
    }
    beside: JsonObject = {"metadata": {**metadata, **links}} if metadata else {}
    return {**content, **beside, "fields": kept}, cut


def _key(link: Part) -> str:
    return f"links to {link.kind}/{link.uid}"


def _key_of_fields(of_type: str) -> str:
    return f"fields of {of_type}"


def _digest(names: Collection[str]) -> str:
    """What tells one refusal of fields from another: their names."""
    return f"{_MISSING}:{','.join(names)}"


def _names(kept: str | None) -> Collection[str]:
    """The names of fields in what is kept of them."""
    return [*filter(None, (kept or "").partition(" ")[0].partition(":")[2].split(","))]
