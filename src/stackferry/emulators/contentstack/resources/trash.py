"""Deleting into the trash, and restoring from it.

An entry or a file that is restored keeps its uid, has one version more and is live nowhere; its variants are gone
(guides: Restore a Deleted Entry, Restore a Deleted Asset). What belongs to a content type, a folder, a taxonomy or
another term comes back only after it. References to what was deleted stay as they are, and lead to it again.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack import documents
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, ApiError, invalid, unknown_url
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.request import (
    authorship,
    content_type_uid,
    find_content_type,
    not_found,
    requested_locale,
)
from stackferry.emulators.contentstack.state import AssetVersion, Entry
from stackferry.emulators.contentstack.trash import Deleted
from stackferry.emulators.routing import Route
from stackferry.emulators.values import format_time
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.stack import Taxonomy
    from stackferry.model import Json, JsonObject

K = TypeVar("K")
T = TypeVar("T")


def _keep(call: Call, table: MutableMapping[K, Deleted[T]], key: K, thing: T) -> None:
    """Put a thing into the trash; what it holds under the same key is replaced, and counts as newest."""
    table.pop(key, None)
    if call.switches.trash:
        table[key] = Deleted(thing, call.service.time(), call.user)


def delete_document(call: Call, entry: Entry, code: str) -> None:
    """Delete one language of an entry."""
    document = entry.documents[code]
    remove_document(call, entry, code)
    _keep(call, call.branch.trash.entries[entry.content_type], (entry.uid, code), document)


def remove_document(call: Call, entry: Entry, code: str) -> None:
    """Remove a language, what is live of it and its variants; with its last language the entry goes."""
    del entry.documents[code]
    entry.live = {key: publication for key, publication in entry.live.items() if publication.source != code}
    entry.variants = {key: variant for key, variant in entry.variants.items() if key[1] != code}
    if not entry.documents:
        del call.branch.entries[entry.content_type][entry.uid]


def delete_asset(call: Call, uid: str) -> None:
    """Delete a file, or a folder without what is in it."""
    _keep(call, call.branch.trash.assets, uid, call.branch.assets.pop(uid))


def delete_content_type(call: Call, uid: str) -> None:
    """Delete a content type and its entries."""
    for entry in [*call.branch.entries.get(uid, {}).values()]:
        for code in [*entry.documents]:
            delete_document(call, entry, code)
    call.branch.entries.pop(uid, None)
    _keep(call, call.branch.trash.content_types, uid, call.branch.content_types.pop(uid))


def delete_global_field(call: Call, uid: str) -> None:
    """Delete a global field."""
    _keep(call, call.branch.trash.global_fields, uid, call.branch.global_fields.pop(uid))


def delete_taxonomy(call: Call, uid: str) -> None:
    """Delete a taxonomy with its terms; they come back with it."""
    _keep(call, call.stack.trash.taxonomies, uid, call.stack.taxonomies.pop(uid))


def delete_term(call: Call, taxonomy: Taxonomy, uid: str) -> None:
    """Delete a term, and its names in other languages."""
    names = {code: rows.pop(uid) for code, rows in taxonomy.translations.items() if uid in rows}
    _keep(call, call.stack.trash.terms[text(taxonomy.raw["uid"])], uid, (taxonomy.terms.pop(uid), names))


def about(deleted: Deleted[Any]) -> JsonObject:
    """What is said of a deletion."""
    return {"deleted_at": format_time(deleted.at), "deleted_by": deleted.by}


# --- entries and files, each by a call of their own ---


def _restore_entry(call: Call) -> Answer:
    """One language. In the vendor's JavaScript client and an answer of its support."""
    content_type, uid = content_type_uid(call), call.args["entry"]
    code = requested_locale(call, text(call.section("entry").get("locale")))
    entry = _document_back(call, content_type, uid, code)
    latest = documents.entry_object(call, entry, code, entry.documents[code].version)
    shown: JsonObject = {"entry": latest} if call.switches.trash_answers_object else {}
    return Answer({"notice": "Entry restored successfully.", **shown})


def _document_back(call: Call, content_type: str, uid: str, code: str) -> Entry:
    """Raises 119 for values that are taken, 141 for what is not in the trash or was made anew."""
    table = call.branch.trash.entries[content_type]
    deleted = table.get((uid, code))
    entry = call.branch.entry(content_type, uid) or Entry(uid, content_type)
    if deleted is None or code in entry.documents:
        raise not_found(call, 141, "The requested object doesn't exist in the trash.")
    document = deleted.thing
    writer = documents.VersionWriter(call, content_type, code, verb="restore")
    content = writer.accept(entry, {}, documents.content_fields(document.latest))
    del table[uid, code]
    entry = call.branch.put_entry(content_type, uid)
    entry.documents[code] = document
    document.workflow = {}
    writer.add_version(entry, {}, content)
    return entry


def _restore_asset(call: Call) -> Answer:
    """A file. A script that users share has this call; no page and no client of the vendor has it."""
    uid = call.args["asset"]
    deleted = call.branch.trash.assets.get(uid)
    if not (call.switches.trash and call.switches.asset_restore):
        raise unknown_url(call.method, call.path)
    if deleted is None or deleted.thing.is_folder:
        raise not_found(call, 145, "Asset was not found in the trash.")
    _asset_back(call, uid)
    asset = documents.asset_object(call, uid)
    shown: JsonObject = {"asset": asset} if call.switches.trash_answers_object else {}
    return Answer({"notice": "Asset restored successfully.", **shown})


def _asset_back(call: Call, uid: str) -> None:
    """A file in a version more, or a folder. Raises 145 where its folder is not there."""
    table = call.branch.trash.assets
    asset = table[uid].thing
    parent = asset.latest.get("parent_uid")
    if parent is not None and text(parent) not in call.branch.assets:
        raise invalid(145, "Restore the folder of the asset first.", parent_uid=NOT_VALID)
    number = asset.version if asset.is_folder else asset.version + 1
    last = asset.versions[asset.version]
    raw: JsonObject = {**last.raw, **authorship(call, last.raw), "_version": number}
    asset.versions[number] = AssetVersion(raw, last.content, last.unique)
    del table[uid]
    call.branch.assets[uid] = replace(asset, live={})


# --- anything, by `/trash` ---


def _list(call: Call) -> Answer:
    """All that can be restored. The rows' shape is a guess: no page has the call."""
    _check_api(call)
    return list_answer(call, "trash", [*_rows(call)])


def _check_api(call: Call) -> None:
    if not (call.switches.trash and call.switches.trash_api):
        raise unknown_url(call.method, call.path)


def _rows(call: Call) -> Iterator[JsonObject]:
    trash = call.branch.trash
    for content_type, table in trash.entries.items():
        for (uid, code), document in table.items():
            place: JsonObject = {"content_type_uid": content_type, "locale": code}
            yield {**_row("entry", uid, document, document.thing.latest), **place}
    for uid, asset in trash.assets.items():
        yield _row("folder" if asset.thing.is_folder else "asset", uid, asset, asset.thing.latest)
    for kind, rows in (("content_type", trash.content_types), ("global_field", trash.global_fields)):
        for uid, row in rows.items():
            yield _row(kind, uid, row, row.thing)
    yield from _shared_rows(call)


def _shared_rows(call: Call) -> Iterator[JsonObject]:
    """What the whole stack has, whatever the branch."""
    shared = call.stack.trash
    for uid, taxonomy in shared.taxonomies.items():
        yield _row("taxonomy", uid, taxonomy, taxonomy.thing.raw)
    for parent, terms in shared.terms.items():
        for uid, term in terms.items():
            yield {**_row("term", uid, term, term.thing[0]), "taxonomy_uid": parent}


def _row(kind: str, uid: str, deleted: Deleted[Any], raw: JsonObject) -> JsonObject:
    title: Json = raw.get("title") or raw.get("name") or raw.get("filename")
    return {"uid": uid, "type": kind, "title": title, "updated_at": format_time(deleted.at), **about(deleted)}


def _restore(call: Call) -> Answer:
    """The thing of a uid, an entry in all of its languages. Raises what the calls of its kind raise."""
    _check_api(call)
    uid = call.args["uid"]
    back = next((back for is_there, back in _ways(call, uid) if is_there), None)
    if back is None:
        raise not_found(call, 141, "The requested object doesn't exist in the trash.")
    back()
    return Answer({"notice": "The item was restored successfully."})


def _ways(call: Call, uid: str) -> Iterator[tuple[bool, Callable[[], object]]]:
    """Whether each table has the uid, and how it comes back from there."""
    trash, shared = call.branch.trash, call.stack.trash
    for content_type, table in trash.entries.items():
        codes = [code for held, code in table if held == uid]
        yield bool(codes), partial(_documents_back, call, content_type, uid, codes)
    yield uid in trash.assets, partial(_asset_back, call, uid)
    yield uid in trash.content_types, partial(_content_type_back, call, uid)
    yield uid in trash.global_fields, partial(_row_back, trash.global_fields, call.branch.global_fields, uid)
    yield uid in shared.taxonomies, partial(_row_back, shared.taxonomies, call.stack.taxonomies, uid)
    for parent, terms in shared.terms.items():
        yield uid in terms, partial(_term_back, call, parent, uid)


def _documents_back(call: Call, content_type: str, uid: str, codes: list[str]) -> None:
    call.args["content_type"] = content_type
    find_content_type(call)  # raises 118 for one that is still in the trash
    for code in codes:
        _document_back(call, content_type, uid, code)


def _content_type_back(call: Call, uid: str) -> None:
    """Without its entries, which stay in the trash until each is restored."""
    _row_back(call.branch.trash.content_types, call.branch.content_types, uid)
    call.branch.entries.setdefault(uid, {})


def _row_back(table: dict[str, Deleted[T]], rows: dict[str, T], uid: str) -> None:
    if uid in rows:
        raise invalid(141, "One of this uid was made anew.", uid=NOT_UNIQUE)
    rows[uid] = table.pop(uid).thing


def _term_back(call: Call, parent: str, uid: str) -> None:
    """Raises 141 where its taxonomy or the term above it is not there."""
    taxonomy, table = call.stack.taxonomies.get(parent), call.stack.trash.terms[parent]
    term, names = table[uid].thing
    above = term.get("parent_uid")
    if taxonomy is None or (above is not None and above not in taxonomy.terms):
        raise ApiError(422, 141, "Restore what the term belongs to first.", {"parent_uid": [NOT_VALID]})
    if uid in taxonomy.terms:
        raise invalid(141, "One of this uid was made anew.", uid=NOT_UNIQUE)
    del table[uid]
    taxonomy.terms[uid] = term
    for code, name in names.items():
        taxonomy.translations.setdefault(code, {})[uid] = name


ROUTES = (
    Route("PUT", "/content_types/{content_type}/entries/{entry}/restore", _restore_entry),
    Route("PUT", "/assets/{asset}/restore", _restore_asset),
    Route("GET", "/trash", _list),
    Route("POST", "/trash/{uid}/restore", _restore),
)
