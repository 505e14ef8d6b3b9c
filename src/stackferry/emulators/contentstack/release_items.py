"""The items of a release: which may be pinned, and at which version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, Failure, invalid
from stackferry.emulators.contentstack.content.links import ASSETS
from stackferry.emulators.contentstack.lookup import checked_locale, document_in, not_found
from stackferry.emulators.contentstack.publishing import requested_version
from stackferry.emulators.values import text, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Release, Versions
    from stackferry.model import Json, JsonObject

RELEASE_ASSETS = "built_io_upload"
"""What release items call an asset; bulk operations call it "sys_assets"."""

_FAILED = "The item could not be added to the release."


def find_open_release(call: Call, uid: str) -> Release:
    """A release that may be changed. Raises 141 for an unknown one, 422 for a locked one."""
    found = call.branch.releases.get(uid)
    if found is None:
        raise not_found(call, 141, "Release does not exist.")
    refuse_locked(found)
    return found


def refuse_locked(found: Release) -> None:
    """Raises 422 when the release is locked."""
    if found.raw.get("locked") is True:
        raise Failure(422, 141, "This release is locked and cannot be modified.", {"locked": [NOT_VALID]})


def checked_item(call: Call, sent: JsonObject, *, asset_kind: str = RELEASE_ASSETS) -> JsonObject:
    """An item as it is pinned: action, uid, content type, language, version, title. Raises 422."""
    for name in ("uid", "content_type_uid", "action"):
        if not text(sent.get(name)):
            raise invalid(141, _FAILED, **{name: REQUIRED})
    if sent["action"] not in ("publish", "unpublish"):
        raise invalid(141, _FAILED, action=NOT_VALID)
    code = checked_locale(call.branch, text(sent.get("locale")) or call.branch.master_locale)
    is_asset = sent["content_type_uid"] == asset_kind
    versions, title = _versions(call, sent, code, is_asset=is_asset)
    version = requested_version(sent.get("version")) or max(versions)
    if version not in versions:
        raise invalid(141, f"{_FAILED} Version {version} does not exist.", version=NOT_VALID)
    return {
        "action": sent["action"],
        "uid": sent["uid"],
        "content_type_uid": RELEASE_ASSETS if is_asset else sent["content_type_uid"],
        "locale": code,
        "version": version,
        "title": title,
    }


def _versions(call: Call, sent: JsonObject, code: str, *, is_asset: bool) -> tuple[Versions, Json]:
    """The history that a pinned version lies in; in an unlocalized language the fallback's."""
    uid = text(sent["uid"])
    if is_asset:
        asset = call.branch.assets.get(uid)
        if asset is None or asset.is_folder:
            raise invalid(145, f"{_FAILED} The asset does not exist.", uid=NOT_VALID)
        return {number: one.raw for number, one in asset.versions.items()}, asset.latest.get("title")
    entry = call.branch.entries.get(text(sent["content_type_uid"]), {}).get(uid)
    found = document_in(call.branch, entry, code) if entry else None
    if found is None:
        raise invalid(141, f"{_FAILED} The entry does not exist.", uid=NOT_VALID)
    return found[1].versions, found[1].latest.get("title")


def same_item(one: JsonObject, other: JsonObject) -> bool:
    """Whether two items pin the same thing in the same language."""
    return _pinned(one) == _pinned(other)


def _pinned(item: JsonObject) -> tuple[str, str, str]:
    return text(item.get("uid")), text(item.get("content_type_uid")), text(item.get("locale"))


def add_items(found: Release, items: Iterable[JsonObject]) -> None:
    """Pin items; one that was pinned already is replaced, as if they came one by one."""
    added: dict[tuple[str, str, str], JsonObject] = {}
    for item in items:
        added.pop(_pinned(item), None)
        added[_pinned(item)] = item
    found.items = [*(one for one in found.items if _pinned(one) not in added), *added.values()]


def refresh_items(call: Call, found: Release) -> None:
    """Pin the latest version of every item; what is gone stays as it is."""
    found.items = [_refreshed(call, item) for item in found.items]


def _refreshed(call: Call, item: JsonObject) -> JsonObject:
    try:
        return {**item, **checked_item(call, {**item, "version": None})}
    except Failure:
        return item


def publish_kind(item: JsonObject) -> str:
    """What publishing calls the content type of a release item."""
    return ASSETS if item.get("content_type_uid") == RELEASE_ASSETS else text(item.get("content_type_uid"))


def pinned_version(item: JsonObject) -> int:
    """The version that an item pins."""
    return whole(item.get("version"))
