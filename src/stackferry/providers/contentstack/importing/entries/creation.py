"""The write that creates an entry, with its first document. Pure.

API page: "Import an entry": only an import may keep the uid that is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import objects, text
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.entries.document_writes import (
    DocumentWrite,
    promoted_document,
)
from stackferry.providers.contentstack.importing.entries.instances import renamed
from stackferry.providers.contentstack.importing.renamed import entry_suspects, held_entries, new_pages
from stackferry.providers.contentstack.requests import entries as requests
from stackferry.providers.contentstack.requests.build import page_params
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import PreparedWrite, Probe, WriteResult

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request


@dataclass
class Creation(DocumentWrite):
    """The first document of an entry. Without references to the entries `omitted` it is written again with them."""

    omitted: frozenset[str]

    def build(self) -> PreparedWrite:
        matched = self.writes.matched.target(self.entry.uid)
        if matched is not None:
            return PreparedWrite(identities=[("entries", self.entry.uid, matched)])
        # What the trash gave back is there, and is written over.
        is_back = self.writes.context.identity.target("entries", self.entry.uid) is not None
        if is_back or not self.writes.is_written:
            return PreparedWrite()
        body, gaps = self.writes.body(self.document, omitted=self.omitted)
        # The gaps of an entry with omitted references are those of the write that completes it.
        return self.prepare({**body, "uid": self.entry.uid}, [] if self.omitted else gaps)

    def request(self, body: JsonObject) -> Request:
        """An import, because only that may keep the uid; the answer says which uid the entry has."""
        return requests.import_entry(self.document.content_type, body, self.writes.locale(self.document))

    def note(self, body: JsonObject) -> JsonObject:
        locale = target_locale(self.writes.context, self.document.locale)
        return {"title": body.get("title"), "locale": locale}

    def read(self, answer: JsonObject) -> WriteResult:
        made = object_in(answer, "entry", "uid", "_version")
        identities = [("entries", self.entry.uid, text(made.get("uid")))]
        if self.omitted:
            identities += renamed(self.document.uid, self.sent, made)
        else:
            identities += self.writes.identities(self.document, self.sent, made)
            identities += promoted_document(self.writes.context, self.document, made)
        return WriteResult(identities=identities)

    def probe(self, note: JsonObject) -> Probe:
        """Search for an entry of the same title that is not yet the target of another one."""
        is_target = self.writes.context.identity.is_target

        def found(answer: JsonObject) -> list[JsonObject]:
            rows = [row for row in objects(answer.get("entries")) if row.get("title") == note.get("title")]
            return [{"entry": row} for row in rows if not is_target("entries", text(row.get("uid")))]

        context, kind = self.writes.context, self.document.content_type
        query = exact_json.dumps({"title": note.get("title")}).decode()
        newest = (("locale", text(note.get("locale"))), ("desc", "created_at"), *page_params(0))
        return Probe(
            request=requests.list_entries(kind, *newest, ("query", query)),
            found=found,
            required_key="entries",
            next_page=new_pages(context, "entries", held_entries(context, kind)),
            newest=requests.list_entries(kind, *newest),
            suspects=partial(entry_suspects, context, self.document, note),
        )
