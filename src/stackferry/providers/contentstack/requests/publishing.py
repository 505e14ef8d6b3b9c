"""Publishing: of one document, of many, and the queue of what is done and to be done.

API pages: "CMA | Entries" ("Publish an entry", "Unpublish an entry"), the same calls of assets, "Bulk Operations",
"CMA | Publish Queue", "CMA | Taxonomy". The service publishes after it has answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.requests.assets import asset_path
from stackferry.providers.contentstack.requests.build import NESTED, get, given, segment, write
from stackferry.providers.contentstack.requests.entries import entry_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.requests.build import Pairs


def publish(
    action: str,
    content_type: str,
    uid: str,
    environments: Sequence[str],
    locales: Sequence[str] = (),
    *,
    locale: str | None = None,
    version: int | None = None,
    scheduled_at: str | None = None,
    variants: Sequence[JsonObject] = (),
    params: Pairs = (),
) -> Request:
    """Publish or unpublish (`action`) an entry or, without a content type, an asset; now or at a time."""
    kind, path = ("entry", entry_path(content_type, uid)) if content_type else ("asset", asset_path(uid))
    where = given(environments=[*environments], locales=[*locales] or None, variants=[*variants] or None)
    if variants:
        # Else an entry that is not live is published along with its variant, in its latest version.
        where["variant_rules"] = {"publish_latest_base": False, "publish_latest_base_conditionally": False}
    body: JsonObject = {kind: where, **given(locale=locale, version=version, scheduled_at=scheduled_at)}
    # Sent twice it publishes once; but what is scheduled twice is two schedules.
    repeatable = scheduled_at is None
    return write("POST", f"{path}/{action}", body, params=params, headers=NESTED, repeatable=repeatable)


def publish_taxonomies(
    environments: Sequence[str], locales: Sequence[str], uids: Sequence[str], action: str = "publish"
) -> Request:
    """Whole taxonomies with their terms, as they are now. Sections "Publish a taxonomy", "Unpublish a taxonomy"."""
    body: JsonObject = {
        "locales": [*locales],
        "environments": [*environments],
        "items": [{"uid": uid} for uid in uids],
    }
    return write("POST", f"/taxonomies/{action}", body, headers=NESTED, repeatable=True)


def bulk_publish(action: str, body: JsonObject, params: Pairs = (), headers: Pairs = ()) -> Request:
    """Sections "Publish entries and assets in bulk", "Unpublish …" and "Publish an entry with references".

    With the header `api_version: 3.2` the service also publishes what the items refer to, five levels deep.
    """
    # As for one document.
    repeatable = "scheduled_at" not in body
    return write("POST", f"/bulk/{action}", body, params=params, headers=headers, repeatable=repeatable)


def bulk_workflow(body: JsonObject, headers: Pairs = ()) -> Request:
    """Section "Update workflow details in bulk"."""
    return write("POST", "/bulk/workflow", body, headers=headers)


def list_queue(*params: tuple[str, str]) -> Request:
    """Section "Get publish queue"."""
    return get("/publish-queue", *params)


def queue_path(uid: str) -> str:
    """The path of one row of the publish queue."""
    return f"/publish-queue/{segment(uid)}"
