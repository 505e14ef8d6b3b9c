"""A request as the handlers of this API see it, and what it names: found, or refused in the service's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.application import Answer, HttpRequest
from stackferry.emulators.azure_devops.api_errors import (
    ApiError,
    bad_value,
    invalid,
    no_definition,
    no_project,
    no_release,
    not_there,
)
from stackferry.emulators.azure_devops.organization import stage_of
from stackferry.emulators.azure_devops.scene import Scene
from stackferry.emulators.azure_devops.versions import NEWEST_RELEASED, Version
from stackferry.emulators.values import parse_time
from stackferry.errors import JsonRefused

if TYPE_CHECKING:
    from datetime import datetime

    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.behaviour import Switches
    from stackferry.emulators.azure_devops.organization import Access, Definition, Organization, Project
    from stackferry.model import Json, JsonObject


@dataclass(slots=True, kw_only=True)
class Call(HttpRequest):
    """A request that was routed and let in. `args` are the variable parts of its path. Methods raise `ApiError`."""

    service: Emulator
    organization: Organization
    access: Access
    project_: Project | None = None
    args: dict[str, str] = field(default_factory=dict)
    version: Version = field(default_factory=lambda: Version(NEWEST_RELEASED, ""))
    mount: str = ""

    @property
    def project(self) -> Project:
        if self.project_ is None:
            raise no_project(self.args.get("project", ""))
        return self.project_

    @property
    def scene(self) -> Scene:
        return Scene(self.service, self.organization, self.project)

    @property
    def switches(self) -> Switches:
        return self.service.switches

    @property
    def me(self) -> JsonObject:
        return self.organization.person(self.access.user)

    def param(self, name: str, default: str = "") -> str:
        """A query parameter, its name in any letter case; the last one wins."""
        wanted = name.lower()
        return next((value for key, value in reversed(self.query) if key.lower() == wanted), default)

    def number_in_path(self, name: str) -> int:
        """An id in the path. Raises 400 for what is no number."""
        if not self.args[name].isdigit():
            raise bad_value(name, self.args[name])
        return int(self.args[name])

    def number(self, name: str) -> int | None:
        """A number in the query."""
        given = self.param(name)
        if not given:
            return None
        if not given.lstrip("-").isdigit():
            raise bad_value(name, given)
        return int(given)

    def moment(self, name: str) -> datetime | None:
        """A time in the query."""
        given = self.param(name)
        if not given:
            return None
        found = parse_time(given.replace(" ", "+"))  # a "+" of a time zone that was not encoded
        if found is None:
            raise bad_value(name, given)
        return found

    def names(self, name: str) -> list[str]:
        """A list in the query, with commas."""
        return [part.strip() for part in self.param(name).split(",") if part.strip()]

    def json(self) -> JsonObject:
        """The body; it must be a JSON object."""
        value = self.json_or_none()
        if not isinstance(value, dict):
            raise invalid("The body of the request is not a JSON object.")
        return value

    def json_or_none(self) -> Json:
        if not self.body.strip():
            return None
        try:
            return exact_json.loads(self.body)
        except JsonRefused as error:
            raise invalid(f"The body of the request is not valid JSON: {error}") from None

    def release(self) -> JsonObject:
        """The release that the path names."""
        number = self.number_in_path("release")
        found = self.project.releases.get(number)
        deleted = self.project.deleted_releases.get(number)
        if deleted is not None and self.method == "GET" and self.switches.deleted_readable:
            found = deleted.raw
        if found is None:
            raise no_release(number)
        return found

    def stage(self) -> JsonObject:
        number = self.number_in_path("stage")
        found = stage_of(self.release(), number)
        if found is None:
            message = (
                f"VS402873: Environment with ID {number} does not exist in release {self.args['release']}."
            )
            raise ApiError(404, "ReleaseEnvironmentNotFoundException", message)
        return found

    def definition(self, *, deleted: bool = False) -> Definition:
        number = self.number_in_path("definition")
        found = self.project.definitions.get(number)
        if found is not None and self.method == "GET" and self.switches.deleted_readable:
            return found
        if found is None or (found.deleted_at is not None) is not deleted:
            raise no_definition(number)
        return found


def wrapped(rows: list[JsonObject], headers: dict[str, str] | None = None) -> Answer:
    """A list as this API wraps it."""
    value: list[Json] = [*rows]
    return Answer({"count": len(rows), "value": value}, headers=headers or {})


def find_row(rows: list[JsonObject], uid: str, kind: str) -> JsonObject:
    """A row by its id, a number or a guid. Raises 404."""
    found = next((row for row in rows if str(row.get("id")).lower() == uid.lower()), None)
    if found is None:
        raise not_there(kind, uid)
    return found
