"""What all requests are made of: the host and the path of a place, and the version of the API. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.model import Budget, Request
from stackferry.providers.azure_devops.hosts import CORE, RELEASE, segment
from stackferry.providers.azure_devops.versions import version_of

if TYPE_CHECKING:
    from stackferry.model import Json
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.versions import Resource


def get_release_area(
    root: Root, resource: Resource, *parts: str | int, params: tuple[tuple[str, str], ...] = ()
) -> Request:
    """A read of the release area; `parts` are the segments below `_apis/release`."""
    return _of_release_area(root, resource, "GET", parts, params=params)


def write_release_area(
    root: Root, resource: Resource, method: str, *parts: str | int, body: Json = None
) -> Request:
    """A request that changes something in the release area.

    None is repeatable: the service makes a second release, or starts a stage a second time.
    """
    request = _of_release_area(root, resource, method, parts)
    return replace(
        request,
        body=None if body is None else exact_json.dumps(body),
        budget=Budget.WRITE,
        repeatable=False,
    )


def _of_release_area(
    root: Root,
    resource: Resource,
    method: str,
    parts: tuple[str | int, ...],
    params: tuple[tuple[str, str], ...] = (),
) -> Request:
    path = "".join(f"/{segment(str(part))}" for part in parts)
    version = ("api-version", version_of(root.version, resource))
    return Request(
        method=method,
        path=f"{root.release_path}/_apis/release{path}",
        params=(*params, version),
        origin=RELEASE,
    )


def get_other_area(
    root: Root, resource: Resource, path: str, params: tuple[tuple[str, str], ...] = ()
) -> Request:
    """A read of another area, which another host may serve."""
    version = ("api-version", version_of(root.version, resource))
    return Request(method="GET", path=f"{root.path}/_apis/{path}", params=(*params, version), origin=CORE)
