"""Entries: list, get, create, update, localize, delete. Page: CMA | Entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.contentstack.content.atomic import apply_atomics
from stackferry.emulators.contentstack.content.localize import has_non_localizable_fields
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.documents import (
    VersionWriter,
    content_fields,
    effective_version,
    fallback_content,
    publish_details,
    shown,
)
from stackferry.emulators.contentstack.listing import long_list_answer, parse_query, select_fields
from stackferry.emulators.contentstack.lookup import (
    checked_locale,
    document_in,
    fallback_chain,
    find_content_type,
    find_entry,
    first_document,
    not_found,
    requested_locale,
)
from stackferry.emulators.contentstack.query import named_uids
from stackferry.emulators.contentstack.state import Entry
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject


def _all(call: Call) -> Answer:
    """Every entry that has something to show in the language, be it by fallback."""
    kind, chain = (
        text(find_content_type(call).get("uid")),
        fallback_chain(call.branch, requested_locale(call)),
    )
    table = call.branch.entries.get(kind, {})

    def show(row: JsonObject) -> JsonObject:
        one = table[text(row.get("uid"))]
        found = first_document(one, chain)
        return shown(call, one, found[0], found[1].version) if found else {}

    return long_list_answer(call, "entries", lambda: _rows(call, kind, chain), show=show)


def _rows(call: Call, kind: str, chain: list[str]) -> Iterator[JsonObject]:
    """What conditions look at: the latest version of each entry that the query may mean."""
    asked, mixed = call.param("query"), has_non_localizable_fields(call.branch, schema_of(call.branch, kind))
    named = named_uids(parse_query(call))
    for uid, one in call.branch.entries.get(kind, {}).items():
        if (named is None or uid in named) and (found := first_document(one, chain)) is not None:
            code, document = found
            row = effective_version(call.branch, one, code, document.version) if mixed else document.latest
            yield _with_asked(call, row, one, code, asked)


def _with_asked(call: Call, row: JsonObject, one: Entry, code: str, asked: str) -> JsonObject:
    """The row that conditions look at, with what is kept apart where the query names it."""
    if "_workflow" in asked:
        row = {**row, "_workflow": one.documents[code].workflow}
    if "publish_details" in asked:
        row = {**row, "publish_details": publish_details(call, one, code)}
    return row


def shown_version(call: Call, one: Entry) -> JsonObject:
    """The version that the query asks for, in its language or the one that it falls back to."""
    document = document_in(call.branch, one, requested_locale(call))
    number = call.number("version", document[1].version if document else 0)
    if document is None or number not in document[1].versions:
        raise not_found(call, 141, "The requested object doesn't exist.", "version" if document else "uid")
    return shown(call, one, document[0], number)


def _one(call: Call) -> Answer:
    return Answer({"entry": select_fields(call, shown_version(call, find_entry(call)))})


def _create(call: Call) -> Answer:
    """A new entry; or, with the uid of one that has no master document, that document."""
    kind, sent = text(find_content_type(call).get("uid")), call.section("entry")
    code = requested_locale(call)
    known = call.branch.entries.get(kind, {}).get(text(sent.get("uid")))
    if known is not None and code == call.branch.master_locale and code not in known.documents:
        return _create_master(call, known, sent)
    write = VersionWriter(
        call, kind, code, verb="creation", checks_references=call.switches.write_checks_references
    )
    content = write.accept(None, sent, {})
    write.check_rte_uids(content)
    made = new_entry(call, write, call.service.uid(), kind, code, content)
    return Answer({"notice": "Entry created successfully.", "entry": _latest(call, made, code)}, 201)


def _create_master(call: Call, known: Entry, sent: JsonObject) -> Answer:
    base = content_fields(next(iter(known.documents.values())).latest) if call.flag("copy_to_master") else {}
    code = call.branch.master_locale
    checks = call.switches.write_checks_references
    write = VersionWriter(call, known.content_type, code, verb="creation", checks_references=checks)
    write.store(known, write.accept(known, sent, base))
    return Answer({"notice": "Entry created successfully.", "entry": _latest(call, known, code)}, 201)


def new_entry(call: Call, write: VersionWriter, uid: str, kind: str, code: str, content: JsonObject) -> Entry:
    """Store the first version of an entry, and its master document where the service adds one."""
    table = call.branch.entries.setdefault(kind, {})
    if table and obj(call.branch.content_types[kind].get("options")).get("singleton") is True:
        raise invalid(119, "Entry creation failed. This content type takes one entry only.", entry=NOT_VALID)
    made = table[uid] = Entry(uid, kind)
    if code != call.branch.master_locale and call.switches.other_locale_creates_master:
        write.store(made, content, call.branch.master_locale)
    write.store(made, content, code)
    return made


def _latest(call: Call, one: Entry, code: str) -> JsonObject:
    return shown(call, one, code, one.documents[code].version)


def _update(call: Call) -> Answer:
    """A new version; in a language without a document of its own, its first one."""
    one, code, sent = find_entry(call), requested_locale(call), call.section("entry")
    localizes = code not in one.documents
    if localizes and code == call.branch.master_locale:
        raise not_found(call, 141, "The requested object doesn't exist.")
    base = base_of(call, one, code)
    checks = call.switches.write_checks_references
    write = VersionWriter(call, one.content_type, code, verb="update", checks_references=checks)
    write.store(one, write.accept(one, apply_atomics(base, sent), base))
    notice = f"Entry {'localized' if localizes else 'updated'} successfully."
    return Answer({"notice": notice, "entry": _latest(call, one, code)})


def base_of(call: Call, one: Entry, code: str) -> JsonObject:
    """What a new version in a language starts from."""
    if code in one.documents:
        return content_fields(one.documents[code].latest)
    return fallback_content(call.branch, one, code) if call.switches.localize_copies_fallback else {}


def _delete(call: Call) -> Answer:
    one = find_entry(call)
    codes = _doomed(call, one)
    for code in codes:
        if checked_locale(call.branch, code) not in one.documents:
            raise invalid(141, f"The entry is not localized in '{code}'.", locales=NOT_VALID)
    for code in codes:
        remove_document(call, one, code)
    return Answer({"notice": "Entry deleted successfully."})


def _doomed(call: Call, one: Entry) -> list[str]:
    if call.flag("delete_all_localized"):
        if requested_locale(call) != call.branch.master_locale:
            raise invalid(141, "delete_all_localized works from the master language only.", locale=NOT_VALID)
        return list(one.documents)
    named = texts(obj(call.json().get("entry")).get("locales")) if call.body else []
    return named or [requested_locale(call)]


def remove_document(call: Call, one: Entry, code: str) -> None:
    """Remove a language, what is live of it and its variants; with its last language the entry goes."""
    del one.documents[code]
    one.live = {key: found for key, found in one.live.items() if found.source != code}
    one.variants = {key: variant for key, variant in one.variants.items() if key[1] != code}
    if not one.documents:
        del call.branch.entries[one.content_type][one.uid]


ROUTES = (
    Route("GET", "/content_types/{content_type}/entries", _all),
    Route("POST", "/content_types/{content_type}/entries", _create),
    Route("GET", "/content_types/{content_type}/entries/{entry}", _one),
    Route("PUT", "/content_types/{content_type}/entries/{entry}", _update),
    Route("DELETE", "/content_types/{content_type}/entries/{entry}", _delete),
)
