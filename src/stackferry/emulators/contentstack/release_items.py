"""The items of a release: which may be pinned, and at which version. Page: CMA | Releases."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.content.links import ASSETS
from stackferry.emulators.contentstack.lookup import checked_locale, document_in, find_release
from stackferry.emulators.contentstack.publishing import UPLOAD_TYPE, PublishItem, requested_version
from stackferry.emulators.values import text, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Release, Versions
    from stackferry.model import Json, JsonObject

_FAILED = "The item could not be added to the release."


def find_open_release(call: Call, uid: str | None = None) -> Release:
    """A release that may be changed: of a uid, or the one in the path. Raises 141 for an unknown or locked one."""
    release = find_release(call, uid)
    refuse_locked(release)
    return release


def refuse_locked(release: Release) -> None:
    """Raises 141 when the release is locked (page: Lock a Release)."""
    if release.raw.get("locked") is True:
        raise invalid(141, "This release is locked and cannot be modified.", locked=NOT_VALID)


def checked_item(call: Call, sent: JsonObject, *, asset_kind: str = UPLOAD_TYPE) -> JsonObject:
    """An item as it is pinned: action, uid, content type, language, version, title. Raises 141 or 145."""
    for name in ("uid", "content_type_uid", "action"):
        if not text(sent.get(name)):
            raise invalid(141, _FAILED, **{name: REQUIRED})
    if sent["action"] not in ("publish", "unpublish"):
        raise invalid(141, _FAILED, action=NOT_VALID)
    code = checked_locale(call.branch, text(sent.get("locale")) or call.branch.master_locale)
    is_asset = sent["content_type_uid"] == asset_kind
    versions, title = _asset_versions(call, sent) if is_asset else _entry_versions(call, sent, code)
    version = requested_version(sent.get("version")) or max(versions)
    if version not in versions:
        raise invalid(141, f"{_FAILED} Version {version} does not exist.", version=NOT_VALID)
    return {
        "action": sent["action"],
        "uid": sent["uid"],
        "content_type_uid": UPLOAD_TYPE if is_asset else sent["content_type_uid"],
        "locale": code,
        "version": version,
        "title": title,
    }


def _asset_versions(call: Call, sent: JsonObject) -> tuple[Versions, Json]:
    asset = call.branch.assets.get(text(sent["uid"]))
    if asset is None or asset.is_folder:
        raise invalid(145, f"{_FAILED} The asset does not exist.", uid=NOT_VALID)
    return {number: version.raw for number, version in asset.versions.items()}, asset.latest.get("title")


def _entry_versions(call: Call, sent: JsonObject, code: str) -> tuple[Versions, Json]:
    """The history that a pinned version lies in: in a language without a document, its fallback's."""
    entry = call.branch.entries.get(text(sent["content_type_uid"]), {}).get(text(sent["uid"]))
    shown = document_in(call.branch, entry, code) if entry else None
    if shown is None:
        raise invalid(141, f"{_FAILED} The entry does not exist.", uid=NOT_VALID)
    return shown[1].versions, shown[1].latest.get("title")


def item_key(item: JsonObject) -> tuple[str, str, str]:
    """What a release pins once: an object in a language."""
    return text(item.get("uid")), text(item.get("content_type_uid")), text(item.get("locale"))


def add_items(release: Release, items: Iterable[JsonObject]) -> None:
    """Pin items; one that was pinned already is replaced and goes to the end, as if they came one by one."""
    added: dict[tuple[str, str, str], JsonObject] = {}
    for item in items:
        added.pop(item_key(item), None)
        added[item_key(item)] = item
    release.items = [*(item for item in release.items if item_key(item) not in added), *added.values()]


def refresh_items(call: Call, release: Release) -> None:
    """Pin the latest version of every item; an item whose object is gone stays as it is."""
    release.items = [_refreshed(call, item) for item in release.items]


def _refreshed(call: Call, item: JsonObject) -> JsonObject:
    with suppress(ApiError):
        return {**item, **checked_item(call, {**item, "version": None})}
    return item


def publish_item(item: JsonObject, environment: str) -> PublishItem:
    """The item of a release as an item to publish in an environment."""
    kind = text(item.get("content_type_uid"))
    return PublishItem(
        action=text(item.get("action")),
        kind=ASSETS if kind == UPLOAD_TYPE else kind,
        uid=text(item.get("uid")),
        locale=text(item.get("locale")),
        environment=environment,
        version=whole(item.get("version")),
    )
