"""What the writes of entries have in common: what is sent of a document, what an answer means, what is emptied. Pure.

The writes themselves are in `document_writes`; what is written in which order is in `plan`.
API pages: "Update an entry", "Localize an entry".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack.content.comparable import (
    ComparableEntries,
    non_empty_fields,
    strip_for_write,
)
from stackferry.providers.contentstack.content.entries import EntryVersion, read_content
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.entries.instances import Instances, renamed
from stackferry.providers.contentstack.importing.entries.not_kept import not_kept
from stackferry.providers.contentstack.importing.entries.version_matching import (
    document_gap,
    version_identity,
)
from stackferry.providers.contentstack.importing.entries.write_body import (
    filled_inside,
    localized_write,
    shared_fields,
    with_emptied,
)
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.gone_fields import GoneFields
from stackferry.providers.contentstack.references.model import fields_by_uid
from stackferry.providers.contentstack.requests import entries as requests
from stackferry.providers.contentstack.requests.build import Pairs, params
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Sequence

# Remembers that this service fills a new language's fields from the language that it falls back to.
_INHERITS = ("service", "inherits", "yes")


class EntryWrites:
    """What the writes of one import have in common: what is sent of each document, and what was made of it."""

    def __init__(self, context: ImportContext) -> None:
        self.context = context
        self.is_written = context.options.includes("entries")  # else entries are only matched
        self.content = context.once(read_content)
        self.matched = context.once(matches).of("entries")
        self.comparable = context.once(ComparableEntries)
        self.instances = context.once(Instances)

    def empty(self, document: EntryVersion, after: Sequence[str] = ()) -> Write:
        """A version that says what the source says, in place of the one in which the service filled in fields."""

        def build() -> PreparedWrite:
            names = self.context.identity.target("inherited", document.version_key)
            if names is None:
                return PreparedWrite()
            target = self.context.identity.target("entries", document.uid) or ""
            # Of a field that the source has, the values of instances that do not follow the master are missing.
            own, _ = self.body(document, is_again=True)
            filled = [text(name) for name in as_list(exact_json.loads(names.encode()))]
            body: JsonObject = {name: own.get(name) for name in filled}
            number = (self.version_made(document) or 0) + 1
            note: JsonObject = {"target": target, "version": number}
            request = requests.update_entry(document.content_type, target, body, self.locale(document))
            return PreparedWrite(request=request, note=note, version=number)

        def read(answer: JsonObject) -> WriteResult:
            emptied, made = (
                ("emptied", document.version_key, "yes"),
                object_in(answer, "entry", "uid", "_version"),
            )
            return WriteResult(
                identities=[version_identity(document, made), emptied],
                gaps=not_kept(self.context, document, made),
            )

        return Write(
            key=document.empty_key,
            kind="entries",
            build=build,
            read=read,
            failed=document_gap("entries", document, "the service filled fields and will not empty them"),
            after=after,
            probe=partial(self.probe_version, document),
        )

    def probe_version(self, document: EntryVersion, note: JsonObject) -> Probe:
        """Read whether the entry has the version that the write was to make, with its title: else it is another's.

        A note without a number is of a document that was not there in any version.
        """
        locale = target_locale(self.context, document.locale)

        def found(answer: JsonObject) -> list[JsonObject]:
            row = as_object(answer.get("entry"))
            is_made = row.get("locale") == locale and note.get("version") in (None, row.get("_version"))
            return [answer] if is_made and note.get("title") in (None, row.get("title")) else []

        request = requests.read_entry(document.content_type, text(note.get("target")), ("locale", locale))
        return Probe(request=request, found=found, required_key="entry")

    def version_made(self, document: EntryVersion) -> int | None:
        """The number that the document has in the target; None while it is not written."""
        known = self.context.identity.target("versions", document.version_key)
        return int(known) if known else None

    def locale(self, document: EntryVersion) -> Pairs:
        return params(locale=target_locale(self.context, document.locale))

    def identities(
        self,
        document: EntryVersion,
        sent: JsonObject,
        made: JsonObject,
        overridden: frozenset[str] = frozenset(),
    ) -> list[tuple[str, str, str]]:
        """The version that was made and, to be written again, the fields that the service filled in.

        It fills a field of which nothing was sent from a default, or from another language. In those that are
        `overridden` it put the master's values, until a further write takes them away.
        """
        found = [version_identity(document, made), *renamed(document.uid, sent, made)]
        schema = self.content.schemas[document.content_type]
        filled = (self.own_fields(document) & non_empty_fields(made)) - sent.keys()
        filled |= filled_inside(schema, sent, made)
        if names := sorted(filled | overridden):
            found.append(("inherited", document.version_key, exact_json.dumps([*names]).decode()))
        if filled and document.locale != self.content.master_locale:
            found.append(_INHERITS)
        return found

    def body(
        self,
        document: EntryVersion,
        previous: EntryVersion | None = None,
        omitted: frozenset[str] = frozenset(),
        *,
        is_again: bool = False,
        held: JsonObject | None = None,
    ) -> tuple[JsonObject, list[Gap]]:
        """The document in the target's uids, and the gaps for what the target cannot hold.

        `previous` is the version of the same language that is written before it, if there is one; `is_again` when
        that is the document itself. References to the entries `omitted` are left out and are no gap: a later write
        has them. `held` is the document of the target that it is written over.
        """
        schema = self.content.schemas[document.content_type]
        master = self._master_document(document)
        is_first = previous is None and not is_again
        fields = localized_write(schema, master, self._stripped(document), master, is_first=is_first)
        is_new_locale = previous is None and document.locale != self.content.master_locale
        # Where the service fills in fields of a new language, each is named, so that none is filled in. Otherwise
        # that is seen in the answer and emptied in another version: of an older version there can be no other.
        names_all = is_new_locale and (document.record_number or self.context.identity.target(*_INHERITS[:2]))
        if names_all:
            fields = {**dict.fromkeys(self.own_fields(document)), **fields}
        before = None if previous is None else self._stripped(previous)
        if before is not None:
            # What is not localizable is the master's: nothing of it is sent, also not that it is empty.
            own = self.own_fields(document)
            fields = {**{name: None for name in before if name in own and name not in fields}, **fields}
        if before is not None or names_all or is_again:
            fields = with_emptied(schema, fields, before, shared=master is None)
        fields = self.instances.mapped(document.uid, fields)
        resolver = self.comparable.resolver(document, held, omitted)
        return resolver.rewritten(schema, fields), resolver.gaps

    def own_fields(self, document: EntryVersion) -> set[str]:
        """The fields of its type in the target, without those that it has from the master document."""
        fields = self.content.schemas[document.content_type].fields
        gone = self.context.once(GoneFields).names(document.content_type)
        return fields_by_uid(fields).keys() - self.shared_fields(document) - gone

    def shared_fields(self, document: EntryVersion) -> set[str]:
        """The fields that are not localizable, of a document beside a master document."""
        schema = self.content.schemas[document.content_type]
        return shared_fields(schema) if self.has_master(document) else set()

    def has_master(self, document: EntryVersion) -> bool:
        """Whether a document stands beside a master document, whose values it has in some fields."""
        return self._master_document(document) is not None

    def renamed_in(self, document: EntryVersion, existing: JsonObject) -> list[tuple[str, str, str]]:
        """The instances of a document that the target's own, which says the same, has under other uids."""
        return renamed(document.uid, self._stripped(document), existing)

    def _stripped(self, document: EntryVersion) -> JsonObject:
        schema = self.content.schemas[document.content_type]
        plain = strip_for_write(document.load(self.context.source), schema)
        return self.comparable.without_added(document.content_type, plain)

    def _master_document(self, document: EntryVersion) -> JsonObject | None:
        """The entry's master document, for a document in another language.

        Where only that language is restored, of an entry whose master document the target has, it is not selected.
        """
        stream = Stream("entries", document.content_type, self.content.master_locale)
        if document.locale == stream.locale:
            return None
        found = self.context.source.get(stream, document.uid)
        if found is None and self.context.options.selection.uids:
            uid = self.context.identity.target("entries", document.uid) or ""
            there = stream._replace(locale=target_locale(self.context, stream.locale))
            is_held = self.context.target.get(there, uid) is not None
            return self.context.everything.get(stream, document.uid) if is_held else None
        return found
