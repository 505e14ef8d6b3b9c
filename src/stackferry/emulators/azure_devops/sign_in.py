"""Whose token a request brings, and the many ways in which this service says that it is no good."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import access_denied, unauthorized

if TYPE_CHECKING:
    from stackferry.emulators.application import HttpRequest
    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.organization import Access, Organization

_PAGE = (
    b"<!DOCTYPE html>\r\n<html><head><title>Azure DevOps Services | Sign In</title></head>"
    b"<body>Sign in to your account</body></html>"
)
SIGN_IN = "_signin"
_UNKNOWN = "TF400813: The user '' is not authorized to access this resource."

# Scopes of the routes of each area: to read, to change. The first one of them suffices, as any later one does.
RELEASE = ("vso.release", "vso.release_execute", "vso.release_manage")
_READS = {
    "variablegroups": ("vso.variablegroups_read", "vso.variablegroups_write", "vso.variablegroups_manage"),
    "taskgroups": ("vso.taskgroups_read", "vso.taskgroups_write", "vso.taskgroups_manage"),
    "queues": ("vso.agentpools", "vso.agentpools_manage"),
    "deploymentgroups": ("vso.machinegroup_manage",),
    "securefiles": ("vso.securefiles_read", "vso.securefiles_write", "vso.securefiles_manage"),
    "endpoints": ("vso.serviceendpoint", "vso.serviceendpoint_query", "vso.serviceendpoint_manage"),
    "build": ("vso.build", "vso.build_execute"),
    "identities": ("vso.identity", "vso.identity_manage", "vso.graph"),
    "projects": ("vso.project", "vso.project_write", "vso.profile", "vso.build", *RELEASE),
}
_WRITES = {
    "execute": RELEASE[1:],
    "manage": RELEASE[2:],
    "build": ("vso.build_execute",),
}


def access_of(request: HttpRequest, organization: Organization) -> Access | str:
    """What the token of a request may do; else the reason why it is no good."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token, kind = given.strip(), "bearer"
    if scheme.lower() == "basic":
        kind = "pat"
        try:
            token = base64.b64decode(given.strip(), validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return _UNKNOWN
    elif scheme.lower() != "bearer":
        return _UNKNOWN
    access = organization.tokens.get(token)
    if access is None or access.kind not in ("any", kind):
        return _UNKNOWN
    return access.refusal or access


def not_signed_in(service: Emulator, request: HttpRequest, reason: str) -> Answer:
    """The answer to a token that is no good."""
    headers = {
        "x-tfs-serviceerror": quote(reason, safe=""),
        "www-authenticate": 'Bearer authorization_uri="https://login.invented/", Basic realm="https://invented/"',
    }
    if request.headers.get("x-tfs-fedauthredirect", "").lower() == "suppress":
        return Answer(b"", 401, headers)
    if request.method in ("PATCH", "PUT", "DELETE"):
        error = unauthorized("invented")
        error.message = reason if reason.startswith("TF400813") else f"TF400813: {reason}"
        return Answer(error.body(), 401, headers)
    if service.switches.auth_failure == 401:
        return Answer(b"", 401, headers)
    page = {**headers, "content-type": "text/html; charset=utf-8"}
    del page["www-authenticate"]
    if service.switches.auth_failure == 302:
        return Answer(_PAGE, 302, {**page, "location": f"{request.origin}/{SIGN_IN}?realm=invented"})
    return Answer(_PAGE, 203, page)


def sign_in_page() -> Answer:
    """What a redirect leads to."""
    return Answer(_PAGE, 200, {"content-type": "text/html; charset=utf-8"})


def check_scope(service: Emulator, access: Access, area: str) -> None:
    """Raises 401 or 403 for a token that may not do this.

    `area` is the word of a read (`release`, or a table's name), or `release:execute`, `release:manage`, `build:write`.
    """
    if access.scopes is None or not area:
        return
    first, _, what = area.partition(":")
    needed = _WRITES["build" if first == "build" else what] if what else _READS.get(first, RELEASE)
    if access.scopes.isdisjoint(needed):
        if service.switches.missing_scope == 401:
            raise unauthorized(access.user)
        raise access_denied(f"The token does not have one of the scopes {', '.join(needed)}.")
