"""The content of entries without what the service sets, and with references in the target's terms: to be compared.

Needs the schemas and the identities alone, so that `verify` and `diff` compare without planning an import. Pure.
API page: "CMA | Entries".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import equal
from stackferry.json_values import as_list, as_object
from stackferry.model import Stream
from stackferry.providers.contentstack.content.added_fields import AddedFields, without_added
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.filled_in import without_filled_in
from stackferry.providers.contentstack.content.stale_values import without_stale
from stackferry.providers.contentstack.kinds import SERVICE_KEYS
from stackferry.providers.contentstack.references.gone_fields import GoneFields
from stackferry.providers.contentstack.references.held_addresses import held_addresses
from stackferry.providers.contentstack.references.model import (
    KEEP,
    Keep,
    Reference,
    ReferenceKind,
    Schema,
    fields_by_uid,
)
from stackferry.providers.contentstack.references.resolver import LEFT_OUT, Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.references.source_uids import SourceUids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Gap, Json, JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.target import ImportContext

# Keys at the top of an entry that the service sets, or that name the entry's place instead of its content.
SERVER_KEYS: Final = SERVICE_KEYS.union((
    "_applied_variants", "_content_type_uid", "_embedded_items", "_in_progress", "_owner", "_rules", "_variant",
    "_version_name", "_workflow", "content_type_uid", "locale", "publish_details", "published",
    "entryOldUid", "sourceEntryFilePath",  # left behind by the vendor's own CLI
))  # fmt: skip

# The service gives each instance of a group or block a uid of its own, and marks whether its non-localizable fields
# follow the master. API pages: "Localize an entry", "Update a localized entry".
_INSTANCE_METADATA = ("uid", "non_localizable_content")


def strip_for_write(document: JsonObject, schema: Schema | None = None) -> JsonObject:
    """The document without the keys that the service sets at its top. Deeper ones stay, `_version` too.

    With a schema, a key that is one of its fields is content and stays, whatever its name.
    """
    # An author may call a field "locale".
    stays = fields_by_uid(schema.fields).keys() if schema else frozenset[str]()
    result = {name: value for name, value in document.items() if name in stays or name not in SERVER_KEYS}
    # What extensions keep has calls and records of its own; the service sets the rest, like a variant's references.
    if "_metadata" not in stays:
        result.pop("_metadata", None)
    return result


def normalize(value: Json) -> Json:
    """The value without the uids of group and block instances, and without fields that are null or an empty list.

    The service answers null or an empty list for a field that a write left out, so both count as absent. Of a JSON
    rich text it makes the uids of nodes that have none, counts the versions and drops the editor's mark `dirty`.
    """
    if isinstance(value, list):
        return [normalize(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "doc" and isinstance(value.get("children"), list):
        value = as_object(_rich_text(_unversioned(value)))
    members = {name: normalize(item) for name, item in value.items()}
    if rest := own_metadata(as_object(members.pop("_metadata", None))):
        members["_metadata"] = rest
    return {name: item for name, item in members.items() if item not in (None, [])}


def _unversioned(value: JsonObject) -> JsonObject:
    return {name: item for name, item in value.items() if name != "_version"}


def own_metadata(metadata: JsonObject) -> JsonObject:
    """The metadata of a group or block without what the service gives each instance of it."""
    return {name: item for name, item in metadata.items() if name not in _INSTANCE_METADATA}


def _rich_text(node: Json) -> Json:
    """A node of a rich text without what only the service and the editor keep: nothing points at a node's uid."""
    if not isinstance(node, dict) or not isinstance(node.get("children"), list):
        return node
    kept: JsonObject = {name: item for name, item in node.items() if name != "uid"}
    if "attrs" in node:
        kept["attrs"] = without_mark(node["attrs"])
    return {**kept, "children": [_rich_text(child) for child in as_list(node["children"])]}


def without_mark(attributes: Json) -> Json:
    """The attributes of a node: the editor marks a rich text that it has touched."""
    if not isinstance(attributes, dict):
        return attributes
    return {name: item for name, item in attributes.items() if name != "dirty"}


def non_empty_fields(document: JsonObject) -> set[str]:
    """The names of the fields that are neither null nor an empty list."""
    return {name for name, item in document.items() if item is not None and item != []} - {"_metadata"}


def same_content(left: JsonObject, right: JsonObject) -> bool:
    """Whether two documents are equal once both are normalized."""
    return equal(normalize(left), normalize(right))


def rewritten_for_write(schema: Schema, row: JsonObject) -> JsonObject:
    """A document that was read, in the form in which it would be written: all of its fields."""
    return as_object(rewrite_references(schema, strip_for_write(row, schema), lambda _: KEEP, for_write=True))


class ComparableEntries:
    """The entries of a snapshot with their references to objects of a target."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._content = context.once(read_content)

    def latest(self) -> Iterator[EntryVersion]:
        """The latest version of every entry in every language."""
        # Record number 0 is the latest version: see `EntryVersion`.
        for entry in self._content.entries:
            yield from (document for document in entry.versions if not document.record_number)

    def expected(
        self, document: EntryVersion, held: JsonObject | None = None
    ) -> tuple[JsonObject, list[Gap]]:
        """The content that the target should hold, with gaps for references that it cannot.

        `held` is what the target's document is: where that serves the same file from an older address, it may stay.
        """
        resolver = self.resolver(document, held)
        return resolver.rewritten(*self._plain(document)), resolver.gaps

    def written_form(
        self, content_type: str, row: JsonObject, beside: JsonObject | None = None
    ) -> JsonObject:
        """A document that was read from the target, in the form in which it would be written.

        Where it is compared with `beside`, without what is no difference: see `without_stale`, `without_filled_in`.
        """
        schema = self._content.schemas[content_type]
        plain = self.without_added(content_type, strip_for_write(row, schema))
        plain, _ = self._context.once(GoneFields).without(content_type, plain)
        plain = plain if beside is None else without_stale(schema, plain, beside)
        form = rewrite_references(schema, plain, lambda _: KEEP, for_write=True)
        return as_object(form if beside is None else without_filled_in(form, beside))

    def is_same(self, document: EntryVersion, row: JsonObject) -> bool:
        """Whether the target's document has the same content, with dangling references left out or still in it."""
        # An earlier import left dangling references out; a branch of the same stack still holds them.
        expected = self.expected(document, row)[0]
        same = same_content(expected, self.written_form(document.content_type, row, expected))
        return same or self.is_same_unresolved(document, row)

    def is_same_unresolved(
        self, document: EntryVersion, row: JsonObject, *, stale_counts: bool = False
    ) -> bool:
        """Whether both have the same content, dangling references included: branches of a stack share their uids.

        `stale_counts`: what the target's document holds beyond its type is a difference, too.
        """
        rewritten = self.unresolved(document, row)
        beside = None if stale_counts else rewritten
        return same_content(rewritten, self.written_form(document.content_type, row, beside))

    def unresolved(self, document: EntryVersion, row: JsonObject) -> JsonObject:
        """The document in the target's terms, with the links that lead nowhere there as they are."""
        resolver = self.resolver(document, row)
        schema, plain = self._plain(document)
        return as_object(rewrite_references(schema, plain, lambda one: resolver(one) or KEEP, for_write=True))

    def with_links(self, document: EntryVersion, row: JsonObject) -> tuple[JsonObject, list[Gap]]:
        """The document in the target's terms, with the links to what the target lacks: they are part of what it says.

        Those to what the source lacks, too, are left out, a gap each.
        """
        return self.shown_links(*self._plain(document), self.resolver(document, row))

    def shown_links(
        self, schema: Schema, plain: JsonObject, resolver: Resolver
    ) -> tuple[JsonObject, list[Gap]]:
        """The same of what a document holds, an entry's or that of a variant."""
        dead = self._dead_links(schema, plain)

        def shown(one: Reference) -> str | Keep | None:
            found = resolver(one)
            return KEEP if found is None and one.path not in dead else found

        told = as_object(rewrite_references(schema, plain, shown, for_write=True))
        return told, [gap for gap in resolver.gaps if gap.path in dead]

    def dead_links(self, document: EntryVersion) -> frozenset[str]:
        """The links of a document that lead nowhere in the snapshot either, as JSON pointers."""
        return self._dead_links(*self._plain(document))

    def _dead_links(self, schema: Schema, plain: JsonObject) -> frozenset[str]:
        found: set[str] = set()
        everything, uids = self._context.everything, self._context.once(SourceUids)

        def look(one: Reference) -> Keep:
            is_term = one.kind is ReferenceKind.TERM
            term = everything.get(Stream("terms"), f"{one.content_type}\0{one.uid}") if is_term else None
            if not (term or uids.is_source(one.uid)):
                found.add(one.path)
            return KEEP

        rewrite_references(schema, plain, look, for_write=True)
        return frozenset(found)

    def is_same_but_lost(self, document: EntryVersion, row: JsonObject) -> bool:
        """Whether both have the same content in all fields but those whose links lead nowhere in the target.

        Such a field keeps its value there: a version that was written so is not written again.
        """
        resolver = self.resolver(document, row)
        expected = resolver.rewritten(*self._plain(document))
        lost = {gap.path.split("/")[1] for gap in resolver.gaps if gap.reason.endswith(LEFT_OUT)}
        sides = (expected, self.written_form(document.content_type, row, expected))
        left, right = ({name: side[name] for name in side.keys() - lost} for side in sides)
        return bool(lost) and same_content(left, right)

    def resolver(
        self, document: EntryVersion, held: JsonObject | None = None, omitted: frozenset[str] = frozenset()
    ) -> Resolver:
        """What puts a document into the target's terms; `held` is the target's own, `omitted` are left out of it."""
        schema = self._content.schemas[document.content_type]
        addresses = dict if held is None else partial(held_addresses, self._context, schema, held)
        names = (document.content_type, document.uid, document.locale)
        return Resolver(self._context, *names, omitted, addresses)

    def _plain(self, document: EntryVersion) -> tuple[Schema, JsonObject]:
        """The schema of a document, and what it holds."""
        schema = self._content.schemas[document.content_type]
        plain = strip_for_write(document.load(self._context.source), schema)
        return schema, self.without_added(document.content_type, plain)

    def without_added(self, content_type: str, document: JsonObject) -> JsonObject:
        """A document of either side without fields that only the target's type has.

        The service goes on answering what an entry held in a field that its type has lost: that is no content of it.
        """
        return without_added(document, self._context.once(AddedFields).of(content_type))
