"""The locales of an export, and its entries: latest versions, older ones, variants.

API pages: "Get all entries" and "Get a single entry", whose rows these are. The old generation does not list the master
locale, and a folder may spell a code in other capitals than the locale's own row. A locale that is a guess is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stackferry.formats.csdx.layout import (
    ENTRY_CHUNK,
    VARIANT_CHUNK,
    ConvertedFile,
    Rows,
    version_number,
    with_uid,
    without_client_keys,
)
from stackferry.json_values import as_object, text
from stackferry.model import HEAD, Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack.content.locales import (
    fallback_chain,
    locale_fallbacks,
    master_among,
)
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.formats.csdx.folder import ExportFolder
    from stackferry.providers.source import GrowingStore, RecordStore


_DEFAULT_MASTER = "en-us"  # of a new stack


@dataclass(frozen=True, slots=True)
class EntriesPath:
    """Where the entries of one content type in one language are: a path from the export's root.

    `form`: "chunks" (a folder with an index); "map" (one file, old generation); or "history" (older versions of the
    old generation, a folder for each entry).
    """

    content_type: str
    locale: str
    path: str
    form: Literal["chunks", "map", "history"]


def entries_paths(folder: ExportFolder) -> Iterator[EntriesPath]:
    """Every file or folder that may hold entries."""
    # The CLI makes a folder only where the first page had an entry. A locale that lost its entries in an export that
    # broke off looks the same as one without entries.
    for outer in folder.names("entries"):
        for inner in folder.names(f"entries/{outer}"):
            path = f"entries/{outer}/{inner}"
            if not folder.is_folder(path):
                if inner.endswith(".json"):
                    yield EntriesPath(outer, inner.removesuffix(".json"), path, "map")
            elif _holds_versions(folder, path):
                # `LOCALE/TYPE/ENTRY/version-N.json`: locale first, content type second, unlike everywhere else.
                yield EntriesPath(inner, outer, path, "history")
            else:
                yield EntriesPath(outer, inner, path, "chunks")


def _holds_versions(folder: ExportFolder, path: str) -> bool:
    return any(
        name.startswith("version-")
        for entry in folder.names(path)
        if entry not in ("versions", "variants")
        for name in folder.names(f"{path}/{entry}")
    )


def generation(folder: ExportFolder) -> int:
    """1 for the old flat layout, 2 for the one in chunks. Releases 2.x of the CLI no longer write the number."""
    info = folder.optional("export-info.json")
    number = as_object(info).get("contentVersion")
    if isinstance(number, int):
        return number
    return 1 if any(entries.form == "map" for entries in entries_paths(folder)) else 2


def locales(folder: ExportFolder) -> ConvertedFile:
    """The declared languages, the master language, and languages that only folders of entries name."""
    added: list[str] = []
    rows: dict[str, JsonObject] = {}
    for name in ("locales/locales.json", "locales/master-locale.json"):
        for key, row in folder.rows(name):
            code = text(row.get("code")) or key
            rows[code] = with_uid("locales", key if key != code else "", without_client_keys(row), added)
    gaps: list[Gap] = []
    master, certain = _master(folder, rows)
    if master not in rows:
        rows[master] = {"code": master, "fallback_locale": None, "name": master}
        added.append("locales: the master language, which this export does not list")
        gaps += [] if certain else [Gap(kind="locales", uid=master, reason=_GUESSED)]
    for code in _undeclared(folder, rows):
        rows[code] = {"code": code, "fallback_locale": master, "name": code}
        gaps.append(Gap(kind="locales", uid=code, reason=_UNDECLARED))
    records = [(Stream("locales"), Record(code, row)) for code, row in rows.items()]
    records.append((HEAD, Record("", {"master_locale": master})))
    return ConvertedFile(job="locales", records=records, gaps=gaps, added=added)


_GUESSED = "nothing in the export shows which language is the master one; this one was taken"
_UNDECLARED = (
    "the export holds entries in this language without declaring it; its name and fallback are guesses"
)


def _master(folder: ExportFolder, declared: dict[str, JsonObject]) -> tuple[str, bool]:
    """The master language, and whether that is certain.

    Its own file names it, or the stack's settings; else it is what the others fall back to, declared or not, or what
    falls back to nothing; else the language of entries that is not declared.
    """
    if named := _named_master(folder):
        return named, True
    missing = _undeclared_ends(declared)
    if not missing and (found := master_among([{"code": code, **row} for code, row in declared.items()])):
        return found, True
    candidates = missing or {*_undeclared(folder, declared)}
    if len(candidates) == 1:
        return candidates.pop(), True
    is_usual = not candidates or _DEFAULT_MASTER in candidates
    return _DEFAULT_MASTER if is_usual else min(candidates), False


def _undeclared_ends(declared: Mapping[str, JsonObject]) -> set[str]:
    """The languages that others fall back to, and that are not declared."""
    known = {code.casefold() for code in declared}
    ends = {text(row.get("fallback_locale")) for row in declared.values()}
    return {code for code in ends if code and code.casefold() not in known}


def _named_master(folder: ExportFolder) -> str:
    """The master language that a file of its own names, or the stack's settings; empty where none does."""
    own = [text(row.get("code")) or key for key, row in folder.rows("locales/master-locale.json")]
    if len(own) == 1:
        return own[0]
    stacks = (folder.optional(name) for name in ("stack/stack.json", "stack/settings.json"))
    found = (text(stack.get("master_locale")) for stack in stacks if isinstance(stack, dict))
    return next(filter(None, found), "")


def _undeclared(folder: ExportFolder, declared: dict[str, JsonObject]) -> list[str]:
    known = {code.casefold() for code in declared}
    names = {path.locale for path in entries_paths(folder) if path.locale.casefold() not in known}
    return sorted({name.casefold(): name for name in sorted(names)}.values())


def entries(folder: ExportFolder, staged: RecordStore) -> Iterator[ConvertedFile]:
    """Every entry of every content type in every language, file by file, and then all older versions.

    Older versions come last because they are recognised by the latest ones in `staged`.
    """
    paths = _in_fallback_order(folder, staged)
    for where, stream in paths:
        if where.form == "map":
            for rows in folder.batches(where.path):
                yield _latest_versions(where.path, rows, stream, staged)
        elif where.form == "chunks":
            for name, rows in folder.chunks(where.path, "index.json", ENTRY_CHUNK):
                yield _latest_versions(name, rows, stream, staged)
            yield from _variants(folder, where, stream)
    for where, stream in paths:
        histories = (
            _old_history_files(folder, where) if where.form == "history" else _history_files(folder, where)
        )
        for path, rows in histories:
            yield _older_versions(path, rows, stream, staged)


def _in_fallback_order(folder: ExportFolder, staged: RecordStore) -> list[tuple[EntriesPath, Stream]]:
    """Where entries are, with the stream that they belong to.

    A language comes after those that it falls back to, so that `_misplaced_gaps` finds the document that is repeated.
    The language's own row decides how its code is spelled, not the folder.
    """
    codes = [text(row.get("code")) for row in staged.objects(Stream("locales"))]
    declared = {code.casefold(): code for code in codes}
    fallback = locale_fallbacks(staged)
    found = [
        (where, Stream("entries", where.content_type, declared.get(where.locale.casefold(), where.locale)))
        for where in entries_paths(folder)
    ]
    return sorted(
        found, key=lambda pair: (len([*fallback_chain(pair[1].locale, fallback)]), pair[1], pair[0].path)
    )


def missing_objects(staged: GrowingStore) -> ConvertedFile:
    """Gaps that show once every file is read: types that entries have, versions that something points at."""
    types = {text(row.get("uid")) for row in staged.objects(Stream("content_types"))}
    held = sorted({stream.type for stream in staged.streams() if stream.kind == "entries"} - types)
    reason = "the export holds entries of this content type, and not the type itself"
    gaps = [Gap(kind="content_types", uid=uid, reason=reason) for uid in held]
    for pin in PinnedVersions(staged, "pinned"):
        kind = "versions" if pin.kind == "entries" else "asset_versions"
        if staged.get(Stream(kind, pin.content_type, pin.locale), pin.uid, pin.version) is None:
            reason = f"the export does not hold this version ({pin.reason})"
            place = {"uid": pin.uid, "type": pin.content_type, "locale": pin.locale}
            gaps.append(Gap(kind=kind, path=f"version {pin.version}", reason=reason, **place))
    return ConvertedFile(job="missing", gaps=gaps)


def _latest_versions(job: str, rows: Rows, stream: Stream, staged: RecordStore) -> ConvertedFile:
    """The rows of one file. Of an entry that is there twice, the higher version is the latest one."""
    added: list[str] = []
    gaps: list[Gap] = []
    latest: dict[str, JsonObject] = {}
    older: list[tuple[Stream, Record]] = []
    for key, raw in rows:
        row = _with_uid_and_locale(key, raw, stream, added)
        uid = text(row.get("uid"))
        if text(row.get("locale")).casefold() != stream.locale.casefold():
            gaps += _misplaced_gaps(stream, row, staged)
            continue
        before = latest.get(uid) or staged.get(stream, uid)
        if before is not None and _number(before) != _number(row):
            row, past = sorted((before, row), key=_number, reverse=True)
            older.append(_older_version(stream, past))
        latest[uid] = row
    records = [(stream, Record(uid, row)) for uid, row in latest.items()]
    return ConvertedFile(job=job, records=[*records, *older], gaps=gaps, added=added)


def _with_uid_and_locale(key: str, raw: JsonObject, stream: Stream, added: list[str]) -> JsonObject:
    row = with_uid("entries", key, _without_added_keys(raw), added)
    if row.get("locale"):
        return row
    added.append("entries: locale, from the file's name")
    return {**row, "locale": stream.locale}


def _without_added_keys(raw: JsonObject) -> JsonObject:
    """The row as the API sends it. Where the client adds its own keys, it adds `content_type_uid` too."""
    row = without_client_keys(raw)
    return row if row is raw else {name: value for name, value in row.items() if name != "content_type_uid"}


def _misplaced_gaps(stream: Stream, row: JsonObject, staged: RecordStore) -> list[Gap]:
    """The gap of a row in another language, unless it repeats that language's document.

    The CLI lists an entry in every language, and the service answers with the document that the language falls back
    to; such a row holds nothing of its own.
    """
    uid, locale = text(row.get("uid")), text(row.get("locale"))
    if staged.get(stream._replace(locale=locale), uid) == row:
        return []
    reason = f"lies among the entries in this language and is a document in '{locale}': left out"
    return [Gap(kind="entries", uid=uid, type=stream.type, locale=stream.locale, reason=reason)]


def _number(row: JsonObject) -> int:
    return version_number(row, 0)


def _older_version(stream: Stream, row: JsonObject) -> tuple[Stream, Record]:
    return stream._replace(kind="versions"), Record(text(row.get("uid")), row, _number(row))


def _history_files(folder: ExportFolder, where: EntriesPath) -> Iterator[tuple[str, Rows]]:
    """`versions/ENTRY.json`: every version, the latest included."""
    for name in folder.names(f"{where.path}/versions") if where.form == "chunks" else []:
        if name.endswith(".json"):
            path = f"{where.path}/versions/{name}"
            yield path, [(name.removesuffix(".json"), row) for _, row in folder.rows(path)]


def _old_history_files(folder: ExportFolder, where: EntriesPath) -> Iterator[tuple[str, Rows]]:
    """`ENTRY/version-N.json`, one version each."""
    for uid in folder.names(where.path):
        rows: Rows = []
        for name in folder.names(f"{where.path}/{uid}"):
            row = folder.optional(f"{where.path}/{uid}/{name}") if name.endswith(".json") else None
            rows += [(uid, row)] if isinstance(row, dict) else []
        yield f"{where.path}/{uid}", rows


def _older_versions(job: str, rows: Rows, stream: Stream, staged: RecordStore) -> ConvertedFile:
    """The versions of one entry, without the latest, which is among the entries."""
    added: list[str] = []
    records, gaps = [], []
    for key, raw in rows:
        row = _with_uid_and_locale(key, raw, stream, added)
        if text(row.get("locale")).casefold() != stream.locale.casefold():
            continue  # the language fell back to another one then: a version of that one's document
        latest = staged.get(stream, text(row.get("uid")))
        if latest is None:
            reason = "the export holds versions of this entry and not the entry itself"
            uid = text(row.get("uid"))
            gaps.append(Gap(kind="entries", uid=uid, type=stream.type, locale=stream.locale, reason=reason))
        elif _number(latest) != _number(row):
            records.append(_older_version(stream, row))
    return ConvertedFile(job=job, records=records, gaps=gaps, added=added)


def _variants(folder: ExportFolder, where: EntriesPath, stream: Stream) -> Iterator[ConvertedFile]:
    """`variants/ENTRY/`: chunks of the entry's variants."""
    path = f"{where.path}/variants"
    for uid in folder.names(path):
        for name, rows in folder.chunks(f"{path}/{uid}", "index.json", VARIANT_CHUNK):
            yield ConvertedFile(job=name, records=[_variant(stream, uid, row) for _, row in rows])


def _variant(stream: Stream, uid: str, row: JsonObject) -> tuple[Stream, Record]:
    about = row.get("_variant")
    variant = text(about.get("_uid")) if isinstance(about, dict) else text(row.get("variant_uid"))
    return stream._replace(kind="variants"), Record(
        f"{uid}\0{variant}", {"uid": uid, "variant": _without_added_keys(row)}
    )
