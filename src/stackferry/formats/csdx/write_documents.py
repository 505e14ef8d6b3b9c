"""A snapshot as an export in the vendor CLI's own layout: the newest one, readable by both of its lines.

Every row is written whole. Names of files are the API's where a disk can hold them, and chunk names are made
of what is in them, so that the same snapshot gives the same bytes. Pure: yields documents, writes none.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from stackferry import exact_json
from stackferry.formats.csdx.file_names import leaf
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.documents import master_locale
from stackferry.providers.contentstack.importing.translations import translated
from stackferry.providers.contentstack.values import as_object, integer, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore

CHUNK_BYTES = 1_000_000  # as the CLI has it
_MAPS = {
    "environments": "environments/environments.json",
    "extensions": "extensions/extensions.json",
    "labels": "labels/labels.json",
    "webhooks": "webhooks/webhooks.json",
    "publish_rules": "workflows/publishing-rules.json",
}
_SYSTEM_ROLES = frozenset({"Admin", "Developer", "Content Manager"})  # every stack has its own
_HOMELESS = ("releases", "schedules", "variant_groups")
Document = tuple[str, bytes]


def documents(source: RecordStore, key: str, branch: str) -> Iterator[Document]:
    """Every JSON file of the export but those of the assets, by name."""
    yield "export-info.json", _json({"contentVersion": 2, "logsPath": ""})
    yield "branches.json", _json([{"uid": branch, "source": ""}])
    yield from _languages(source)
    # Where the CLI notes which stack it read. In labels its import would send this on as a header.
    noted: JsonObject = {"stackHeaders": {"api_key": key, "branch": branch}} if key else {}
    for kind, name in _MAPS.items():
        yield from _map(name, source.objects(Stream(kind)), noted if kind == "environments" else {})
    yield from _people(source)
    yield from _schemas(source, "global_fields", "globalfields")
    yield from _schemas(source, "content_types", "schema")
    yield from _taxonomies(source)
    for stream in source.streams():
        if stream.kind == "entries":
            yield from _entries(source, stream)
        elif stream.kind == "variants":
            yield from _variants(source, stream)


def homeless(source: RecordStore) -> Iterator[Gap]:
    """What the snapshot holds and the layout has no place for."""
    for kind in _HOMELESS:
        for row in source.objects(Stream(kind)):
            yield Gap(
                kind=kind, uid=text(row.get("uid")), reason="the vendor's layout does not hold this kind"
            )
    for stream in source.streams():
        if stream.kind == "history":
            yield Gap(
                kind="history",
                uid="*",
                type=stream.type,
                locale=stream.locale,
                reason="the vendor's layout does not hold lists of versions and their names",
            )


def chunked(folder: str, index: str, name: str, rows: Iterable[tuple[str, JsonObject]]) -> Iterator[Document]:
    """Rows as files of bounded size and the index that lists them, which comes last; nothing for no rows."""
    listed: dict[str, Json] = {}
    for number, data in enumerate(_pieces(rows), 1):
        file = f"{uuid5(NAMESPACE_URL, f'stackferry:{folder}/{number}')}-{name}.json"
        listed[str(number)] = file
        yield f"{folder}/{file}", data
    if listed:
        yield f"{folder}/{index}", _json(listed)


def _pieces(rows: Iterable[tuple[str, JsonObject]]) -> Iterator[bytes]:
    piece = bytearray()
    for key, row in rows:
        piece += b"," if piece else b"{"
        piece += exact_json.dumps(key) + b":" + exact_json.dumps(row)
        if len(piece) >= CHUNK_BYTES:
            piece += b"}"
            yield bytes(piece)
            piece.clear()
    if piece:
        piece += b"}"
        yield bytes(piece)


def _json(value: Json) -> bytes:
    return exact_json.dumps(value)


def _map(name: str, rows: Iterable[JsonObject], more: JsonObject) -> Iterator[Document]:
    """A file that maps uids to objects; the CLI writes none where there are no objects."""
    held: JsonObject = {text(row.get("uid")): {**row, **more} for row in rows}
    if held:
        yield name, _json(held)


def _languages(source: RecordStore) -> Iterator[Document]:
    """The CLI's import wants both files, though one may be empty."""
    master = master_locale(source)
    files: dict[str, JsonObject] = {"locales/master-locale.json": {}, "locales/locales.json": {}}
    for row in source.objects(Stream("locales")):
        name = "master-locale" if row.get("code") == master else "locales"
        files[f"locales/{name}.json"][text(row.get("uid")) or text(row.get("code"))] = row
    yield from ((name, _json(held)) for name, held in files.items())


def _people(source: RecordStore) -> Iterator[Document]:
    """Roles, and workflows with the whole roles that their stages name, as the CLI's import expects."""
    roles = {text(row.get("uid")): row for row in source.objects(Stream("roles"))}
    own = [role for role in roles.values() if role.get("name") not in _SYSTEM_ROLES]
    yield from _map("custom-roles/custom-roles.json", own, {})
    yield from _map(
        "workflows/workflows.json", [_workflow(row, roles) for row in source.objects(Stream("workflows"))], {}
    )


def _workflow(row: JsonObject, roles: dict[str, JsonObject]) -> JsonObject:
    if not isinstance(row.get("workflow_stages"), list):
        return row
    return {**row, "workflow_stages": [_stage(stage, roles) for stage in objects(row["workflow_stages"])]}


def _stage(stage: JsonObject, roles: dict[str, JsonObject]) -> JsonObject:
    rights = as_object(stage.get("SYS_ACL"))
    held = as_object(rights.get("roles"))
    uids = held.get("uids")
    if not isinstance(uids, list):
        return stage
    whole: list[Json] = [roles.get(uid, uid) if isinstance(uid, str) else uid for uid in uids]
    return {**stage, "SYS_ACL": {**rights, "roles": {**held, "uids": whole}}}


def _schemas(source: RecordStore, kind: str, together: str) -> Iterator[Document]:
    """Both ways that the CLI has read types: one list, oldest change first, and a file each."""
    rows = sorted(
        source.objects(Stream(kind)), key=lambda row: (text(row.get("updated_at")), text(row.get("uid")))
    )
    if rows or kind == "content_types":
        yield f"{kind}/{together}.json", _json([*rows])
    for row in rows:
        uid = text(row.get("uid"))
        yield f"{kind}/{f'{uid}|1' if uid == together else leaf(uid)}.json", _json(row)


def _taxonomies(source: RecordStore) -> Iterator[Document]:
    rows = {text(row.get("uid")): row for row in source.objects(Stream("taxonomies"))}
    terms: dict[str, list[Json]] = {uid: [] for uid in rows}
    for row in source.objects(Stream("terms")):
        terms.setdefault(text(row.get("taxonomy")), []).append(row.get("term"))
    yield from _map("taxonomies/taxonomies.json", rows.values(), {})
    names = translated(source)
    for uid, row in rows.items():
        languages = {code: said for (taxonomy, code), said in names.items() if taxonomy == uid}
        place = f"{leaf(master_locale(source))}/" if languages else ""
        yield f"taxonomies/{place}{leaf(uid)}.json", _json({"taxonomy": row, "terms": terms[uid]})
        for code, said in languages.items():
            renamed = [
                {**as_object(term), **said.get(text(as_object(term).get("uid")), {})} for term in terms[uid]
            ]
            document: JsonObject = {"taxonomy": {**row, **said.get("", {})}, "terms": [*renamed]}
            yield f"taxonomies/{leaf(code)}/{leaf(uid)}.json", _json(document)


def _entries(source: RecordStore, stream: Stream) -> Iterator[Document]:
    place = _place(stream)
    rows = ((text(row.get("uid")), row) for row in source.objects(stream))
    yield from chunked(place, "index.json", "entries", rows)
    past = groupby(source.objects(stream._replace(kind="versions")), key=lambda row: text(row.get("uid")))
    for uid, older in past:
        latest = source.get(stream, uid)
        versions = [*([latest] if latest else []), *sorted(older, key=_number, reverse=True)]
        yield f"{place}/versions/{leaf(uid)}.json", _json([*versions])


def _variants(source: RecordStore, stream: Stream) -> Iterator[Document]:
    """A list in a chunk, where everything else is a map."""
    for uid, rows in groupby(source.objects(stream), key=lambda row: text(row.get("uid"))):
        place = f"{_place(stream)}/variants/{leaf(uid)}"
        file = f"{uuid5(NAMESPACE_URL, f'stackferry:{place}')}-variant-entry.json"
        yield f"{place}/{file}", _json([row.get("variant") for row in rows])
        yield f"{place}/index.json", _json({"1": file})


def _place(stream: Stream) -> str:
    return f"entries/{leaf(stream.type)}/{leaf(stream.locale)}"


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 0
