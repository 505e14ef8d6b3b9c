"""What an archive never holds, because the service does not give it. Pure.

A limit is no gap: nobody can read it, so it has no exit code. What was refused to the token is a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, text
from stackferry.providers.azure_devops.content.releases import release_id, stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject

NEVER_GIVEN: Final = {
    "secure_files": "contents of secure files: no call of the API has them",
    "attachments": "attachments of tasks: only those of the types that --attachments names, since nothing lists types",
    "properties": "properties of releases: only those that --property names, since nothing lists them",
    "deleted": "releases that the service destroyed before this archive or its base was made: nothing tells of them",
    "connections": "credentials of service connections: they never come back",
}


def limits(
    definitions: Iterable[JsonObject], groups: Iterable[JsonObject], not_offered: Iterable[JsonObject]
) -> list[Json]:
    """As a manifest lists them: secret variables as one row for each definition and group."""
    found: list[tuple[str, str, str]] = [(kind, "", reason) for kind, reason in NEVER_GIVEN.items()]
    for kind, rows in (("definitions", definitions), ("variable_groups", groups)):
        for row in rows:
            if names := [*dict.fromkeys(secrets(row))]:
                words = f"values of secret variables: the service never gives them ({', '.join(names)})"
                found.append((kind, str(release_id(row)), words))
    offered: dict[str, str] = {}
    for row in not_offered:
        offered.setdefault(text(row.get("kind")), text(row.get("reason")))
    found += [(kind, "", f"not offered here: {why}") for kind, why in offered.items() if kind != "files"]
    return [
        {"kind": kind, **({"uid": uid} if uid else {}), "reason": reason}
        for kind, uid, reason in sorted(found)
    ]


def secrets(definition: JsonObject) -> Iterator[str]:
    """The names of its secret variables, those of a stage with its name."""
    for name, variable in as_object(definition.get("variables")).items():
        if nested(variable, "isSecret") is True:
            yield name
    for stage in stages(definition):
        yield from (
            f"{text(stage.get('name'))}: {name}" for name in secrets({"variables": stage.get("variables")})
        )
