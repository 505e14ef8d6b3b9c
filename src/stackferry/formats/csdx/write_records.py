"""A snapshot as the files of an export, in a layout that releases 1.x and 2.x of the CLI read.

Every row is written with all its values. Names of chunks follow from their folder and number, where the CLI draws
random ones, so that the same snapshot gives the same bytes. The layout keeps the bytes of all versions of an asset in
one folder under their file names, so of versions with the same name only the latest can be written. Yields files, and
writes none.
"""

from __future__ import annotations

from itertools import chain, groupby
from typing import TYPE_CHECKING, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from stackferry import exact_json
from stackferry.formats.csdx.layout import (
    ASSET_CHUNK,
    ENTRY_CHUNK,
    MAP_FILES,
    SCHEMA_LISTS,
    VARIANT_CHUNK,
    is_file_name,
    safe_file_name,
    version_number,
)
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.importing.taxonomies.term_order import Tree
from stackferry.providers.contentstack.importing.taxonomies.translations import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore

CHUNK_BYTES = 1_000_000  # the CLI's own limit for assets and variants; its import reads chunks of any size
# Every stack has these, and none is imported.
_SYSTEM_ROLES = frozenset({"Admin", "Developer", "Content Manager"})
_SUMMARY = ("uid", "url", "filename", "parent_uid", "_version")  # of an asset in `metadata.json`
_UNSUPPORTED = ("releases", "schedules", "variant_groups", "metadata")
JsonFile = tuple[str, bytes]
"""A file of the export: its path, and the JSON in it."""


def json_files(source: RecordStore, key: str, branch: str) -> Iterator[JsonFile]:
    """Every JSON file of the export but those of the assets; `key` and `branch` name the stack it came from."""
    # Without this file the CLI's import takes the export for one of the old generation.
    yield "export-info.json", exact_json.dumps({"contentVersion": 2, "logsPath": ""})
    yield "branches.json", exact_json.dumps([{"uid": branch, "source": ""}])
    yield from _locales(source)
    # Only here: of labels the CLI's import sends `stackHeaders` on to the target as HTTP headers.
    stack_note: JsonObject = {"stackHeaders": {"api_key": key, "branch": branch}} if key else {}
    for kind, name in MAP_FILES.items():
        yield from _map(name, source.objects(Stream(kind)), stack_note if kind == "environments" else {})
    yield from _roles_and_workflows(source)
    for kind, schemas in SCHEMA_LISTS.items():
        yield from _schemas(source, kind, schemas)
    yield from _taxonomies(source)
    for stream in source.streams():
        if stream.kind == "entries":
            yield from _entries(source, stream)
        elif stream.kind == "variants":
            yield from _variants(source, stream)


def unsupported(source: RecordStore) -> Iterator[Gap]:
    """Gaps for what the snapshot holds and the layout does not."""
    for kind in _UNSUPPORTED:
        reason = "the vendor's layout does not hold this kind"
        yield from (
            Gap(kind=kind, uid=text(row.get("uid")), reason=reason) for row in source.objects(Stream(kind))
        )
    for _ in source.objects(Stream("stack_settings")):
        # The vendor's import would write them into its target, with an environment that is not there.
        yield Gap(
            kind="stack_settings", uid="*", reason="a note of the snapshot, which is not written to exports"
        )
    yield from _terms_translated_alone(source)
    for stream in source.streams():
        if stream.kind == "history":
            reason = "the vendor's layout does not hold lists of versions and their names"
            yield Gap(kind="history", uid="*", type=stream.type, locale=stream.locale, reason=reason)


def _terms_translated_alone(source: RecordStore) -> Iterator[Gap]:
    for (taxonomy, code), names in translated(source).items():
        reason = "the vendor's layout holds a term in a language only together with its taxonomy"
        for term in names if "" not in names else ():
            yield Gap(kind="translations", uid=taxonomy, locale=code, path=term, reason=reason)


def chunked(
    folder: str, index: str, ending: str, rows: Iterable[tuple[str, JsonObject]]
) -> Iterator[JsonFile]:
    """Rows as files of about CHUNK_BYTES and the index that lists them, which comes last; nothing for no rows."""
    listed: dict[str, Json] = {}
    for number, data in enumerate(_chunks(rows), 1):
        file = f"{uuid5(NAMESPACE_URL, f'stackferry:{folder}/{number}')}{ending}"
        listed[str(number)] = file
        yield f"{folder}/{file}", data
    if listed:
        yield f"{folder}/{index}", exact_json.dumps(listed)


def _chunks(rows: Iterable[tuple[str, JsonObject]]) -> Iterator[bytes]:
    """JSON objects, each closed by the row with which it reaches CHUNK_BYTES."""
    chunk = bytearray()
    for key, row in rows:
        chunk += b"," if chunk else b"{"
        chunk += exact_json.dumps(key) + b":" + exact_json.dumps(row)
        if len(chunk) >= CHUNK_BYTES:
            chunk += b"}"
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        chunk += b"}"
        yield bytes(chunk)


def _map(name: str, rows: Iterable[JsonObject], more: JsonObject | None = None) -> Iterator[JsonFile]:
    """A file `{uid: object}`, each object with `more`; no file where there are no objects, as the CLI has it."""
    held: JsonObject = {text(row.get("uid")): {**row, **(more or {})} for row in rows}
    if held:
        yield name, exact_json.dumps(held)


def _locales(source: RecordStore) -> Iterator[JsonFile]:
    """The CLI's import needs both files, though one may be empty."""
    master = master_locale(source)
    files: dict[str, JsonObject] = {"locales/master-locale.json": {}, "locales/locales.json": {}}
    # The master locale has a file of its own and is not in the list of all others.
    for row in source.objects(Stream("locales")):
        name = "master-locale" if row.get("code") == master else "locales"
        files[f"locales/{name}.json"][text(row.get("uid")) or text(row.get("code"))] = row
    yield from ((name, exact_json.dumps(held)) for name, held in files.items())


def _roles_and_workflows(source: RecordStore) -> Iterator[JsonFile]:
    """Roles, and workflows whose stages hold whole roles instead of their uids, as the CLI's import expects."""
    roles = {text(row.get("uid")): row for row in source.objects(Stream("roles"))}
    own = [role for role in roles.values() if role.get("name") not in _SYSTEM_ROLES]
    yield from _map("custom-roles/custom-roles.json", own)
    workflows = []
    for row in source.objects(Stream("workflows")):
        stages: list[Json] = [_stage(stage, roles) for stage in objects(row.get("workflow_stages"))]
        is_list = isinstance(row.get("workflow_stages"), list)
        workflows.append({**row, "workflow_stages": stages} if is_list else row)
    yield from _map("workflows/workflows.json", workflows)


def _stage(stage: JsonObject, roles: dict[str, JsonObject]) -> JsonObject:
    rights = as_object(stage.get("SYS_ACL"))
    held = as_object(rights.get("roles"))
    uids = held.get("uids")
    if not isinstance(uids, list):
        return stage
    whole: list[Json] = [roles.get(uid, uid) if isinstance(uid, str) else uid for uid in uids]
    return {**stage, "SYS_ACL": {**rights, "roles": {**held, "uids": whole}}}


def _schemas(source: RecordStore, kind: str, list_file: str) -> Iterator[JsonFile]:
    """Both forms that releases of the CLI read: one list, oldest change first, and a file for each type."""
    rows = sorted(
        source.objects(Stream(kind)), key=lambda row: (text(row.get("updated_at")), text(row.get("uid")))
    )
    if rows or kind == "content_types":
        yield f"{kind}/{list_file}.json", exact_json.dumps([*rows])
    for row in rows:
        uid = text(row.get("uid"))
        # A type whose file would overwrite the list is named as the CLI names it.
        name = f"{uid}|1" if uid == list_file else safe_file_name(uid)
        yield f"{kind}/{name}.json", exact_json.dumps(row)


def _taxonomies(source: RecordStore) -> Iterator[JsonFile]:
    """The list of taxonomies, and a file of terms for each: one for each language if it is translated."""
    rows = {text(row.get("uid")): row for row in source.objects(Stream("taxonomies"))}
    found: dict[str, list[JsonObject]] = {uid: [] for uid in rows}
    for row in source.objects(Stream("terms")):
        found.setdefault(text(row.get("taxonomy")), []).append(as_object(row.get("term")))
    yield from _map("taxonomies/taxonomies.json", rows.values())
    translations = _translations(source)
    for uid, row in rows.items():
        locales = translations.get(uid, {})
        folder = f"{safe_file_name(master_locale(source))}/" if locales else ""
        file = f"{safe_file_name(uid)}.json"
        terms: list[Json] = [*Tree(found[uid]).in_order()]  # the order of the rows is the order of the terms
        yield f"taxonomies/{folder}{file}", exact_json.dumps({"taxonomy": row, "terms": terms})
        for code, names in locales.items():
            document: JsonObject = {
                "taxonomy": {**row, **names.get("", {})},
                "terms": [_in_language(as_object(term), names) for term in terms],
            }
            yield f"taxonomies/{safe_file_name(code)}/{file}", exact_json.dumps(document)


def _translations(source: RecordStore) -> dict[str, dict[str, Mapping[str, JsonObject]]]:
    """What translated taxonomies and their terms say, by taxonomy and by language."""
    found: dict[str, dict[str, Mapping[str, JsonObject]]] = {}
    for (taxonomy, code), names in translated(source).items():
        if "" in names:
            found.setdefault(taxonomy, {})[code] = names
    return found


def _in_language(term: JsonObject, names: Mapping[str, JsonObject]) -> JsonObject:
    """A term with its values of one language, which `names` has by its uid."""
    named = names.get(text(term.get("uid")), {})
    return {name: value for name, value in {**term, **named}.items() if name != "order"}


def _entries(source: RecordStore, stream: Stream) -> Iterator[JsonFile]:
    """The entries in chunks, and for each entry that has older versions a file of all versions, newest first."""
    folder = _folder_of(stream)
    rows = ((text(row.get("uid")), row) for row in source.objects(stream))
    yield from chunked(folder, "index.json", ENTRY_CHUNK, rows)
    by_uid = groupby(source.objects(stream._replace(kind="versions")), key=lambda row: text(row.get("uid")))
    for uid, older in by_uid:
        latest = source.get(stream, uid)
        past = sorted(older, key=lambda row: version_number(row, 0), reverse=True)
        versions = [*([latest] if latest else []), *past]
        yield f"{folder}/versions/{safe_file_name(uid)}.json", exact_json.dumps([*versions])


def _variants(source: RecordStore, stream: Stream) -> Iterator[JsonFile]:
    """One chunk for each entry, which holds a list where all other chunks hold an object."""
    for uid, rows in groupby(source.objects(stream), key=lambda row: text(row.get("uid"))):
        folder = f"{_folder_of(stream)}/variants/{safe_file_name(uid)}"
        file = f"{uuid5(NAMESPACE_URL, f'stackferry:{folder}')}{VARIANT_CHUNK}"
        yield f"{folder}/{file}", exact_json.dumps([row.get("variant") for row in rows])
        yield f"{folder}/index.json", exact_json.dumps({"1": file})


def _folder_of(stream: Stream) -> str:
    return f"entries/{safe_file_name(stream.type)}/{safe_file_name(stream.locale)}"


class BytesToWrite(NamedTuple):
    """Bytes of the snapshot and the file of the export that they become; "" if the layout has no file for them."""

    sha256: str
    file: str
    gap: Gap | None


def asset_metadata(source: RecordStore) -> Iterator[JsonFile]:
    """The JSON files of folders, assets and older versions."""
    folders: list[Json] = [*source.objects(Stream("folders"))]
    yield "assets/folders.json", exact_json.dumps(folders)
    latest = ((text(row.get("uid")), _with_usable_name(row)) for row in source.objects(Stream("assets")))
    yield from _with_summary("assets", "assets.json", latest)
    older = (
        (f"{text(row.get('uid'))}_{version_number(row, 1)}", _with_usable_name(row))
        for row in source.objects(Stream("asset_versions"))
    )
    yield from _with_summary("assets/versions", "versioned-assets.json", older)


def _with_summary(folder: str, index: str, rows: Iterable[tuple[str, JsonObject]]) -> Iterator[JsonFile]:
    """Chunks, their index, and `metadata.json`: the fields of every asset that the CLI looks up without its chunk."""
    summary: JsonObject = {}
    for name, data in chunked(folder, index, ASSET_CHUNK, rows):
        yield name, data
        if not name.endswith(f"/{index}"):
            held = as_object(exact_json.loads(data)).values()
            summary[name.rpartition("/")[2]] = [
                {field: as_object(row).get(field) for field in _SUMMARY} for row in held
            ]
    if summary:
        yield f"{folder}/metadata.json", exact_json.dumps(summary)


def _with_usable_name(row: JsonObject) -> JsonObject:
    """The row with a file name that its bytes can have on a disk: the CLI opens the file of exactly that name.

    Where it finds none, its import does not publish the assets after that one either (seen in 1.60.1).
    """
    name = text(row.get("filename"))
    return row if is_file_name(name) else {**row, "filename": safe_file_name(name)}


def bytes_to_write(source: RecordStore) -> Iterator[BytesToWrite]:
    """The bytes of every version, the latest first, which so gets the name that versions share."""
    rows = groupby(source.objects(Stream("asset_versions")), key=lambda row: text(row.get("uid")))
    versions = {uid: [*older] for uid, older in rows}
    for asset in source.objects(Stream("assets")):
        uid = text(asset.get("uid"))
        older = sorted(versions.get(uid, []), key=lambda row: version_number(row, 1), reverse=True)
        taken: set[str] = set()
        for row in chain([asset], older):
            found = _bytes_of(source, uid, row, taken)
            if found is not None:
                yield found


def _bytes_of(source: RecordStore, uid: str, row: JsonObject, taken: set[str]) -> BytesToWrite | None:
    """One version's bytes; None where the snapshot lacks them, which is a gap of the snapshot already.

    `taken` are the file names of newer versions of this asset; this version's name is added.
    """
    number, name = version_number(row, 1), text(row.get("filename"))
    held = source.get(Stream("files"), uid, number)
    is_taken, usable = name in taken, safe_file_name(name)
    taken.add(name)
    if held is None:
        return None
    reason = "the vendor's layout has one file for all versions with this file name" if is_taken else ""
    if not reason and not is_file_name(name):
        reason = f"a disk cannot hold its file name: the file is called {usable}"
    gap = Gap(kind="files", uid=uid, path=f"version {number}", reason=reason) if reason else None
    file = "" if is_taken else f"assets/files/{safe_file_name(uid)}/{usable}"
    return BytesToWrite(text(held.get("sha256")), file, gap)
