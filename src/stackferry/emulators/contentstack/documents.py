"""Entries as documents: how a version is answered, and how a new one is checked and stored."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.emulators.contentstack import metadata
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, ApiError, invalid
from stackferry.emulators.contentstack.content.check import field_errors
from stackferry.emulators.contentstack.content.master_values import MasterValues, still_unlinked
from stackferry.emulators.contentstack.content.normalize import Normalizer, instance_uids, updated
from stackferry.emulators.contentstack.content.schema import (
    CONTAINERS,
    block_schemas,
    file_links,
    inner_schema,
    is_custom_asset,
    link_exists,
    links,
    rte_document_uids,
    schema_of,
)
from stackferry.emulators.contentstack.filled_in import filled_booleans
from stackferry.emulators.contentstack.request import authorship, document_with_fallback
from stackferry.emulators.contentstack.state import Document, Entry
from stackferry.emulators.contentstack.value_indexes import (
    entry_with_value,
    has_rte_document,
    index_version,
)
from stackferry.emulators.values import text_items
from stackferry.json_values import as_list, as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.content.schema import Link, Schema
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Asset, Branch, Publication
    from stackferry.model import Json, JsonObject


def asset_object(
    call: Call, uid: str, *, version: int = 0, include_publish_details: bool = False
) -> JsonObject | None:
    """A file or folder, in a version or (0) the latest; None when the branch does not hold it."""
    asset = call.branch.assets.get(uid)
    if asset is None:
        return None
    number = version or asset.version
    answer = dict(asset.versions[number].raw)
    if not asset.is_folder:
        answer["url"] = _asset_url(call, asset, number)
        if asset.scan and call.flag("include_asset_scan_status"):
            answer["_asset_scan_status"] = asset.scan
    if include_publish_details:
        answer["publish_details"] = [publication.as_json() for publication in asset.live.values()]
    locale = call.param("locale") or call.branch.master_locale
    if call.flag("include_metadata") and (rows := metadata.shown_inside(call.branch, uid, locale)):
        answer["_metadata"] = {"extensions": rows}
    if call.flag("include_branch"):
        answer["_branch"] = call.branch.uid
    return answer


def _asset_url(call: Call, asset: Asset, number: int) -> str:
    """The address of a version's bytes. Outside main it names the branch."""
    version = asset.versions[number]
    origin = call.service.asset_origin or call.origin
    name = quote(text(version.raw.get("filename")), safe="")
    suffix = "" if call.branch.uid == "main" else f"?branch={quote(call.branch.uid)}"
    return f"{origin}/v3/assets/{call.stack.api_key}/{asset.uid}/{version.unique}/{name}{suffix}"


class Renderer:
    """Renders stored content of the branch of a call."""

    def __init__(self, call: Call, *, include_publish_details: bool = False) -> None:
        self._call = call
        self._include_publish_details = include_publish_details

    def content(self, schema: Schema, stored: JsonObject) -> JsonObject:
        """Stored content with its files filled in; keys that the schema does not have are kept."""
        fields = {text(field.get("uid")): field for field in schema}
        answer = dict(stored)
        for name in fields.keys() & stored.keys():
            value = stored[name]
            if isinstance(value, list):
                answer[name] = [self._instance(fields[name], item) for item in value]
            else:
                answer[name] = self._instance(fields[name], value)
        return answer

    def _instance(self, field: JsonObject, value: Json) -> Json:
        kind = field.get("data_type")
        if kind == "file" and isinstance(value, str):
            kept = None if self._call.switches.asset_must_exist else value
            return self._asset(value) or kept  # null for one that is gone
        if not isinstance(value, dict):
            return value
        if kind == "file":  # a seeded object whose asset was never there stays
            return self._asset(text(value.get("uid"))) or value
        if kind in CONTAINERS:
            return self.content(inner_schema(self._call.branch, field), value)
        if kind == "blocks":
            schemas = block_schemas(self._call.branch, field)
            return {
                name: self.content(schemas.get(name, []), as_object(inner)) for name, inner in value.items()
            }
        if is_custom_asset(field):
            return {**value, "asset": self._asset(text(value.get("uid")))}
        return value

    def _asset(self, uid: str) -> JsonObject | None:
        return asset_object(self._call, uid, include_publish_details=self._include_publish_details)


SERVICE_FIELDS = frozenset(
    {
        "ACL", "_in_progress", "_metadata", "_version", "locale", "uid",
        "created_at", "created_by", "updated_at", "updated_by",
    }
)  # fmt: skip


def effective_version(branch: Branch, entry: Entry, locale: str, version: int) -> JsonObject:
    """A stored version; the latest one of a language has the master's non-localizable fields of today."""
    document = entry.documents[locale]
    stored = document.versions[version]
    master = entry.documents.get(branch.master_locale)
    if locale == branch.master_locale or master is None or version != document.version:
        return stored
    values = MasterValues(branch, document.unlinked)
    return values.merged(schema_of(branch, entry.content_type), stored, master.latest)


def publish_details(call: Call, entry: Entry, locale: str) -> list[Json]:
    """What is live. The master document lists all languages, any other document its own only.

    So it is in exports of real stacks: 367 publications of localized documents are listed by their own document
    and by the master's, and no other document lists a foreign language.
    """
    return [one.as_json() for one in entry.live.values() if _is_listed(call, entry, locale, one)]


def _is_listed(call: Call, entry: Entry, locale: str, publication: Publication) -> bool:
    """Whether the document of a language lists a publication."""
    master, shown_in, source = call.branch.master_locale, publication.locale, publication.source
    if source == shown_in:
        return locale in (master, source)
    if not call.switches.publish_lists_fallback:
        return False
    if master not in entry.documents:
        return locale == source  # no export shows such an entry
    if shown_in in entry.documents:  # localized since
        reading = call.switches.prelocal_details
        return reading in ("both", "master" if locale == master else "document" if locale == shown_in else "")
    return locale == master


def entry_object(call: Call, entry: Entry, locale: str, version: int) -> JsonObject:
    """A version as the API answers it, with what the query asks to include."""
    stored = effective_version(call.branch, entry, locale, version)
    include = call.flag("include_publish_details")
    renderer = Renderer(call, include_publish_details=include)
    answer = renderer.content(schema_of(call.branch, entry.content_type), stored)
    if not call.flag("include_metadata"):
        answer.pop("_metadata", None)
    elif extensions := metadata.shown_inside(call.branch, entry.uid, locale):
        answer["_metadata"] = {**as_object(answer.get("_metadata")), "extensions": extensions}
    if include:
        answer["publish_details"] = publish_details(call, entry, locale)
    if call.flag("include_workflow") and entry.documents[locale].workflow:
        answer["_workflow"] = entry.documents[locale].workflow
    if call.flag("include_branch"):
        answer["_branch"] = call.branch.uid
    return answer


def referring_documents(call: Call, uid: str, types: tuple[str, ...]) -> Iterator[tuple[Entry, str]]:
    """The documents, each as entry and language, whose latest version refers to an object under one of these types."""
    for content_type, entries in call.branch.entries.items():
        schema = schema_of(call.branch, content_type)
        for entry in entries.values():
            for code, document in entry.documents.items():
                found = links(call.branch, schema, document.latest)
                if any(link.uid == uid and link.content_type in types for link in found):
                    yield entry, code


def reference_row(call: Call, entry: Entry, code: str) -> JsonObject:
    """A document as the lists of references answer it."""
    return {
        "entry_uid": entry.uid,
        "content_type_uid": entry.content_type,
        "locale": code,
        "title": entry.documents[code].latest.get("title"),
        "content_type_title": call.branch.content_types[entry.content_type].get("title"),
    }


def content_fields(stored: JsonObject) -> JsonObject:
    """The fields of a stored version that a client may write."""
    return {name: value for name, value in stored.items() if name not in SERVICE_FIELDS}


class VersionWriter:
    """Shapes, checks and stores a new version. `verb` is "creation", "update" or "import", for its messages."""

    def __init__(self, call: Call, content_type: str, locale: str, *, verb: str) -> None:
        self._call = call
        self._branch = call.branch
        self._type = content_type
        self._locale = locale
        self._verb = verb
        self.schema: Schema = schema_of(call.branch, content_type)

    def accept(self, entry: Entry | None, sent: JsonObject, base: JsonObject) -> JsonObject:
        """The content of the new version: `sent` merged over `base`. Raises 119 with all errors at once."""
        normalized = self._normalized(entry, sent)
        is_merged = self._call.switches.group_update == "merged"
        content = updated(self._branch, self.schema if is_merged else [], base, normalized)
        if self._call.switches.fills_booleans:
            content = filled_booleans(self.schema, content)
        if not self._call.switches.null_is_kept:
            content = {name: value for name, value in content.items() if value is not None}
        master = entry.documents.get(self._branch.master_locale) if entry else None
        if master is not None and self._locale != self._branch.master_locale:
            values = MasterValues(self._branch, self._unlinked(entry, sent))
            content = values.merged(self.schema, content, master.latest)
        self._check(entry, content, normalized)
        return content

    def _normalized(self, entry: Entry | None, sent: JsonObject) -> JsonObject:
        document = entry.documents.get(self._locale) if entry else None
        version = 1 + (document.version if document else 0)
        stored = [one.latest for one in entry.documents.values()] if entry else []
        normalized = normalizer(self._call, version, *stored).content(self.schema, sent)
        if "tags" in sent:
            normalized["tags"] = sent["tags"]
        if "_metadata" in sent and self._call.switches.metadata_in_body:
            normalized["_metadata"] = sent["_metadata"]
        return normalized

    def _unlinked(self, entry: Entry | None, sent: JsonObject) -> frozenset[str]:
        """The instances that do not follow the master from this version on."""
        document = entry.documents.get(self._locale) if entry else None
        if document is None or self._verb != "update" or not self._call.switches.unmarked_instance_unlinks:
            return document.unlinked if document else frozenset()
        return still_unlinked(document.unlinked, sent)

    def _check(self, entry: Entry | None, content: JsonObject, sent: JsonObject) -> None:
        errors = field_errors(self._branch, self.schema, content, self._call.stack.taxonomies)
        if text_items(content.get("tags")) != as_list(content.get("tags")):
            errors["tags"] = [NOT_VALID]
        for field in self.schema:
            uid = text(field.get("uid"))
            value = content.get(uid)
            place, is_unique = (self._type, self._locale, uid), field.get("unique") is True
            if is_unique and value not in (None, "") and self._is_taken(entry, place, value):
                errors.setdefault(uid, []).append(NOT_UNIQUE)
        for link in self._checked_links(content, sent):
            if not link_exists(self._branch, link):
                errors.setdefault(link.path, []).append(f"reference '{link.uid}' does not exist.")
        if errors:  # all at once: a client sees everything that is wrong with its entry
            raise ApiError(422, 119, f"Entry {self._verb} failed. Please enter valid data.", errors)

    def _checked_links(self, content: JsonObject, sent: JsonObject) -> Iterator[Link]:
        """The links whose ends must exist, by the switches."""
        switches, is_import = self._call.switches, self._verb == "import"
        if switches.import_checks_references if is_import else switches.write_checks_references:
            return links(self._branch, self.schema, content)
        checks_files = switches.asset_must_exist and not is_import
        return file_links(self._branch, self.schema, sent) if checks_files else iter(())

    def _is_taken(self, entry: Entry | None, place: tuple[str, str, str], value: Json) -> bool:
        if entry_with_value(self._branch, entry, place, value):
            return True
        content_type, locale, field = place
        if not self._call.switches.trash_holds_unique:
            return False
        own = entry.uid if entry else ""
        return self._branch.trash.holds(content_type, locale, field, value, except_uid=own)

    def check_rte_uids(self, content: JsonObject) -> None:
        """Refuse a new entry whose JSON RTE documents repeat a uid, within it or within the stack.

        Page: Create an entry with JSON RTE. Updates are not checked: they must send the uid that is stored.
        """
        scope = self._call.switches.duplicate_rte_uid
        if scope == "off":
            return
        uids = rte_document_uids(self._branch, self.schema, content)
        repeated = len(set(uids)) != len(uids)
        if repeated or (scope == "stack" and any(has_rte_document(self._branch, uid) for uid in uids)):
            raise ApiError(422, 119, "Duplicate UID", {"uid": ["JSON RTE document uid " + NOT_UNIQUE]})

    def create(self, uid: str, content: JsonObject) -> Entry:
        """Store the first version of an entry, and its master document where the service adds one. Raises 119."""
        entries = self._branch.entries.setdefault(self._type, {})
        options = as_object(self._branch.content_types[self._type].get("options"))
        if entries and options.get("singleton") is True:
            raise invalid(119, "Entry creation failed. The type takes one entry only.", entry=NOT_VALID)
        entry = entries[uid] = Entry(uid, self._type)
        master = self._branch.master_locale
        if self._locale != master and self._call.switches.other_locale_creates_master:
            self._store(entry, content, master)
        self._store(entry, content, self._locale)
        return entry

    def add_version(self, entry: Entry, sent: JsonObject, base: JsonObject) -> None:
        """Append a version to the entry: `sent` merged over `base`. Raises 119."""
        content, unlinked = self.accept(entry, sent, base), self._unlinked(entry, sent)
        self._store(entry, content, self._locale)
        entry.documents[self._locale].unlinked = unlinked

    def _store(self, entry: Entry, content: JsonObject, locale: str) -> None:
        document = entry.documents.setdefault(locale, Document())
        # Each language has versions from 1 on, and its own times and authors.
        before: JsonObject = document.latest if document.versions else {}
        stored: JsonObject = {
            **content,
            "tags": content.get("tags") or [],
            "locale": locale,
            "uid": entry.uid,
            **authorship(self._call, before),
            "ACL": {},
            "_version": document.version + 1,
            "_in_progress": False,
        }
        stored = metadata.take_inner(self._branch, self._type, entry.uid, locale, stored)
        document.put(document.version + 1, stored)
        index_version(self._branch, self._type, stored)


def normalizer(call: Call, version: int, *stored: JsonObject) -> Normalizer:
    """What shapes the content that a client sent for this version of an entry; `stored` is what it has by now."""
    known = instance_uids(stored) if call.switches.instance_uids == "new" else None
    rte_uids = call.switches.rte_uids_made
    return Normalizer(call.branch, call.service.uid, version, rte_uids=rte_uids, known=known)


def base_content(call: Call, entry: Entry, locale: str) -> JsonObject:
    """What a new version in a locale starts from: the last one, or where there is none, by a switch the fallback's."""
    if locale in entry.documents:
        return content_fields(entry.documents[locale].latest)
    if not call.switches.localize_copies_fallback:
        return {}
    shown = document_with_fallback(call.branch, entry, locale)
    return content_fields(shown[1].latest) if shown else {}
