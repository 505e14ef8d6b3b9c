"""Entries as documents: how one is shown, and how a version of one is accepted and stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, Failure
from stackferry.emulators.contentstack.asset_views import asset_object
from stackferry.emulators.contentstack.content.check import field_errors
from stackferry.emulators.contentstack.content.links import exists, links, rte_document_uids
from stackferry.emulators.contentstack.content.localize import with_master_values
from stackferry.emulators.contentstack.content.render import Renderer
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.content.shape import Shaper
from stackferry.emulators.contentstack.lookup import document_in
from stackferry.emulators.contentstack.state import Document, Entry
from stackferry.emulators.contentstack.uniqueness import entry_with_value, has_rte_document, note
from stackferry.emulators.values import arr, obj, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.content.check import FieldErrors
    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject

SYSTEM = frozenset(
    {
        "ACL", "_in_progress", "_metadata", "_version", "locale", "uid",
        "created_at", "created_by", "updated_at", "updated_by",
    }
)  # fmt: skip


def effective_version(branch: Branch, entry: Entry, locale: str, version: int) -> JsonObject:
    """A stored version; the latest one of a language follows the master's non-localizable fields."""
    document = entry.documents[locale]
    stored = document.versions[version]
    master = entry.documents.get(branch.master_locale)
    if locale == branch.master_locale or master is None or version != document.version:
        return stored
    schema = schema_of(branch, entry.content_type)
    return with_master_values(branch, schema, stored, master.latest)


def publish_details(call: Call, entry: Entry, locale: str) -> list[Json]:
    """What is live: of all languages on the master document, else of the document's own."""
    lists_all = locale == call.branch.master_locale
    return [
        found.as_json()
        for found in entry.live.values()
        if (lists_all or found.source == locale)
        and (call.switches.publish_lists_fallback or found.source == found.locale)
    ]


def shown(call: Call, entry: Entry, locale: str, version: int) -> JsonObject:
    """A version as the API answers it, with what the query asks to include."""
    stored = effective_version(call.branch, entry, locale, version)
    include = call.flag("include_publish_details")
    renderer = Renderer(call.branch, lambda uid: asset_object(call, uid, include_publish_details=include))
    answer = renderer.content(schema_of(call.branch, entry.content_type), stored)
    if not call.flag("include_metadata"):
        answer.pop("_metadata", None)
    if include:
        answer["publish_details"] = publish_details(call, entry, locale)
    if call.flag("include_workflow") and entry.documents[locale].workflow:
        answer["_workflow"] = entry.documents[locale].workflow
    if call.flag("include_branch"):
        answer["_branch"] = call.branch.uid
    return answer


def content_fields(stored: JsonObject) -> JsonObject:
    """The fields of a stored version without what the service keeps about it."""
    return {name: value for name, value in stored.items() if name not in SYSTEM}


class VersionWriter:
    """One version on its way into an entry: shaped, checked, then stored."""

    def __init__(
        self, call: Call, content_type: str, locale: str, *, verb: str, checks_references: bool
    ) -> None:
        self._call = call
        self._branch = call.branch
        self._type = content_type
        self._locale = locale
        self._verb = verb
        self._checks_references = checks_references
        self.schema: Schema = schema_of(call.branch, content_type)

    def accept(self, entry: Entry | None, sent: JsonObject, base: JsonObject) -> JsonObject:
        """The content of the new version: `sent` merged over `base`. Raises 422 with all complaints."""
        shaped = Shaper(self._branch, self._call.service.uid).content(self.schema, sent)
        if "tags" in sent:
            shaped["tags"] = sent["tags"]
        content = self._merged(base, shaped)
        master = entry.documents.get(self._branch.master_locale) if entry else None
        if master is not None and self._locale != self._branch.master_locale:
            content = with_master_values(self._branch, self.schema, content, master.latest)
        self._check(entry, content)
        return content

    def _merged(self, base: JsonObject, shaped: JsonObject) -> JsonObject:
        merged = {**base, **shaped}
        if self._call.switches.null_is_kept:
            return merged
        return {name: value for name, value in merged.items() if value is not None}

    def _check(self, entry: Entry | None, content: JsonObject) -> None:
        wrong = field_errors(self._branch, self.schema, content, self._call.stack.taxonomies)
        if texts(content.get("tags")) != arr(content.get("tags")):
            wrong["tags"] = [NOT_VALID]
        for field in self._not_unique(entry, content):
            wrong.setdefault(field, []).append(NOT_UNIQUE)
        if self._checks_references:
            self._check_references(content, wrong)
        if wrong:
            raise Failure(422, 119, f"Entry {self._verb} failed. Please enter valid data.", wrong)

    def _not_unique(self, entry: Entry | None, content: JsonObject) -> Iterator[str]:
        for field in self.schema:
            uid = text(field.get("uid"))
            value = content.get(uid)
            if field.get("unique") is not True or value in (None, ""):
                continue
            if entry_with_value(self._branch, entry, (self._type, self._locale, uid), value):
                yield uid

    def _check_references(self, content: JsonObject, wrong: FieldErrors) -> None:
        for link in links(self._branch, self.schema, content):
            if not exists(self._branch, link):
                wrong.setdefault(link.path, []).append(f"reference '{link.uid}' does not exist.")

    def check_rte_uids(self, content: JsonObject) -> None:
        """Refuse a new entry whose JSON RTE documents repeat a uid, within it or within the stack."""
        scope = self._call.switches.duplicate_rte_uid
        if scope == "off":
            return
        uids = rte_document_uids(self._branch, self.schema, content)
        repeated = len(set(uids)) != len(uids)
        if repeated or (scope == "stack" and any(has_rte_document(self._branch, uid) for uid in uids)):
            raise Failure(422, 119, "Duplicate UID", {"uid": ["JSON RTE document uid " + NOT_UNIQUE]})

    def store(self, entry: Entry, content: JsonObject, locale: str = "") -> JsonObject:
        """Append a version to a language of the entry and answer it."""
        locale = locale or self._locale
        document = entry.documents.setdefault(locale, Document())
        before: JsonObject = document.latest if document.versions else {}
        now = self._call.service.now()
        stored: JsonObject = {
            **content,
            "tags": content.get("tags") or [],
            "locale": locale,
            "uid": entry.uid,
            "created_by": before.get("created_by", self._call.user),
            "updated_by": self._call.user,
            "created_at": before.get("created_at", now),
            "updated_at": now,
            "ACL": {},
            "_version": document.version + 1,
            "_in_progress": False,
        }
        document.put(document.version + 1, stored)
        note(self._branch, self._type, stored)
        return stored


def fallback_content(branch: Branch, entry: Entry, locale: str) -> JsonObject:
    """What a language shows before it is localized."""
    found = document_in(branch, entry, locale)
    return content_fields(found[1].latest) if found else {}


def version_name(document: Document, version: int) -> JsonObject:
    """The name of a version, or an empty object."""
    return obj(document.names.get(version))
