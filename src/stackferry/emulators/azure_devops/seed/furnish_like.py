"""A project that has what the definitions of another one point at, under other ids: for releases made anew there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.organization import OTHER_KINDS, guid
from stackferry.json_values import integer, text

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.emulators.azure_devops.organization import Project
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import JsonObject

_SHIFT = 40  # ids that are used up first, so that none is that of the other project


def furnish_like(
    service: Emulator, source: Project, home: str, *, organization: str, project: str, token: str
) -> Project:
    """A new project without definitions; `source` is a project of the organization `home`."""
    made = service.add_project(organization, project, token=token)
    scene = service.scene(organization, made.name)
    for kind in OTHER_KINDS:
        made.highest[kind] = made.highest.get(kind, 0) + _SHIFT
        known = {text(row.get("name")) for row in made.others[kind]}
        for row in source.others[kind]:
            if text(row.get("name")) not in known:
                made.put(kind, {**row, "id": _other_id(scene, kind, row)})
    for person in service.organizations[home.lower()].people.values():
        unique = text(person.get("uniqueName")).replace(f"[{source.name}]\\", f"[{project}]\\")
        scene.organization.add_person(
            text(person.get("displayName")), unique, is_group=person.get("isContainer") is True
        )
    return made


def _other_id(scene: Scene, kind: str, row: JsonObject) -> int | str:
    number = integer(row.get("id"))
    return guid(scene.organization.name, text(row.get("id"))) if number is None else scene.new_id(kind)
