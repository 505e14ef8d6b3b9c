"""The entries of a vendor export: latest versions, older ones, variants.

API pages: "Get all entries" and "Get a single entry", whose rows these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.formats.csdx.model import Folder, Found, Rows, plain, with_uid
from stackferry.formats.csdx.read_locales import Cell, Languages, cells
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack.content.pinned_versions import pinned_versions
from stackferry.providers.contentstack.content.publications import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.values import integer, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import GrowingStore, RecordStore

_CHUNK = "-entries.json"


def entries(folder: Folder, staged: RecordStore) -> Iterator[Found]:
    """Every document of every content type in every language, file by file, and then its past."""
    placed = _placed(folder, staged)
    for cell, stream in placed:
        if cell.form == "map":
            for rows in folder.batches(cell.place):
                yield _rows(cell.place, rows, stream, staged)
        elif cell.form == "chunks":
            for name, rows in folder.chunks(cell.place, "index.json", _CHUNK):
                yield _rows(name, rows, stream, staged)
            yield from _variants(folder, cell, stream)
    for cell, stream in placed:
        histories = _old_history(folder, cell) if cell.form == "history" else _history(folder, cell)
        for place, rows in histories:
            yield _past(place, rows, stream, staged)


def _placed(folder: Folder, staged: RecordStore) -> list[tuple[Cell, Stream]]:
    """The cells with their streams; a language comes after those that it falls back to."""
    non_empty_fields = Languages([text(row.get("code")) for row in staged.objects(Stream("locales"))])
    fallback = locale_fallbacks(staged)
    found = [
        (cell, Stream("entries", cell.content_type, non_empty_fields.code(cell.locale)))
        for cell in cells(folder)
    ]
    return sorted(
        found, key=lambda pair: (len([*fallback_chain(pair[1].locale, fallback)]), pair[1], pair[0].place)
    )


def closing(staged: GrowingStore) -> Found:
    """What cannot be seen before every file is read: types that are not there, versions that something points at."""
    types = {text(row.get("uid")) for row in staged.objects(Stream("content_types"))}
    held = sorted({stream.type for stream in staged.streams() if stream.kind == "entries"} - types)
    reason = "the export holds entries of this content type, and not the type itself"
    gaps = [Gap(kind="content_types", uid=uid, reason=reason) for uid in held]
    return Found(job="closing", gaps=[*gaps, *_missing_versions(staged)])


def _missing_versions(staged: GrowingStore) -> Iterator[Gap]:
    for pin in pinned_versions(staged, "pinned"):
        kind = "versions" if pin.kind == "entries" else "asset_versions"
        if staged.get(Stream(kind, pin.content_type, pin.locale), pin.uid, pin.version) is None:
            yield Gap(
                kind=kind,
                uid=pin.uid,
                type=pin.content_type,
                locale=pin.locale,
                path=f"version {pin.version}",
                reason=f"the export does not hold this version ({pin.why})",
            )


def _rows(job: str, rows: Rows, stream: Stream, staged: RecordStore) -> Found:
    """The rows of one file; of a row that comes twice, the higher version is the latest."""
    added: list[str] = []
    gaps: list[Gap] = []
    latest: dict[str, JsonObject] = {}
    older: list[tuple[Stream, Record]] = []
    for key, raw in rows:
        row = _whole(key, raw, stream, added)
        uid = text(row.get("uid"))
        if text(row.get("locale")).casefold() != stream.locale.casefold():
            gaps += _misplaced(stream, row, staged)
            continue
        before = latest.get(uid) or staged.get(stream, uid)
        if before is not None and _number(before) != _number(row):
            row, past = sorted((before, row), key=_number, reverse=True)
            older.append(_version(stream, past))
        latest[uid] = row
    records = [(stream, Record(uid, row)) for uid, row in latest.items()]
    return Found(job=job, records=[*records, *older], gaps=gaps, added=added)


def _whole(key: str, raw: JsonObject, stream: Stream, added: list[str]) -> JsonObject:
    row = with_uid("entries", key, _clean(raw), added)
    if row.get("locale"):
        return row
    added.append("entries: locale, from the file's name")
    return {**row, "locale": stream.locale}


def _clean(raw: JsonObject) -> JsonObject:
    """The client adds the content type too where it adds anything."""
    row = plain(raw)
    return row if row is raw else {name: value for name, value in row.items() if name != "content_type_uid"}


def _misplaced(stream: Stream, row: JsonObject, staged: RecordStore) -> list[Gap]:
    """A row of another language shows what this one falls back to: nothing of its own, if the other has it."""
    uid, locale = text(row.get("uid")), text(row.get("locale"))
    if staged.get(stream._replace(locale=locale), uid) == row:
        return []
    reason = f"lies among the entries in this language and is a document in '{locale}': left out"
    return [Gap(kind="entries", uid=uid, type=stream.type, locale=stream.locale, reason=reason)]


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 0


def _version(stream: Stream, row: JsonObject) -> tuple[Stream, Record]:
    return stream._replace(kind="versions"), Record(text(row.get("uid")), row, _number(row))


def _history(folder: Folder, cell: Cell) -> Iterator[tuple[str, Rows]]:
    """`versions/ENTRY.json`: every version, the latest included."""
    for name in folder.names(f"{cell.place}/versions") if cell.form == "chunks" else []:
        if name.endswith(".json"):
            place = f"{cell.place}/versions/{name}"
            yield place, [(name.removesuffix(".json"), row) for _, row in folder.rows(place)]


def _old_history(folder: Folder, cell: Cell) -> Iterator[tuple[str, Rows]]:
    """`ENTRY/version-N.json`, one version each."""
    for uid in folder.names(cell.place):
        rows: Rows = []
        for name in folder.names(f"{cell.place}/{uid}"):
            row = folder.optional(f"{cell.place}/{uid}/{name}") if name.endswith(".json") else None
            rows += [(uid, row)] if isinstance(row, dict) else []
        yield f"{cell.place}/{uid}", rows


def _past(job: str, rows: Rows, stream: Stream, staged: RecordStore) -> Found:
    """The versions of one entry, without the latest, which lies among the entries."""
    added: list[str] = []
    records, gaps = [], []
    for uid, raw in rows:
        row = _whole(uid, raw, stream, added)
        if text(row.get("locale")).casefold() != stream.locale.casefold():
            continue  # what the language fell back to then: a version of the other document
        latest = staged.get(stream, text(row.get("uid")))
        if latest is None:
            gaps.append(_orphan(stream, text(row.get("uid"))))
        elif _number(latest) != _number(row):
            records.append(_version(stream, row))
    return Found(job=job, records=records, gaps=gaps, added=added)


def _orphan(stream: Stream, uid: str) -> Gap:
    reason = "the export holds versions of this entry and not the entry itself"
    return Gap(kind="entries", uid=uid, type=stream.type, locale=stream.locale, reason=reason)


def _variants(folder: Folder, cell: Cell, stream: Stream) -> Iterator[Found]:
    place = f"{cell.place}/variants"
    for uid in folder.names(place):
        for name, rows in folder.chunks(f"{place}/{uid}", "index.json", "-variant-entry.json"):
            yield Found(job=name, records=[_variant(stream, uid, row) for _, row in rows])


def _variant(stream: Stream, uid: str, row: JsonObject) -> tuple[Stream, Record]:
    about = row.get("_variant")
    variant = text(about.get("_uid")) if isinstance(about, dict) else text(row.get("variant_uid"))
    return stream._replace(kind="variants"), Record(f"{uid}\0{variant}", {"uid": uid, "variant": _clean(row)})
