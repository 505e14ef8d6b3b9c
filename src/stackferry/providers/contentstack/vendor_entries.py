"""The entries of a vendor export: latest versions, older ones, variants.

API pages: "Get all entries" and "Get a single entry", whose rows these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Gap, JsonObject, Line, Shelf
from stackferry.providers.contentstack.answers import integer, text
from stackferry.providers.contentstack.pins import pinned
from stackferry.providers.contentstack.published import chain, fallbacks
from stackferry.providers.contentstack.vendor_export import Folder, Found, Rows, plain, with_uid
from stackferry.providers.contentstack.vendor_languages import Cell, Languages, cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.provider import Growing, Staged

_CHUNK = "-entries.json"


def entries(folder: Folder, staged: Staged) -> Iterator[Found]:
    """Every document of every content type in every language, file by file, and then its past."""
    placed = _placed(folder, staged)
    for cell, shelf in placed:
        if cell.form == "map":
            for rows in folder.batches(cell.place):
                yield _rows(cell.place, rows, shelf, staged)
        elif cell.form == "chunks":
            for name, rows in folder.chunks(cell.place, "index.json", _CHUNK):
                yield _rows(name, rows, shelf, staged)
            yield from _variants(folder, cell, shelf)
    for cell, shelf in placed:
        histories = _old_history(folder, cell) if cell.form == "history" else _history(folder, cell)
        for place, rows in histories:
            yield _past(place, rows, shelf, staged)


def _placed(folder: Folder, staged: Staged) -> list[tuple[Cell, Shelf]]:
    """The cells with their shelves; a language comes after those that it falls back to."""
    spoken = Languages([text(row.get("code")) for row in staged.objects(Shelf("locales"))])
    fallback = fallbacks(staged)
    found = [(cell, Shelf("entries", cell.content_type, spoken.code(cell.locale))) for cell in cells(folder)]
    return sorted(found, key=lambda pair: (len([*chain(pair[1].locale, fallback)]), pair[1], pair[0].place))


def closing(staged: Growing) -> Found:
    """What cannot be seen before every file is read: types that are not there, versions that something points at."""
    types = {text(row.get("uid")) for row in staged.objects(Shelf("content_types"))}
    held = sorted({shelf.content_type for shelf in staged.shelves() if shelf.kind == "entries"} - types)
    reason = "the export holds entries of this content type, and not the type itself"
    gaps = [Gap(kind="content_types", uid=uid, reason=reason) for uid in held]
    return Found(job="closing", gaps=[*gaps, *_missing_versions(staged)])


def _missing_versions(staged: Growing) -> Iterator[Gap]:
    for pin in pinned(staged, "pinned"):
        kind = "versions" if pin.kind == "entries" else "asset_versions"
        if staged.get(Shelf(kind, pin.content_type, pin.locale), pin.uid, pin.version) is None:
            yield Gap(
                kind=kind,
                uid=pin.uid,
                content_type=pin.content_type,
                locale=pin.locale,
                path=f"version {pin.version}",
                reason=f"the export does not hold this version ({pin.why})",
            )


def _rows(job: str, rows: Rows, shelf: Shelf, staged: Staged) -> Found:
    """The rows of one file; of a row that comes twice, the higher version is the latest."""
    added: list[str] = []
    gaps: list[Gap] = []
    latest: dict[str, JsonObject] = {}
    older: list[tuple[Shelf, Line]] = []
    for key, raw in rows:
        row = _whole(key, raw, shelf, added)
        uid = text(row.get("uid"))
        if text(row.get("locale")).casefold() != shelf.locale.casefold():
            gaps += _misplaced(shelf, row, staged)
            continue
        before = latest.get(uid) or staged.get(shelf, uid)
        if before is not None and _number(before) != _number(row):
            row, past = sorted((before, row), key=_number, reverse=True)
            older.append(_version(shelf, past))
        latest[uid] = row
    shelved = [(shelf, Line(uid, row)) for uid, row in latest.items()]
    return Found(job=job, shelved=[*shelved, *older], gaps=gaps, added=added)


def _whole(key: str, raw: JsonObject, shelf: Shelf, added: list[str]) -> JsonObject:
    row = with_uid("entries", key, _clean(raw), added)
    if row.get("locale"):
        return row
    added.append("entries: locale, from the file's name")
    return {**row, "locale": shelf.locale}


def _clean(raw: JsonObject) -> JsonObject:
    """The client adds the content type too where it adds anything."""
    row = plain(raw)
    return row if row is raw else {name: value for name, value in row.items() if name != "content_type_uid"}


def _misplaced(shelf: Shelf, row: JsonObject, staged: Staged) -> list[Gap]:
    """A row of another language shows what this one falls back to: nothing of its own, if the other has it."""
    uid, locale = text(row.get("uid")), text(row.get("locale"))
    if staged.get(shelf._replace(locale=locale), uid) == row:
        return []
    reason = f"lies among the entries in this language and is a document in '{locale}': left out"
    return [Gap(kind="entries", uid=uid, content_type=shelf.content_type, locale=shelf.locale, reason=reason)]


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 0


def _version(shelf: Shelf, row: JsonObject) -> tuple[Shelf, Line]:
    return shelf._replace(kind="versions"), Line(text(row.get("uid")), row, _number(row))


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


def _past(job: str, rows: Rows, shelf: Shelf, staged: Staged) -> Found:
    """The versions of one entry, without the latest, which lies among the entries."""
    added: list[str] = []
    shelved, gaps = [], []
    for uid, raw in rows:
        row = _whole(uid, raw, shelf, added)
        if text(row.get("locale")).casefold() != shelf.locale.casefold():
            continue  # what the language fell back to then: a version of the other document
        latest = staged.get(shelf, text(row.get("uid")))
        if latest is None:
            gaps.append(_orphan(shelf, text(row.get("uid"))))
        elif _number(latest) != _number(row):
            shelved.append(_version(shelf, row))
    return Found(job=job, shelved=shelved, gaps=gaps, added=added)


def _orphan(shelf: Shelf, uid: str) -> Gap:
    reason = "the export holds versions of this entry and not the entry itself"
    return Gap(kind="entries", uid=uid, content_type=shelf.content_type, locale=shelf.locale, reason=reason)


def _variants(folder: Folder, cell: Cell, shelf: Shelf) -> Iterator[Found]:
    place = f"{cell.place}/variants"
    for uid in folder.names(place):
        for name, rows in folder.chunks(f"{place}/{uid}", "index.json", "-variant-entry.json"):
            yield Found(job=name, shelved=[_variant(shelf, uid, row) for _, row in rows])


def _variant(shelf: Shelf, uid: str, row: JsonObject) -> tuple[Shelf, Line]:
    about = row.get("_variant")
    variant = text(about.get("_uid")) if isinstance(about, dict) else text(row.get("variant_uid"))
    return shelf._replace(kind="variants"), Line(f"{uid}\0{variant}", {"uid": uid, "variant": _clean(row)})
