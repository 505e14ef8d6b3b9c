"""The upload host and the file host, which answer on the same port as the API here.

One upload may serve many assets and locales, for 24 hours. The file host asks for no credential, but for a signature
where files are embargoed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import ApiError, bad_request, not_found
from stackferry.emulators.contentful.call import find, no_content
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, SPACE
from stackferry.emulators.contentful.signing import check_signature
from stackferry.emulators.contentful.space import Upload
from stackferry.emulators.routing import Route
from stackferry.emulators.values import format_time
from stackferry.model import Budget

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.space import Space, StoredFile
    from stackferry.model import JsonObject

_KEPT = timedelta(hours=24)


def _post(call: Call) -> Answer:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/octet-stream":
        raise bad_request("An upload is sent as application/octet-stream.")
    if not call.body:
        raise bad_request("The upload is empty.")
    if len(call.body) > call.limits.file_bytes:
        raise ApiError(413, "RequestEntityTooLarge", "The file is too large.")
    stamp, uid = call.stamp, call.service.new_id()
    expires = call.service.time() + _KEPT
    sys: JsonObject = {
        "type": "Upload",
        "id": uid,
        "createdAt": stamp.time,
        "createdBy": stamp.by(),
        "expiresAt": format_time(expires),
        "space": link("Space", call.space.id),
    }
    if call.environment_ is not None:
        sys["environment"] = link("Environment", call.environment.id)
    call.space.uploads[uid] = Upload(call.body, expires.timestamp(), {"sys": sys})
    return Answer({"sys": sys}, 201)


def _found(call: Call) -> Upload:
    upload = find(call.space.uploads, call.args["upload"], "Upload")
    if upload.expires <= call.service.time().timestamp():
        raise not_found("Upload", call.args["upload"])
    return upload


def _get(call: Call) -> Answer:
    return Answer(_found(call).raw)


def _delete(call: Call) -> Answer:
    _found(call)
    del call.space.uploads[call.args["upload"]]
    return no_content()


def _download(call: Call) -> Answer:
    """The bytes behind the URL of a file."""
    space = call.service.spaces.get(call.args["space_id"])
    file = _file_at(space, call.path) if space else None
    if space is None or file is None or file.content is None:
        return Answer(b"Not found", 404, {"content-type": "text/plain"})
    if file.secure and not check_signature(call, space):
        return Answer(b"Forbidden", 403, {"content-type": "text/plain"})
    return Answer(file.content, headers={"content-type": file.content_type or "application/octet-stream"})


def _file_at(space: Space, path: str) -> StoredFile | None:
    return space.files.get(path) or space.files.get(unquote(path))


ROUTES = (
    *(
        route
        for scope in (SPACE, ENVIRONMENT)
        for route in (
            Route("POST", f"{scope}/uploads", _post),
            Route("GET", f"{scope}/uploads/{{upload}}", _get),
            Route("DELETE", f"{scope}/uploads/{{upload}}", _delete),
        )
    ),
    Route("GET", "/{space_id}/{asset_id}/{token}/{name}", _download, Budget.ASSET, public=True),
)
