"""Assets: their records, versions and bytes. API pages: "Get all assets", "Upload asset", "Replace asset", "Update"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Budget, FormPart, Request
from stackferry.providers.contentstack.requests.build import get, segment, write

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def asset_path(uid: str) -> str:
    return f"/assets/{segment(uid)}"


def list_assets(*params: tuple[str, str]) -> Request:
    """One page of the assets; with a query for `is_dir`, of the folders."""
    return get("/assets", *params)


def read_asset(uid: str, *params: tuple[str, str]) -> Request:
    return get(asset_path(uid), *params)


def upload_asset(form: tuple[FormPart, ...]) -> Request:
    return write("POST", "/assets", parts=form)


def sent_form(request: Request) -> JsonObject:
    """What the form of an upload says of the asset, under the name that its answer has; its tags are one text."""
    fields: JsonObject = {}
    for part in request.parts:
        name = part.name.removeprefix("asset[").removesuffix("]")
        if name != part.name and isinstance(part.content, bytes):
            fields[name] = part.content.decode("utf-8", "surrogatepass")
    return {"asset": fields} if fields else {}


def replace_asset(uid: str, form: tuple[FormPart, ...]) -> Request:
    """A new version with other bytes. Sent twice it makes two versions."""
    return write("PUT", asset_path(uid), parts=form)


def update_asset(uid: str, asset: JsonObject) -> Request:
    """A new version with the same bytes. Sent twice it makes two versions."""
    return write("PUT", asset_path(uid), {"asset": asset})


def delete_asset(uid: str) -> Request:
    return write("DELETE", asset_path(uid))


def set_permanent_url(uid: str, url: str) -> Request:
    """A permanent address, which is set once."""
    return write("PUT", asset_path(uid), {"asset": {"permanent_url": url}})


def download_asset(url: str) -> Request:
    """The bytes at an asset's own address, which is on another host than the API."""
    return Request(method="GET", path=url, budget=Budget.ASSET)
