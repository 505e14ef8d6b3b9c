"""The bytes of assets: processing of what was uploaded, and URLs.

A file's URL is stored as its path, `/SPACE/ASSET/TOKEN/NAME`; the host is put in front when it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from stackferry.emulators.contentful.images import image_size
from stackferry.emulators.contentful.space import StoredFile
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import Json, JsonObject


def own_path(call: Call, file: JsonObject) -> JsonObject:
    """A file as it is stored: a URL of this space's own files without its host."""
    url = text(file.get("url"))
    path = urlsplit(url).path
    return {**file, "url": path} if url and path in call.space.files else file


def start_processing(call: Call, asset: Document, code: str) -> None:
    """Process a file after a while; it fails, or never ends, for the assets of `Emulator.unprocessable`."""
    begun = nested(asset.body, "fields", "file", code)
    outcome = call.service.unprocessable.get(asset.id)
    if outcome == "never":
        return

    def work() -> None:
        if nested(asset.body, "fields", "file", code) == begun:  # else another file took its place
            content = None if outcome == "failed" else _content(call, as_object(begun))
            _finish(call, asset, code, content)

    call.service.jobs.start(call.environment, work)


def _content(call: Call, file: JsonObject) -> bytes | None:
    """The bytes that a file names: an upload that is still there, or a URL of a file that this emulator serves."""
    uid = text(nested(file, "uploadFrom", "sys", "id"))
    if upload := call.space.uploads.get(uid):
        return upload.content if upload.expires > call.service.time().timestamp() else None
    path = urlsplit(text(file.get("upload"))).path
    for space in call.service.spaces.values():
        if (found := space.files.get(path)) is not None and found.content is not None:
            return found.content if isinstance(found.content, bytes) else found.content.read_bytes()
    return None


def _finish(call: Call, asset: Document, code: str, content: bytes | None) -> None:
    """The version rises either way. A file that failed is left as it was."""
    fields = as_object(asset.body.get("fields"))
    files = as_object(fields.get("file"))
    file = as_object(files.get(code))
    most = (
        call.limits.image_bytes
        if text(file.get("contentType")).startswith("image/")
        else call.limits.file_bytes
    )
    if content is not None and len(content) <= most:
        files = {**files, code: _processed(call, asset.id, file, content)}
    asset.body = {**asset.body, "fields": {**fields, "file": files}}
    stamp = call.stamp
    asset.sys |= {"version": asset.version + 1, "updatedAt": stamp.time, "updatedBy": stamp.by()}


def _processed(call: Call, uid: str, file: JsonObject, content: bytes) -> JsonObject:
    path = f"/{call.space.id}/{uid}/{call.service.new_token()}/{quote(text(file.get('fileName')), safe='')}"
    kind = text(file.get("contentType"))
    call.space.files[path] = StoredFile(content, kind, secure=call.space.embargoed)
    kept = {name: value for name, value in file.items() if name not in ("upload", "uploadFrom")}
    return {**kept, "url": path, "details": file_details(content)}


def file_details(content: bytes) -> JsonObject:
    """What the service tells of a file: its size in bytes, and of an image width and height."""
    details: dict[str, Json] = {"size": len(content)}
    if size := image_size(content):
        details["image"] = {"width": size[0], "height": size[1]}
    return details
