"""A project with its organization and the service: what a change of it needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.json_values import as_object

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.organization import Organization, Project
    from stackferry.model import JsonObject


@dataclass(frozen=True, slots=True)
class Scene:
    """Where something happens."""

    service: Emulator
    organization: Organization
    project: Project

    def new_id(self, kind: str) -> int:
        """The next id of a kind: in the organization, or in the project, as the switch says."""
        is_wide = self.service.switches.ids_per_organization
        homes = self.organization.projects.values() if is_wide else (self.project,)
        made = max((home.highest.get(kind, 0) for home in homes), default=0) + 1
        self.project.highest[kind] = made
        return made

    @property
    def now(self) -> str:
        return self.service.now()

    @property
    def home(self) -> str:
        """What the address of a release or a definition begins with."""
        return f"{self.organization.release_url}/{self.project.id}/_apis/Release"

    @property
    def web(self) -> str:
        return f"{self.organization.web_url}/{self.project.id}/_release"

    def links(self, kind: str, number: int) -> JsonObject:
        """`url` and `_links` of a release or a definition: `releases` or `definitions`."""
        page = f"releaseId={number}&_a=release-summary" if kind == "releases" else f"definitionId={number}"
        url = f"{self.home}/{kind}/{number}"
        return {"url": url, "_links": {"self": {"href": url}, "web": {"href": f"{self.web}?{page}"}}}

    def release_reference(self, release: JsonObject) -> JsonObject:
        number = int(str(release["id"]))
        return {"id": number, "name": release.get("name"), **self.links("releases", number)}

    def definition_reference(self, definition: JsonObject) -> JsonObject:
        number = int(str(definition["id"]))
        return {
            "id": number,
            "name": definition.get("name"),
            "path": definition.get("path"),
            "projectReference": None,
            **self.links("definitions", number),
        }

    def approval_references(self, release: JsonObject, stage: JsonObject) -> JsonObject:
        """What an approval, or a manual intervention, says about where it belongs."""
        definition = as_object(release.get("releaseDefinition"))
        number = int(str(release["id"]))
        return {
            "release": {
                "id": number,
                "name": release.get("name"),
                "url": f"{self.home}/releases/{number}",
                "_links": {},
            },
            "releaseDefinition": {
                "id": definition.get("id"),
                "name": definition.get("name"),
                "url": definition.get("url"),
                "_links": {},
            },
            "releaseEnvironment": {"id": stage.get("id"), "name": stage.get("name"), "_links": {}},
        }
