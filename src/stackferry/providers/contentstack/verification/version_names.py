"""Names of versions: the versions list of each document whose versions the snapshot names, read and compared. Pure.

API page: "Get Details of All Versions of an Entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT
from stackferry.json_values import integer, nested, objects, text
from stackferry.providers.contentstack.exporting.listings import history
from stackferry.providers.contentstack.target_names import target_locale, version_key
from stackferry.providers.contentstack.verification.other_numbers import Instead, is_same, reads
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Stream
    from stackferry.providers.contentstack.verification.findings import Findings
    from stackferry.providers.source import Job, RecordStore, Table
    from stackferry.providers.target import ImportContext


def lists_of_named(context: ImportContext) -> Iterator[Job]:
    """The target's versions lists that a comparison needs."""
    if context.options.includes("entries"):
        asked: set[tuple[Stream, str]] = set()
        for stream, uid, _, _ in _named(context):
            target = context.identity.target("entries", uid)
            there = _there(context, stream)
            if target and (there, target) not in asked and context.target.get(there, target) is not None:
                asked.add((there, target))
                yield history(there, target)


def compare_version_names(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """Every name of a version that is known in the target, where the target's list was read."""
    shown = context.scratch.table(5, _shown(context))
    for named in _named(context):
        stream, uid, version, name = named
        key = version_key(stream.type, uid, stream.locale, version)
        target, number = context.identity.target("entries", uid), context.identity.target("versions", key)
        if target is None or number is None:
            continue
        rows = shown.of(stream.type, target, _there(context, stream).locale, int(number))
        for *_, found in rows:
            path = f"version {version}"
            if found == name or any(is_same(context, one) for one in _instead(context, shown, *named)):
                continue
            if not findings.is_known("version_names", uid, path):
                place = (stream.type, stream.locale)
                yield Mismatch("version_names", uid, name, text(found) or ABSENT, *place, path=path)


def named_instead(context: ImportContext) -> Iterator[Job]:
    """The target's versions that bear a name of the snapshot's under another number; its lists have been read."""
    if context.options.includes("entries"):
        shown = context.scratch.table(5, _shown(context))
        yield from reads(
            context, (one for named in _named(context) for one in _instead(context, shown, *named))
        )


def _instead(
    context: ImportContext, shown: Table, stream: Stream, uid: str, version: int, name: str
) -> Iterator[Instead]:
    """The target's versions that bear the name, and are not the one that the snapshot's became."""
    target = context.identity.target("entries", uid) or ""
    made = context.identity.target("versions", version_key(stream.type, uid, stream.locale, version))
    for *_, number, found in shown.of(stream.type, target, _there(context, stream).locale):
        if found == name and str(number) != made:
            yield Instead(stream.type, uid, stream.locale, version, target, number)


def _there(context: ImportContext, stream: Stream) -> Stream:
    return stream._replace(locale=target_locale(context, stream.locale))


def _shown(context: ImportContext) -> Iterator[tuple[str, str, str, int, str]]:
    """Every version that the target's lists hold, with its name or without."""
    for stream, uid, number, name in named_versions(context.target, "history"):
        yield stream.type, uid, stream.locale, number, name


def _named(context: ImportContext) -> Iterator[tuple[Stream, str, int, str]]:
    """The versions of the source that have a name, whether a document or a list of versions says so."""
    seen = context.scratch.table(
        4
    )  # once: what says it first is believed, as documents may be read at other times
    for stream, uid, number, name in named_versions(context.source, "entries", "versions", "history"):
        row = (stream.type, stream.locale, uid, number)
        if name and not seen.of(*row):
            seen.add([row])
            yield stream, uid, number, name


def named_versions(records: RecordStore, *kinds: str) -> Iterator[tuple[Stream, str, int, str]]:
    """Each version in records of these kinds: the entry's stream and uid, its number and its name."""
    for stream in records.streams():
        for row in records.objects(stream) if stream.kind in kinds else ():
            for version in objects(row.get("versions")) if stream.kind == "history" else [row]:
                number, given = integer(version.get("_version")), version.get("_version_name")
                if number is not None:  # an object also says by whom and when it was named
                    name = text(nested(given, "title")) or text(given)
                    yield stream._replace(kind="entries"), text(row.get("uid")), number, name
