"""Whether an asset whose answer was lost was made: searched for by what was sent. Pure.

API pages: "Get all assets", "Get a single asset".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack.file_names import stored_name
from stackferry.providers.contentstack.importing.assets.versions import probe_version
from stackferry.providers.contentstack.importing.renamed import (
    changed_since_made,
    label,
    new_pages,
    rename_reason,
)
from stackferry.providers.contentstack.requests import assets as requests
from stackferry.providers.contentstack.requests.build import page_params
from stackferry.providers.target import ImportContext, Probe, Suspect

if TYPE_CHECKING:
    from stackferry.model import Json


def probe_asset(context: ImportContext, uid: str, note: JsonObject) -> Probe:
    """Search for a new asset by name, folder and size among those that are no target yet; for another version of one
    by its number. `uid` is the source's."""
    if "version" in note:
        return probe_version(note)
    identity = context.identity

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = (row for row in objects(answer.get("assets")) if _marks(row) == _marks(note))
        return [{"asset": row} for row in rows if not identity.is_target("assets", text(row.get("uid")))]

    def suspects(answer: JsonObject) -> list[Suspect]:
        rows = (row for row in objects(answer.get("assets")) if not row.get("is_dir"))
        return [suspect(row) for row in changed_since_made(context, "assets", rows, [Stream("assets")])]

    def suspect(row: JsonObject) -> Suspect:
        gap = Gap(kind="assets", uid=uid, reason=rename_reason(row))
        return Suspect(
            label=label(row),
            original=requests.read_asset(text(row.get("uid")), ("version", "1")),
            found=lambda first: first if _marks(as_object(first.get("asset"))) == _marks(note) else None,
            renamed=[gap],
        )

    # The page on limits says that some characters are replaced; nothing says that they always are.
    names: list[Json] = [*dict.fromkeys((text(note.get("filename")), stored_name(note.get("filename"))))]
    query = exact_json.dumps({"filename": {"$in": names} if len(names) > 1 else names[0]}).decode()
    newest = (("desc", "created_at"), *page_params(0))
    return Probe(
        request=requests.list_assets(("query", query), *newest),
        found=found,
        required_key="assets",
        next_page=new_pages(context, "assets", [Stream("assets")]),
        newest=requests.list_assets(*newest),
        suspects=suspects,
    )


def _marks(row: JsonObject) -> tuple[object, ...]:
    """What a new asset is recognised by."""
    return (
        stored_name(row.get("filename")),
        row.get("title"),
        row.get("parent_uid"),
        str(row.get("file_size")),
    )
