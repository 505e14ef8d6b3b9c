"""The small kinds of a vendor export: languages, environments, schemas, taxonomies, roles, workflows and so on.

Pure but for the folder that it is given. API pages: the listings of the same kinds, whose rows these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.formats.csdx.model import Folder, Found, Rows, plain, with_uid
from stackferry.model import Gap, Json, JsonObject, Record, Stream
from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.contentstack.exporting.translations import line
from stackferry.providers.contentstack.values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAPS = (
    ("environments", "environments/environments.json"),
    ("extensions", "extensions/extensions.json"),
    ("labels", "labels/labels.json"),
    ("webhooks", "webhooks/webhooks.json"),
    ("publish_rules", "workflows/publishing-rules.json"),
)
_OWN_FILES = frozenset({"schema.json", "globalfields.json", "__master.json", "__priority.json"})
# Folders that are read, here or beside, and those that hold the CLI's own records and no content.
_READ = frozenset({"assets", "content_types", "custom-roles", "entries", "environments", "extensions"})
_READ |= {"global_fields", "labels", "locales", "taxonomies", "webhooks", "workflows"}
_NO_CONTENT = frozenset({"logs", "mapper"})


def structure(folder: Folder, *, keep_secrets: bool = False) -> Iterator[Found]:
    """Everything but languages, assets and entries."""
    for kind, name in _MAPS:
        yield _map(kind, folder.rows(name), keep_secrets)
    yield from _workflows(folder, keep_secrets)
    yield _schemas(folder, "global_fields", "globalfields.json")
    yield _schemas(folder, "content_types", "schema.json")
    yield from _taxonomies(folder)
    yield _elsewhere(folder)


def _map(kind: str, rows: Rows, keep_secrets: bool) -> Found:
    """A file that maps uids to objects."""
    added: list[str] = []
    redacted: list[str] = []
    records = []
    for key, row in rows:
        whole = with_uid(kind, key, plain(row), added)
        clean, places = (whole, []) if keep_secrets else redact(kind, whole)
        records.append((Stream(kind), Record(text(clean.get("uid")), clean)))
        redacted += places
    return Found(job=kind, records=records, redacted=redacted, added=added)


def _workflows(folder: Folder, keep_secrets: bool) -> Iterator[Found]:
    """Workflows name roles by uid; the CLI puts the whole roles there, also those that it lists nowhere else."""
    roles = dict(folder.rows("custom-roles/custom-roles.json"))
    workflows: Rows = []
    for key, row in folder.rows("workflows/workflows.json"):
        stages: list[Json] = [_stage(stage, roles) for stage in objects(row.get("workflow_stages"))]
        workflows.append((key, {**row, "workflow_stages": stages} if stages else row))
    yield _map("roles", [*roles.items()], keep_secrets)
    yield _map("workflows", workflows, keep_secrets)


def _stage(stage: JsonObject, roles: dict[str, JsonObject]) -> JsonObject:
    rights = stage.get("SYS_ACL")
    held = rights.get("roles") if isinstance(rights, dict) else None
    uids = held.get("uids") if isinstance(held, dict) else None
    if not isinstance(rights, dict) or not isinstance(held, dict) or not isinstance(uids, list):
        return stage
    for role in objects(uids):
        roles.setdefault(text(role.get("uid")), role)
    named: list[Json] = [role.get("uid") if isinstance(role, dict) else role for role in uids]
    return {**stage, "SYS_ACL": {**rights, "roles": {**held, "uids": named}}}


def _schemas(folder: Folder, kind: str, together: str) -> Found:
    """Content types or global fields: in one list, in a file each, or both.

    The newest CLI writes and reads a file each; where the list says otherwise, the file is taken.
    """
    rows = {text(row.get("uid")): plain(row) for _, row in folder.rows(f"{kind}/{together}")}
    listed, gaps = bool(rows), []
    for name in folder.names(kind):
        row = _schema_file(folder, f"{kind}/{name}") if name not in _OWN_FILES else None
        if row is None:
            continue
        uid = text(row.get("uid"))
        if listed and rows.get(uid) != row:
            reason = f"{together} and {name} disagree; {name} was taken"
            gaps.append(Gap(kind=kind, uid=uid, reason=reason))
        rows[uid] = row
    return Found(job=kind, records=[(Stream(kind), Record(uid, row)) for uid, row in rows.items()], gaps=gaps)


def _schema_file(folder: Folder, name: str) -> JsonObject | None:
    """One type in its own file; other files lie in the folder too."""
    row = folder.optional(name) if name.endswith(".json") else None
    if not isinstance(row, dict) or not row.get("uid") or not isinstance(row.get("schema"), list):
        return None
    return plain(row)


def _taxonomies(folder: Folder) -> Iterator[Found]:
    rows = {key or text(row.get("uid")): row for key, row in folder.rows("taxonomies/taxonomies.json")}
    files = _taxonomy_files(folder)
    for uid in sorted({*rows, *files}):
        yield _taxonomy(folder, uid, rows.get(uid), files.get(uid, []))


def _taxonomy_files(folder: Folder) -> dict[str, list[str]]:
    """The files of each taxonomy: one, or one a language."""
    names = [name for name in folder.names("taxonomies") if name != "taxonomies.json"]
    files = [f"taxonomies/{name}" for name in names if name.endswith(".json")]
    files += [
        f"taxonomies/{locale}/{name}"
        for locale in names
        for name in folder.names(f"taxonomies/{locale}")
        if name.endswith(".json")
    ]
    found: dict[str, list[str]] = {}
    for file in files:
        found.setdefault(file.rpartition("/")[2].removesuffix(".json"), []).append(file)
    return found


def _taxonomy(folder: Folder, uid: str, row: JsonObject | None, files: list[str]) -> Found:
    documents = {file: _document(folder, file) for file in _master_first(folder, files)}
    first = next(iter(documents.values()), {})
    about = first.get("taxonomy")
    whole: JsonObject = row if row is not None else about if isinstance(about, dict) else {"uid": uid}
    terms = objects(first.get("terms"))
    records = [(Stream("taxonomies"), Record(uid, plain({**whole, "uid": uid})))]
    records += [
        (Stream("terms"), Record(f"{uid}\0{text(term.get('uid'))}", {"taxonomy": uid, "term": plain(term)}))
        for term in terms
    ]
    for file, document in documents.items():
        if document != first:
            records += _in_language(uid, file.split("/")[1], document, terms)
    gaps = _no_terms(uid, whole, files)
    return Found(job=f"taxonomies/{uid}", records=records, gaps=gaps)


def _document(folder: Folder, file: str) -> JsonObject:
    document = folder.optional(file)
    return document if isinstance(document, dict) else {}


def _master_first(folder: Folder, files: list[str]) -> list[str]:
    masters = {
        text(row.get("code"))
        for _, row in folder.rows("locales/locales.json")
        if not row.get("fallback_locale")
    }
    masters |= {text(row.get("code")) for _, row in folder.rows("locales/master-locale.json")}
    return sorted(files, key=lambda file: (file.count("/") > 1 and file.split("/")[1] not in masters, file))


def _no_terms(uid: str, taxonomy: JsonObject, files: list[str]) -> list[Gap]:
    if files or taxonomy.get("terms_count") == 0:
        return []
    return [Gap(kind="terms", uid="*", path=uid, reason="the export does not hold this taxonomy's terms")]


def _in_language(
    uid: str, code: str, document: JsonObject, terms: list[JsonObject]
) -> Iterator[tuple[Stream, Record]]:
    """The names of another language's file. It repeats the master's name of a term that has none of its own."""
    master = {text(term.get("uid")): term.get("name") for term in terms}
    yield line(uid, code, plain({**as_object(document.get("taxonomy")), "uid": uid}), is_term=False)
    for term in objects(document.get("terms")):
        if term.get("name") != master.get(text(term.get("uid"))):
            yield line(uid, code, plain(term), is_term=True)


def _elsewhere(folder: Folder) -> Found:
    """What the CLI exports and a snapshot has no place for."""
    gaps = []
    for module in folder.names():
        if not folder.is_folder(module) or module in _READ | _NO_CONTENT:
            continue
        held = [name for name in _files_below(folder, module) if folder.optional(name) not in (None, {}, [])]
        gaps += [
            Gap(kind=module, uid="*", path=name, reason="a snapshot does not hold this kind") for name in held
        ]
    return Found(job="elsewhere", gaps=gaps)


def _files_below(folder: Folder, place: str) -> Iterator[str]:
    for name in folder.names(place):
        inner = f"{place}/{name}"
        if folder.is_folder(inner):
            yield from _files_below(folder, inner)
        elif name.endswith(".json"):
            yield inner
