"""Projects from files of recorded answers, in the two forms that the vendor's documents have.

One has `method`, `requestUrl`, `requestBody`, `statusCode` and `responseBody`, the other `x-ms-vss-request-url` and
`responses`, its method in the file's name. Each request that was recorded is answered as it was; the objects in the
answers are what the projects hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from stackferry import exact_json
from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.organization import Project
from stackferry.emulators.azure_devops.places import find_address
from stackferry.emulators.azure_devops.recorded import canonical, key_of
from stackferry.json_values import as_object, integer, nested, objects, text

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.model import Json, JsonObject

_COLLECTION = re.compile(r"/?A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/)")  # stands where it is in no URL
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_METHOD = re.compile(r"(GET|POST|PUT|PATCH|DELETE)_")


@dataclass(frozen=True, slots=True)
class Recording:
    """One request and its answer. `url` is whole, as it was sent."""

    method: str
    url: str
    sent: Json
    status: int
    body: Json
    is_text: bool = False


def read_recordings(folder: Path) -> list[Recording]:
    """Every recording below a folder that has an address and an answer."""
    found = (_read(path) for path in sorted(folder.rglob("*.json")))
    return [one for one in found if one is not None]


def _read(path: Path) -> Recording | None:
    raw = as_object(exact_json.loads(path.read_bytes()))
    if "requestUrl" in raw:
        headers = {name.lower(): text(value) for name, value in as_object(raw.get("responseHeaders")).items()}
        return Recording(
            text(raw["method"]),
            text(raw["requestUrl"]),
            raw.get("requestBody"),
            integer(raw["statusCode"]) or 200,
            raw.get("responseBody"),
            is_text=headers.get("content-type", "").startswith("text/plain"),
        )
    method = _METHOD.match(path.name)
    url = text(raw.get("x-ms-vss-request-url"))
    answers = [(status, as_object(answer)) for status, answer in as_object(raw.get("responses")).items()]
    if not url or not answers:
        return None
    status, answer = answers[0]
    if "body" not in answer and status != "204":
        return None
    sent = as_object(raw.get("parameters")).get("body")
    return Recording(
        method[1] if method else "GET", _COLLECTION.sub("", url), sent, int(status), answer.get("body")
    )


def add_recorded(service: Emulator, folder: Path, *, token: str) -> list[Recording]:
    """The projects that the recordings below a folder are of. Returns the recordings."""
    recordings = read_recordings(folder)
    names = {found for one in recordings for found in _names(one.body)}
    for one in recordings:
        parts = urlsplit(one.url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        address = find_address(parts.netloc, parts.path)
        if address is None:
            continue
        home = service.organizations.get(address.organization.lower()) or service.add_organization(
            address.organization, token=token
        )
        project = home.project_named(address.project) or _new_project(address.project, names)
        home.projects[project.id] = project
        body: JsonObject | bytes = b"" if one.body is None else as_object(one.body)
        if one.is_text:
            body = exact_json.dumps(one.body)
        answer = Answer(body, one.status, {"content-type": "text/plain"} if one.is_text else {})
        key = key_of(one.method, home, address, query)
        sent = canonical(exact_json.dumps(one.sent)) if one.sent else b""
        service.recorded.setdefault(key, []).append((sent, answer))
        if one.sent == {}:  # a client may as well send none
            service.recorded[key].append((b"{}", answer))
        _keep(project, address.rest.lower().partition("?")[0], one.body)
    return recordings


def _names(body: Json) -> list[tuple[str, str]]:
    """Ids and names of projects, where a body tells both."""
    rows = [as_object(body), *objects(as_object(body).get("value"))]
    found = [as_object(row.get("projectReference")) for row in rows]
    found += [
        as_object(nested(one, "definitionReference", "project"))
        for row in rows
        for one in objects(row.get("artifacts"))
    ]
    return [
        (text(one["id"]), text(one["name"])) for one in found if text(one.get("id")) and text(one.get("name"))
    ]


def _new_project(named: str, names: set[tuple[str, str]]) -> Project:
    for uid, name in names:
        if named.lower() in (uid.lower(), name.lower()):
            return Project(uid, name)
    return Project(named, named) if _GUID.fullmatch(named) else Project(f"id-of-{named}", named)


def _keep(project: Project, path: str, body: Json) -> None:
    """Put the objects of an answer into a project; of two states of one the fuller."""
    rows = objects(as_object(body).get("value")) or [as_object(body)]
    for row in rows:
        number = integer(row.get("id"))
        if number is None:
            continue
        if re.fullmatch(r"release/releases(/\d+)?", path):
            if "environments" in row or number not in project.releases:
                project.put_release(row)
        elif re.fullmatch(r"release/definitions(/\d+)?", path):
            if "environments" in row or number not in project.definitions:
                project.put_definition(row)
        elif path == "release/deployments":
            project.put_deployment(row)
