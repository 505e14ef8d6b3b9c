"""What all requests are made of: the paths of a place, query parameters, JSON bodies, versions.

API pages: "Base URL", "Updating content and protecting against collisions" (`X-Contentful-Version`), "Collection
resources and pagination".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from urllib.parse import quote

from stackferry import exact_json
from stackferry.errors import JsonRefused, UsageError
from stackferry.json_values import as_object
from stackferry.model import Budget, Request
from stackferry.providers.contentful.kinds import Scope

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import Json, JsonObject, Place
    from stackferry.providers.contentful.kinds import Kind

Pairs: TypeAlias = tuple[tuple[str, str], ...]

PAGE: Final = 1000  # "the maximum allowed limit is 1000"
MOST_BYTES: Final = 7_340_032  # "Maximum allowed response size: 7340032b"
UPLOADS: Final = "uploads"  # the name of the origin that receives files
MEDIA_TYPE: Final = "application/vnd.contentful.management.v1+json"
PATCH_TYPE: Final = "application/json-patch+json"
VERSION: Final = "x-contentful-version"


class Root(NamedTuple):
    """The place that paths begin with."""

    space: str
    environment: str
    organization: str = ""

    @classmethod
    def of(cls, place: Place) -> Root:
        return cls(place.key, place.name)

    def path(self, scope: Scope, path: str) -> str:
        """A path below a scope. Raises UsageError for the organization where it is not known."""
        match scope:
            case Scope.SPACE:
                return f"/spaces/{segment(self.space)}{path}"
            case Scope.ENVIRONMENT:
                return f"/spaces/{segment(self.space)}/environments/{segment(self.environment)}{path}"
            case Scope.ORGANIZATION:
                return f"/organizations/{segment(self.organization)}{path}"

    def of_kind(self, kind: Kind, uid: str = "", *, owner: str = "") -> str:
        """The path of a kind's collection, or of one of its objects; `owner` is the id that its path holds."""
        path = self.path(kind.scope, kind.path.format(id=segment(owner)) if owner else kind.path)
        return f"{path}/{segment(uid)}" if uid else path

    def in_environment(self, path: str) -> str:
        return self.path(Scope.ENVIRONMENT, path)


def segment(uid: str) -> str:
    """An id as a segment of a path. Raises UsageError for one that would name another path."""
    # `quote` leaves dots alone, and with an empty segment the path would be that of the list.
    if uid in ("", ".", ".."):
        raise UsageError(f"'{uid}' is not an id")
    return quote(uid, safe="")


def get(path: str, *params: tuple[str, str], headers: Pairs = ()) -> Request:
    """A read."""
    return Request(method="GET", path=path, params=params, headers=headers)


def write(
    method: str,
    path: str,
    body: Json = None,
    *,
    version: int | None = None,
    headers: Pairs = (),
    params: Pairs = (),
    media_type: str = MEDIA_TYPE,
    budget: Budget = Budget.WRITE,
    repeatable: bool = False,
) -> Request:
    """A request that changes something. `version` is the one that its object has in the target now.

    None is repeatable by itself: a PUT raises the version, so the second one of two equal ones is refused.
    """
    of_version = () if version is None else ((VERSION, str(version)),)
    return Request(
        method=method,
        path=path,
        params=params,
        headers=(*of_version, *headers),
        body=None if body is None else exact_json.dumps(body),
        media_type=media_type,
        budget=budget,
        repeatable=repeatable,
    )


def at_version(request: Request, version: int) -> Request:
    """The same write for another version of its object."""
    others = tuple(header for header in request.headers if header[0] != VERSION)
    return replace(
        request,
        headers=((VERSION, str(version)), *others),
        body=request.body or None,
        media_type=MEDIA_TYPE,
        repeatable=False,
    )


def upload(root: Root, *, file: Path | None = None, body: bytes | None = None) -> Request:
    """A file, or bytes, as the raw body of a request to the upload host. An upload that is made twice does no harm."""
    return Request(
        method="POST",
        path=root.in_environment("/uploads"),
        origin=UPLOADS,
        file=file,
        body=body,
        media_type="application/octet-stream",
        budget=Budget.WRITE,
        repeatable=True,
    )


def sent_body(request: Request) -> JsonObject:
    """The JSON object that a write sends; empty where it sends none, as an upload does: its bytes are a file's."""
    if request.origin == UPLOADS:
        return {}
    try:
        return as_object(exact_json.loads(request.body or b"{}"))
    except JsonRefused:
        return {}


def end_of(path: str) -> str:
    """What a path names of an object, such as `published`; empty where it names the object itself, whatever its id.

    Collections and ids alternate, so what stands alone at the end is neither.
    """
    parts = path.strip("/").split("/")
    is_paired = len(parts) % 2 == (parts[0] == "organizations")  # `taxonomy` stands alone there
    return "" if is_paired else parts[-1]
