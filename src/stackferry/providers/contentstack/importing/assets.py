"""The plan for folders and assets: folders from the root down, each asset version in order.

An asset without its bytes cannot be made: it is a gap, and so is every reference to it. Pure.
API pages: "Create a folder", "Upload asset", "Replace asset".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_list, integer, objects, text
from stackferry.model import FormPart, Gap, JsonObject, Stream
from stackferry.providers.contentstack.importing import asset_versions
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.objects import Payload
from stackferry.providers.contentstack.matching.assets import folder_paths
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests import assets as requests
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator


_NEEDED = ("uid", "_version")  # of the answer to an upload: what entries and releases refer to

# The names on the way to each folder, in the source and in the target.
Paths = tuple[dict[str, str], dict[str, str]]


def folder(context: ImportContext, row: JsonObject) -> Payload:
    return Payload({"name": row.get("name"), "parent_uid": parent(context, row)})


def parent(context: ImportContext, row: JsonObject) -> str | None:
    """The target's uid of the folder that an asset or a folder lies in."""
    parent = text(row.get("parent_uid"))
    return context.identity.target("folders", parent) if parent else None


def assets(context: ImportContext) -> Iterator[Step]:
    """Every asset: its older versions that something points at, then its latest."""
    paths = (folder_paths(context.source), folder_paths(context.target))
    last_of_name: dict[int, str] = {}  # assets of one name one at a time: a probe looks for the name
    for row in context.source.objects(Stream("assets")):
        marks = hash((row.get("filename"), row.get("title"), row.get("parent_uid")))
        existing = context.once(matches).row("assets", text(row.get("uid")))
        for step in _versions(context, row, paths, existing, last_of_name.get(marks, "")):
            yield step
            last_of_name[marks] = step.key


def _versions(
    context: ImportContext, latest: JsonObject, paths: Paths, existing: JsonObject | None, before: str
) -> Iterator[Step]:
    """The steps of one asset.

    Of one that the target already holds only its latest version is compared; before it, where the target is to be
    updated, go the older ones that its own history lacks, and then the latest is written in any case.
    """
    uid = text(latest.get("uid"))
    older = [*_older(context, uid, integer(latest.get("_version")) or 1)]
    if existing is not None:
        is_wanted = context.options.on_conflict == "update" and context.options.includes("assets")
        older = [
            version for version in older if is_wanted and not asset_versions.is_recognised(context, version)
        ]
    is_written = existing is None or bool(older)
    for document in (*older, latest):
        step = _asset(context, document, before, None if is_written else paths, existing)
        yield step
        before = step.key
        if is_written and _has_commas(document):
            retag = _retag(context, document, before)
            yield retag
            before = retag.key


def _older(context: ImportContext, uid: str, latest: int) -> Iterator[JsonObject]:
    for number in range(1, latest):
        document = context.source.get(Stream("asset_versions"), uid, number)
        if document is not None:
            yield document


def asset_keys(document: JsonObject) -> tuple[str, ...]:
    """The steps that make a version of an asset."""
    name = f"{text(document.get('uid'))}/{integer(document.get('_version')) or 1}"
    return (f"assets/{name}", *([f"asset_tags/{name}"] if _has_commas(document) else []))


def _asset(
    context: ImportContext,
    document: JsonObject,
    before: str,
    paths: Paths | None,
    existing: JsonObject | None,
) -> Write:
    """A version that is uploaded, or with `paths` compared with what the target holds."""
    uid, version = text(document.get("uid")), integer(document.get("_version")) or 1
    gap = Gap(kind="assets", uid=uid, path=text(document.get("filename")), reason="the target refused it")

    def build() -> PreparedWrite:
        facts = context.source.get(Stream("files"), uid, version)
        if not context.options.includes("assets"):
            return PreparedWrite(identities=_named(document, existing) if existing else ())
        if existing is not None and paths is not None:
            return _over(context, document, existing, facts, paths)
        return _upload(context, document, facts, gap, existing or {})

    def read(answer: JsonObject) -> WriteResult:
        return WriteResult(identities=_named(document, object_in(answer, "asset", *_NEEDED)))

    return Write(
        key=asset_keys(document)[0],
        kind="assets",
        build=build,
        read=read,
        failed=gap,
        after=[before] if before else [],
        probe=lambda note: _probe(context, uid, note),
    )


def _upload(
    context: ImportContext, document: JsonObject, facts: JsonObject | None, gap: Gap, existing: JsonObject
) -> PreparedWrite:
    uid = text(document.get("uid"))
    target = text(existing.get("uid")) or context.identity.target("assets", uid)
    if facts is None:
        return PreparedWrite(
            gaps=[Gap(kind="assets", uid=uid, path=gap.path, reason="the snapshot lacks its bytes")]
        )
    form = _form(context, document, text(facts.get("sha256")), is_replacement=target is not None)
    request = requests.replace_asset(target, form) if target else requests.upload_asset(form)
    note: JsonObject = {
        "filename": document.get("filename"),
        "title": document.get("title"),
        "parent_uid": parent(context, document),
        "file_size": str(facts.get("size")),
        "target": target,
        "version": _next_version(context, document, existing),
    }
    return PreparedWrite(request=request, note=note)


def _next_version(context: ImportContext, document: JsonObject, existing: JsonObject) -> int:
    """The version that a replacement will make, if nobody else writes."""
    uid, version = text(document.get("uid")), integer(document.get("_version")) or 1
    made = [context.identity.target("asset_versions", f"{uid}\0{number}") for number in range(1, version)]
    known = [int(number) for number in made if number]
    return max([integer(existing.get("_version")) or 0, *known]) + 1


def _over(
    context: ImportContext, document: JsonObject, existing: JsonObject, facts: JsonObject | None, paths: Paths
) -> PreparedWrite:
    """What to do about an asset that the target already holds: nothing, unless updates were asked for."""
    named = _named(document, existing)
    target = text(existing.get("uid"))
    if context.options.on_conflict != "update":
        return PreparedWrite(identities=named)
    # The size in an asset's record is often not that of its file, so a size that is equal in both records is equal.
    if facts is not None and str(existing.get("file_size")) not in (
        str(facts.get("size")),
        str(document.get("file_size")),
    ):
        parts = _form(context, document, text(facts.get("sha256")), is_replacement=True)
        request = requests.replace_asset(target, parts, repeatable=True)
        return PreparedWrite(request=request, identities=named)
    wanted: JsonObject = {
        "title": document.get("title"),
        "description": document.get("description"),
        "tags": document.get("tags"),
    }
    if paths[0].get(text(document.get("parent_uid")), "") != paths[1].get(
        text(existing.get("parent_uid")), ""
    ):
        wanted["parent_uid"] = parent(context, document)
    if all((existing.get(name) or None) == (value or None) for name, value in wanted.items()):
        return PreparedWrite(identities=named)
    return PreparedWrite(request=requests.update_asset(target, wanted), identities=named)


def _marks(row: JsonObject) -> tuple[object, object, object, str]:
    return (row.get("filename"), row.get("title"), row.get("parent_uid"), str(row.get("file_size")))


def _form(
    context: ImportContext, document: JsonObject, sha256: str, *, is_replacement: bool
) -> tuple[FormPart, ...]:
    words = [text(tag) for tag in as_list(document.get("tags"))]
    fields = {
        "asset[parent_uid]": parent(context, document) or "",
        "asset[title]": text(document.get("title")),
        "asset[description]": text(document.get("description")),
        "asset[tags]": ",".join(words),
    }
    # What a replacement does not name stays as it was.
    parts = [
        FormPart(name, value.encode("utf-8", "surrogatepass"))
        for name, value in fields.items()
        if value or is_replacement
    ]
    upload = FormPart(
        "asset[upload]",
        context.bytes_of(sha256),
        filename=text(document.get("filename")) or "file",
        media_type=text(document.get("content_type")) or "application/octet-stream",
    )
    return (*parts, upload)


def _retag(context: ImportContext, document: JsonObject, before: str) -> Write:
    """Tags that hold a comma, which the upload's form cannot say: in a version that takes the upload's place."""
    uid = text(document.get("uid"))

    def build() -> PreparedWrite:
        target = context.identity.target("assets", uid)
        if target is None:
            return PreparedWrite()
        return PreparedWrite(request=requests.update_asset(target, {"tags": document.get("tags")}))

    return Write(
        key=asset_keys(document)[-1],
        kind="assets",
        build=build,
        read=lambda answer: WriteResult(identities=_named(document, object_in(answer, "asset", *_NEEDED))),
        failed=Gap(kind="assets", uid=uid, path="tags", reason="the target refused its tags"),
        after=[before],
    )


def _has_commas(document: JsonObject) -> bool:
    return any("," in text(tag) for tag in as_list(document.get("tags")))


def _named(document: JsonObject, made: JsonObject) -> list[tuple[str, str, str]]:
    """The target's uid, URL (texts refer to an asset by it) and version number."""
    uid, number = text(document.get("uid")), integer(document.get("_version")) or 1
    return [
        ("assets", uid, text(made.get("uid"))),
        ("asset_urls", uid, text(made.get("url"))),
        ("asset_versions", f"{uid}\0{number}", str(integer(made.get("_version")) or 1)),
    ]


def _probe(context: ImportContext, uid: str, note: JsonObject) -> Probe:
    """Look for a new asset by name, folder and size among those that are no target yet, a replaced one by version."""
    target = context.identity.target("assets", uid)

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = [row for row in objects(answer.get("assets")) if _marks(row) == tuple(_noted(note))]
        if target is not None:
            replaced = [
                row for row in rows if row.get("uid") == target and row.get("_version") == note.get("version")
            ]
            return [{"asset": row} for row in replaced]
        fresh = [row for row in rows if not context.identity.is_target("assets", text(row.get("uid")))]
        return [{"asset": row} for row in fresh]

    query = exact_json.dumps({"filename": note.get("filename")}).decode()
    params = (("query", query), ("desc", "created_at"), ("limit", "100"))
    return Probe(request=requests.list_assets(*params), found=found, required_key="assets")


def _noted(note: JsonObject) -> Iterator[object]:
    for name in ("filename", "title", "parent_uid"):
        yield note.get(name)
    yield str(note.get("file_size"))
