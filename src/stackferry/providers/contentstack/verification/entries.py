"""Compares entries, language by language, and the workflow stages that they are in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT, differences
from stackferry.json_values import as_object, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.comparable import ComparableEntries, normalize
from stackferry.providers.contentstack.content.filled_in import without_filled_in
from stackferry.providers.contentstack.content.stage_details import (
    differing_details,
    stage_details,
    target_details,
)
from stackferry.providers.contentstack.matching.identities import MatchedIdentity
from stackferry.providers.contentstack.target_names import is_same_stack, target_locale
from stackferry.providers.contentstack.verification.change import document_changes
from stackferry.providers.contentstack.words import DOCUMENTS
from stackferry.providers.differences import Mismatch, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.contentstack.verification.findings import Findings
    from stackferry.providers.differences import Change
    from stackferry.providers.target import ImportContext


def compare_entries(context: ImportContext, findings: Findings) -> Iterator[Mismatch | Change]:
    """The latest document of every entry in every language, and what the target holds beyond them."""
    findings.gaps += _ambiguous(context)
    entries = context.once(ComparableEntries)
    last = ("", "")
    for document in entries.latest():  # entry by entry
        before, this = findings.compared[DOCUMENTS], (document.content_type, document.uid)
        yield from _compare(context, findings, entries, document)
        if findings.compared[DOCUMENTS] > before and this != last:
            findings.compared["entries"] += 1
            last = this
    yield from _unexpected(context, entries)


def _ambiguous(context: ImportContext) -> list[Gap]:
    """Entries that are compared with none, because they could be several of the target's."""
    if not isinstance(context.identity, MatchedIdentity):
        return []
    return [
        Gap(kind="entries", uid=one.uid, type=one.content_type, reason=f"it {one.reason}")
        for one in context.identity.ambiguous
    ]


def _compare(
    context: ImportContext, findings: Findings, entries: ComparableEntries, document: EntryVersion
) -> Iterator[Mismatch | Change]:
    target = context.identity.target("entries", document.uid)
    stream = Stream("entries", document.content_type, target_locale(context, document.locale))
    row = context.target.get(stream, target) if target else None
    expected, gaps = entries.expected(document, row)
    # A link to what neither side has is equal where both still hold it.
    is_same = row is not None and entries.is_same_unresolved(document, row, stale_counts=True)
    if findings.tells_edits:
        expected, gaps = entries.with_links(document, row) if row and not is_same else (expected, [])
    findings.gaps += [] if is_same else gaps
    place = (document.content_type, document.locale)
    if row is None:
        yield from findings.missing("entries", document.uid, expected.get("title"), *place)
        return
    findings.compared[DOCUMENTS] += 1
    yield from _compare_stages(context, document, row)
    if is_same:
        return
    seen = entries.written_form(document.content_type, row)
    expected, seen = (findings.without_kept(side, document.uid, document.locale) for side in (expected, seen))
    if findings.tells_edits:
        title = text(row.get("title")) or text(expected.get("title"))
        yield from document_changes(Subject("entries", document.uid, title, *place), expected, seen)
        return
    for found in differences(normalize(expected), normalize(without_filled_in(seen, expected))):
        yield Mismatch("entries", document.uid, found.left, found.right, *place, path=found.path)


def _compare_stages(context: ImportContext, document: EntryVersion, row: JsonObject) -> Iterator[Mismatch]:
    """The workflow stage of a document. One whose workflow is not in the target is a difference of workflows."""
    loaded = document.load(context.source)
    stage, found = _stage_of(loaded), _stage_of(row)
    # Stages have uids of their own in every stack.
    expected = context.identity.target("stages", stage) if stage else ""
    place = (document.content_type, document.locale)
    if expected is not None and expected != found:
        yield Mismatch("workflow_stages", document.uid, expected, found, *place)
    elif expected:
        wanted, shown = target_details(context, stage_details(loaded)), stage_details(row)
        if not is_same_stack(context):
            shown.pop("assigned_to", None)
        for name in differing_details(wanted, shown):
            sides = wanted.get(name), shown.get(name)
            yield Mismatch("workflow_stages", document.uid, *sides, *place, path=f"/_workflow/{name}")


def _stage_of(document: JsonObject) -> str:
    """The uid of the stage that a document is in, or nothing."""
    return text(as_object(document.get("_workflow")).get("uid"))


def _unexpected(context: ImportContext, entries: ComparableEntries) -> Iterator[Mismatch]:
    """Entries and languages of the target that are those of no entry of the snapshot."""
    # On disk: a target may hold more entries than fit in memory.
    expected = context.scratch.table(3, _expected(context, entries))
    for stream in context.target.streams():
        if stream.kind == "entries":
            for row in context.target.objects(stream):
                uid = text(row.get("uid"))
                if not expected.of(stream.type, uid, stream.locale):
                    yield Mismatch("entries", uid, ABSENT, row.get("title"), stream.type, stream.locale)


def _expected(context: ImportContext, entries: ComparableEntries) -> Iterator[Row]:
    """Every document that the target should hold: content type, uid, locale."""
    for document in entries.latest():
        target = context.identity.target("entries", document.uid)
        if target is not None:
            yield document.content_type, target, target_locale(context, document.locale)
