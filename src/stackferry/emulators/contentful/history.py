"""What a publish leaves of an entry or a content type: a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.documents import link
from stackferry.json_values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject


def keep_snapshot(call: Call, document: Document) -> None:
    """Keep what was just published. It is kept in `master`, or what the alias of that name means, and only there."""
    if call.environment.id != call.space.target_of("master"):
        return
    body = {
        name: value
        for name, value in document.body.items()
        if name != "metadata" or document.sys["type"] != "Entry"
    }
    document.snapshots.append(snapshot_of(call.service.new_id(), body, document.sys))
    if (most := call.switches.snapshots_kept) is not None:
        document.snapshots = document.snapshots[-most:]


def snapshot_of(uid: str, body: JsonObject, sys: JsonObject) -> JsonObject:
    """A snapshot of a body as it was right after a publish; the tags of an entry are not in it."""
    made: JsonObject = {
        "type": "Snapshot",
        "id": uid,
        "snapshotType": "publish",
        "snapshotEntityType": text(sys.get("type")),
        "createdAt": sys.get("publishedAt", sys.get("updatedAt")),
        "createdBy": sys.get("publishedBy", link("User", "invented-user")),
        "updatedAt": sys.get("publishedAt", sys.get("updatedAt")),
        "updatedBy": sys.get("publishedBy", link("User", "invented-user")),
    }
    return {"sys": made, "snapshot": {**body, "sys": dict(sys)}}
