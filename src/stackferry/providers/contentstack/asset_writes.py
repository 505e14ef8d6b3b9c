"""The plan for folders and assets: folders from the root down, each asset version in order.

An asset without its bytes cannot be made: it is a gap, and so is every reference to it. Pure.
API pages: "Create a folder", "Upload asset", "Replace asset".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import jsonio
from stackferry.model import Budget, Gap, JsonObject, Part, Request, Shelf
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.answers import integer, objects, text
from stackferry.providers.contentstack.reading import API
from stackferry.providers.contentstack.small_kinds import parents_first
from stackferry.providers.contentstack.writes import One, Payload
from stackferry.providers.provider import Built, Outcome, Probe, Replay, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator


def folders(replay: Replay) -> Iterator[One]:
    """Every folder after the one that it lies in."""
    rows = list(replay.source.objects(Shelf("folders")))
    for row in parents_first(rows, lambda folder: text(folder.get("parent_uid"))):
        parent = text(row.get("parent_uid"))
        yield One(
            kind=kinds.FOLDERS,
            uid=text(row.get("uid")),
            payload=partial(_folder, replay, row),
            after=[f"folders/{parent}"] if parent else [],
        )


def _folder(replay: Replay, row: JsonObject) -> Payload:
    return Payload({"name": row.get("name"), "parent_uid": parent(replay, row)})


def parent(replay: Replay, row: JsonObject) -> str | None:
    """The target's uid of the folder that an asset or a folder lies in."""
    parent = text(row.get("parent_uid"))
    return replay.identity.target("folders", parent) if parent else None


def assets(replay: Replay) -> Iterator[Step]:
    """Every asset: its older versions that something points at, then its latest."""
    for row in replay.source.objects(Shelf("assets")):
        yield from _versions(replay, row)


def _versions(replay: Replay, latest: JsonObject) -> Iterator[Step]:
    uid = text(latest.get("uid"))
    before = ""
    for document in (*_older(replay, uid, integer(latest.get("_version")) or 1), latest):
        step = _asset(replay, document, before)
        yield step
        before = step.key


def _older(replay: Replay, uid: str, latest: int) -> Iterator[JsonObject]:
    for number in range(1, latest):
        document = replay.source.get(Shelf("asset_versions"), uid, number)
        if document is not None:
            yield document


def _asset(replay: Replay, document: JsonObject, before: str) -> Write:
    uid, version = text(document.get("uid")), integer(document.get("_version")) or 1
    gap = Gap(kind="assets", uid=uid, path=text(document.get("filename")), reason="the target refused it")

    def build() -> Built:
        return _upload(replay, document, uid, version, gap)

    def read(answer: JsonObject) -> Outcome:
        made = answer.get("asset")
        return Outcome(identities=_named(document, made if isinstance(made, dict) else {}))

    return Write(
        key=f"assets/{uid}/{version}",
        kind="assets",
        build=build,
        read=read,
        failed=gap,
        after=[before] if before else [],
        probe=lambda note: _probe(replay, uid, note),
    )


def _upload(replay: Replay, document: JsonObject, uid: str, version: int, gap: Gap) -> Built:
    facts = replay.source.get(Shelf("files"), uid, version)
    target = replay.identity.target("assets", uid)
    existing = _existing(replay, document, facts) if target is None else None
    if existing is not None:
        return Built(identities=_named(document, existing))
    if facts is None:
        return Built(gaps=[Gap(kind="assets", uid=uid, path=gap.path, reason="the snapshot lacks its bytes")])
    parts = _form(replay, document, text(facts.get("sha256")))
    path = f"{API}/assets/{quote(target, safe='')}" if target else f"{API}/assets"
    request = Request(
        method="PUT" if target else "POST", path=path, parts=parts, budget=Budget.WRITE, repeatable=False
    )
    note: JsonObject = {
        "filename": document.get("filename"),
        "title": document.get("title"),
        "parent_uid": parent(replay, document),
        "file_size": str(facts.get("size")),
    }
    return Built(request=request, note=note)


def _existing(replay: Replay, document: JsonObject, facts: JsonObject | None) -> JsonObject | None:
    """In a stack that shares uids the asset itself; elsewhere one of the same name, folder and size."""
    uid = text(document.get("uid"))
    same = replay.target.get(Shelf("assets"), uid)
    if same is not None or not replay.options.on_conflict or facts is None:
        return same
    wanted = (
        document.get("filename"),
        document.get("title"),
        parent(replay, document),
        str(facts.get("size")),
    )
    for row in replay.target.objects(Shelf("assets")):
        if _marks(row) == wanted and not replay.identity.is_target("assets", text(row.get("uid"))):
            return row
    return None


def _marks(row: JsonObject) -> tuple[object, object, object, str]:
    return (row.get("filename"), row.get("title"), row.get("parent_uid"), str(row.get("file_size")))


def _form(replay: Replay, document: JsonObject, sha256: str) -> tuple[Part, ...]:
    tags = document.get("tags")
    words = [text(tag) for tag in tags] if isinstance(tags, list) else []
    fields = {
        "asset[parent_uid]": parent(replay, document) or "",
        "asset[title]": text(document.get("title")),
        "asset[description]": text(document.get("description")),
        "asset[tags]": ",".join(words),
    }
    parts = [Part(name, value.encode("utf-8", "surrogatepass")) for name, value in fields.items() if value]
    upload = Part(
        "asset[upload]",
        replay.bytes_of(sha256),
        filename=text(document.get("filename")) or "file",
        content_type=text(document.get("content_type")) or "application/octet-stream",
    )
    return (*parts, upload)


def _named(document: JsonObject, made: JsonObject) -> list[tuple[str, str, str]]:
    """Who the asset became: its uid, its version, and the URLs that texts know it by."""
    uid, number = text(document.get("uid")), integer(document.get("_version")) or 1
    return [
        ("assets", uid, text(made.get("uid"))),
        ("asset_urls", uid, text(made.get("url"))),
        ("asset_versions", f"{uid}\0{number}", str(integer(made.get("_version")) or 1)),
    ]


def _probe(replay: Replay, uid: str, note: JsonObject) -> Probe:
    """A new asset is looked for by name, folder and size among those that nobody became yet."""
    target = replay.identity.target("assets", uid)

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = [row for row in objects(answer.get("assets")) if _marks(row) == tuple(_noted(note))]
        mine = [row for row in rows if row.get("uid") == target]
        fresh = [row for row in rows if not replay.identity.is_target("assets", text(row.get("uid")))]
        return [{"asset": row} for row in (mine or fresh)]

    query = jsonio.dumps({"filename": note.get("filename")}).decode()
    params = (("query", query), ("desc", "created_at"), ("limit", "100"))
    return Probe(request=Request(method="GET", path=f"{API}/assets", params=params), found=found)


def _noted(note: JsonObject) -> Iterator[object]:
    for name in ("filename", "title", "parent_uid"):
        yield note.get(name)
    yield str(note.get("file_size"))
