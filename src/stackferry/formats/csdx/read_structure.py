"""Everything in an export but languages, assets and entries: environments, schemas, taxonomies, workflows and so on.

API pages: the listings of the same kinds, whose rows these are.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.formats.csdx.layout import (
    MAP_FILES,
    SCHEMA_LISTS,
    ConvertedFile,
    Rows,
    with_uid,
    without_client_keys,
)
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, Json, JsonObject, Record, Stream
from stackferry.providers.contentstack.content.locales import master_among
from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.contentstack.exporting.translations import translation
from stackferry.providers.contentstack.kinds import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.formats.csdx.folder import ExportFolder

# Files beside the schemas that hold no schema of their own.
_OTHER_FILES = frozenset({"schema.json", "globalfields.json", "__master.json", "__priority.json"})
# Folders that this package reads, and those that hold logs and mappings of the CLI's imports.
_READ = frozenset({"assets", "content_types", "custom-roles", "entries", "environments", "extensions"})
_READ |= {"global_fields", "labels", "locales", "taxonomies", "webhooks", "workflows"}
_NO_CONTENT = frozenset({"logs", "mapper"})
# Where the CLI notes the stack that it read: in the rows, or as an object of its own.
_FILES_THAT_NAME_THE_STACK = (
    "environments/environments.json",
    "extensions/extensions.json",
    "webhooks/webhooks.json",
    "assets/folders.json",
    "workflows/workflows.json",
)
_EXPERIENCES = "personalize/experiences"


def structure(folder: ExportFolder, *, keep_secrets: bool = False) -> Iterator[ConvertedFile]:
    """Everything but languages, assets and entries; files of kinds that a snapshot cannot hold are gaps."""
    yield _variant_groups(folder)
    for kind, name in MAP_FILES.items():
        yield _map(kind, folder.rows(name), keep_secrets)
    yield from _workflows(folder, keep_secrets)
    for kind, schemas in SCHEMA_LISTS.items():
        yield _schemas(folder, kind, f"{schemas}.json", keep_secrets)
    yield from _taxonomies(folder)
    yield _unsupported(folder)


def source_of(folder: ExportFolder) -> tuple[str, str]:
    """The stack's API key and branch as the vendor's client notes them in `stackHeaders`; "" where it did not."""
    for name in _FILES_THAT_NAME_THE_STACK:
        for _, row in folder.rows(name):
            headers = row.get("stackHeaders")
            noted = headers if isinstance(headers, dict) else row
            key, branch = noted.get("api_key"), noted.get("branch")
            if isinstance(key, str) and key.isalnum():
                return key, text(branch)
    return "", ""


def _map(kind: str, rows: Rows, keep_secrets: bool) -> ConvertedFile:
    """The objects of one kind, with their credentials replaced unless they are to be kept."""
    added: list[str] = []
    redacted: list[str] = []
    records = []
    for key, row in rows:
        whole = BY_NAME[kind].kept(with_uid(kind, key, without_client_keys(row), added))
        clean, places = (whole, []) if keep_secrets else redact(kind, whole)
        records.append((Stream(kind), Record(text(clean.get("uid")), clean)))
        redacted += places
    return ConvertedFile(job=kind, records=records, redacted=redacted, added=added)


def _workflows(folder: ExportFolder, keep_secrets: bool) -> Iterator[ConvertedFile]:
    """Roles and workflows.

    In the API a stage names roles by uid. The CLI puts whole roles there, among them roles that it lists nowhere
    else: they become rows of their own.
    """
    roles = dict(folder.rows("custom-roles/custom-roles.json"))
    workflows: Rows = []
    for key, row in folder.rows("workflows/workflows.json"):
        stages: list[Json] = [_stage(stage, roles) for stage in objects(row.get("workflow_stages"))]
        workflows.append((key, {**row, "workflow_stages": stages} if stages else row))
    yield _map("roles", [*roles.items()], keep_secrets)
    yield _map("workflows", workflows, keep_secrets)


def _stage(stage: JsonObject, roles: dict[str, JsonObject]) -> JsonObject:
    """A stage that names its roles by uid; the roles are added to `roles`."""
    rights = stage.get("SYS_ACL")
    held = as_object(rights).get("roles")
    uids = as_object(held).get("uids")
    if not isinstance(rights, dict) or not isinstance(held, dict) or not isinstance(uids, list):
        return stage
    for role in objects(uids):
        # A role that the CLI lists goes before its copy in a stage.
        roles.setdefault(text(role.get("uid")), role)
    named: list[Json] = [role.get("uid") if isinstance(role, dict) else role for role in uids]
    return {**stage, "SYS_ACL": {**rights, "roles": {**held, "uids": named}}}


def _schemas(folder: ExportFolder, kind: str, list_file: str, keep_secrets: bool) -> ConvertedFile:
    """Content types or global fields: in one list, in a file each, or both.

    The newest CLI writes and reads a file each; where the list differs, the file is taken.
    """
    rows = {text(row.get("uid")): without_client_keys(row) for _, row in folder.rows(f"{kind}/{list_file}")}
    listed, gaps, files = bool(rows), [], dict[str, str]()
    for name, row in _schema_files(folder, kind):
        uid = text(row.get("uid"))
        if (listed or uid in files) and rows.get(uid) != row:
            reason = f"{files.get(uid, list_file)} and {name} disagree; {name} was taken"
            gaps.append(Gap(kind=kind, uid=uid, reason=reason))
        rows[uid], files[uid] = row, name
    redacted: list[str] = []
    for uid, row in {} if keep_secrets else rows.items():
        rows[uid], places = redact(kind, row)
        redacted += places
    return ConvertedFile(
        job=kind,
        records=[(Stream(kind), Record(uid, row)) for uid, row in rows.items()],
        redacted=redacted,
        gaps=gaps,
    )


def _schema_files(folder: ExportFolder, kind: str) -> Iterator[tuple[str, JsonObject]]:
    """The files that hold one content type or global field each, by their names."""
    for name in folder.names(kind):
        if name not in _OTHER_FILES and name.endswith(".json"):
            row = without_client_keys(as_object(folder.optional(f"{kind}/{name}")))
            if row.get("uid") and isinstance(row.get("schema"), list):  # else it holds something else
                yield name, row


def _taxonomies(folder: ExportFolder) -> Iterator[ConvertedFile]:
    """Taxonomies that are listed, and those that only have a file of terms."""
    rows = {key or text(row.get("uid")): row for key, row in folder.rows("taxonomies/taxonomies.json")}
    files = _taxonomy_files(folder)
    for uid in sorted({*rows, *files}):
        yield _taxonomy(folder, uid, rows.get(uid), files.get(uid, []))


def _taxonomy_files(folder: ExportFolder) -> dict[str, list[str]]:
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


def _taxonomy(folder: ExportFolder, uid: str, row: JsonObject | None, files: list[str]) -> ConvertedFile:
    documents = {file: as_object(folder.optional(file)) for file in _master_first(folder, files)}
    first = next(iter(documents.values()), {})
    about = first.get("taxonomy")
    whole: JsonObject = row if row is not None else about if isinstance(about, dict) else {"uid": uid}
    terms = _in_order(objects(first.get("terms")))
    records = [(Stream("taxonomies"), Record(uid, without_client_keys({**whole, "uid": uid})))]
    records += [
        (
            Stream("terms"),
            Record(f"{uid}\0{text(term.get('uid'))}", {"taxonomy": uid, "term": without_client_keys(term)}),
        )
        for term in terms
    ]
    for file, document in documents.items():
        if document != first:
            records += _in_locale(uid, file.split("/")[1], document, terms)
    gaps = []
    if not files and whole.get("terms_count") != 0:
        reason = "the export does not hold this taxonomy's terms"
        gaps.append(Gap(kind="terms", uid="*", path=uid, reason=reason))
    return ConvertedFile(job=f"taxonomies/{uid}", records=records, gaps=gaps)


def _in_order(terms: list[JsonObject]) -> list[JsonObject]:
    """The terms with their `order`: where a file does not say it, siblings stand in the order of its rows."""
    untold = {text(term.get("parent_uid")) for term in terms if term.get("order") is None}
    counts: Counter[str] = Counter()
    numbered = []
    for term in terms:
        parent = text(term.get("parent_uid"))
        counts[parent] += 1
        numbered.append({**term, "order": counts[parent]} if parent in untold else term)
    return numbered


def _master_first(folder: ExportFolder, files: list[str]) -> list[str]:
    """The files of a taxonomy, its master language's first: `taxonomies/UID.json` or `taxonomies/LOCALE/UID.json`."""
    # The tree is taken from the file of the master locale; the others are read for names only.
    rows = [row for _, row in folder.rows("locales/master-locale.json")]
    master = master_among(rows or [row for _, row in folder.rows("locales/locales.json")])
    return sorted(files, key=lambda file: (file.count("/") > 1 and file.split("/")[1] != master, file))


def _in_locale(
    uid: str, code: str, document: JsonObject, terms: list[JsonObject]
) -> Iterator[tuple[Stream, Record]]:
    """The translated names in a language's file, which repeats the master's name of every term that has none."""
    master = {text(term.get("uid")): term.get("name") for term in terms}
    yield translation(
        uid, code, without_client_keys({**as_object(document.get("taxonomy")), "uid": uid}), is_term=False
    )
    for term in objects(document.get("terms")):
        if term.get("name") != master.get(text(term.get("uid"))):
            yield translation(uid, code, without_client_keys(term), is_term=True)


def _variant_groups(folder: ExportFolder) -> ConvertedFile:
    """Variant groups of the stack, from the experiences of Personalize.

    The CLI does not export the groups themselves. An experience names the group that stands for it in the stack, and
    the group's variants; the content types are in a file beside it.
    """
    linked = as_object(folder.optional(f"{_EXPERIENCES}/experiences-content-types.json"))
    rows = folder.rows(f"{_EXPERIENCES}/experiences.json")
    groups = [group for _, row in rows if (group := _variant_group(folder, row, linked)).get("uid")]
    return ConvertedFile(
        job="variant_groups",
        records=[(Stream("variant_groups"), Record(text(group.get("uid")), group)) for group in groups],
        added=["variant_groups: the row, from an experience of Personalize"] * len(groups),
    )


def _variant_group(folder: ExportFolder, experience: JsonObject, linked: JsonObject) -> JsonObject:
    uid, cms = text(experience.get("uid")), as_object(experience.get("_cms"))
    # The names of variants by their short uids; the first version in the file has the last word.
    versions = [row for _, row in folder.rows(f"{_EXPERIENCES}/versions/{uid}.json")]
    rows = [row for version in reversed(versions) for row in objects(version.get("variants"))]
    names = {text(row.get("shortUid")): text(row.get("name")) for row in rows if row.get("name")}
    variants: list[Json] = [
        {"uid": variant, "name": names.get(short, text(variant))}
        for short, variant in as_object(cms.get("variants")).items()
    ]
    return {
        "uid": text(cms.get("variantGroup")),
        "name": text(experience.get("name")),
        "content_types": linked.get(uid, []),
        "variants": variants,
    }


def _unsupported(folder: ExportFolder) -> ConvertedFile:
    """Gaps for files of kinds that a snapshot does not hold: settings, marketplace apps, Personalize."""
    gaps = []
    for module in folder.names():
        if not folder.is_folder(module) or module in _READ | _NO_CONTENT:
            continue
        held = [name for name in _files_below(folder, module) if folder.optional(name) not in (None, {}, [])]
        gaps += [
            Gap(kind=module, uid="*", path=name, reason="a snapshot does not hold this kind") for name in held
        ]
    return ConvertedFile(job="unsupported", gaps=gaps)


def _files_below(folder: ExportFolder, place: str) -> Iterator[str]:
    for name in folder.names(place):
        inner = f"{place}/{name}"
        if folder.is_folder(inner):
            yield from _files_below(folder, inner)
        elif name.endswith(".json"):
            yield inner
