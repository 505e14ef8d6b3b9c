"""A release of the source as the body of a new one: its artifacts by build number, variables that differ, its mark.

API page: "Releases: Create". `variables` is an object: a list would be taken and ignored. Null values, which stand for
secrets, are left out. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, integer, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.definitions import variables_of
from stackferry.providers.azure_devops.content.marks import mark_of
from stackferry.providers.azure_devops.content.releases import stages, status_of, word
from stackferry.providers.azure_devops.importing.bodies import DEFINITION_ROWS, definitions
from stackferry.providers.azure_devops.importing.definitions import STAGES
from stackferry.providers.azure_devops.kinds import BUILDS_MADE, uid_of
from stackferry.providers.azure_devops.matching.mapping import mapped
from stackferry.providers.azure_devops.matching.names import id_of
from stackferry.providers.azure_devops.requests.target import MARK
from stackferry.providers.secrets.redacted import contains_redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext

_DRAFT = "draft"


class NewRelease(NamedTuple):
    """`body` is sent. `lacking`: aliases for which there is no version, so that the release can only be a draft."""

    body: JsonObject
    lacking: list[str]


class ReleaseBodies:
    """Makes the bodies of one import's releases."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._plan = context, context.once(definitions)
        self._mapped = context.once(mapped)
        self._builds = context.scratch.table(3, self._builds_made())
        self._build_ids = frozenset(str(row[2]) for row in self._builds)

    def body(
        self, release: JsonObject, definition: str, target: int, *, as_draft: bool = False
    ) -> NewRelease:
        """The body of a new release of a definition, by its uid in the source and its id in the target.

        `as_draft`: without versions of artifacts, because the service refused them.
        """
        now = self._plan.now(definition)
        rules = {text(rule.get("alias")): rule for rule in objects(now.get("artifacts"))}
        artifacts = [one for one, kept in self._artifacts(release, rules) if not self._is_another(one, kept)]
        lacking = sorted(rules.keys() - {text(one["alias"]) for one in artifacts})
        is_draft = as_draft or bool(lacking) or status_of(release) == _DRAFT
        origin = self._context.origin
        body: JsonObject = {
            "definitionId": target,
            "description": text(release.get("description")),
            "reason": release.get("reason") or "none",
            "artifacts": [] if as_draft else [*artifacts],
            "isDraft": is_draft,
            "manualEnvironments": [stage.get("name") for stage in stages(now)],
            "properties": {
                **as_object(release.get("properties")),
                **({MARK: mark_of(origin, release)} if origin is not None else {}),
            },
        }
        if variables := changed_variables(as_object(release.get("variables")), variables_of(now)):
            body["variables"] = variables
        if metadata := [*self._stage_variables(release, now)]:
            body["environmentsMetadata"] = [*metadata]
        return NewRelease(body, lacking)

    def _is_another(self, reference: JsonObject, kept: str) -> bool:
        """Whether the id that a version would keep is that of another build of the target."""
        return bool(kept) and text(nested(reference, "instanceReference", "id")) in self._build_ids

    def kept(self, release: JsonObject) -> list[str]:
        """The aliases of the artifacts whose builds the target has not."""
        now = self._plan.now(definition_uid(release))
        rules = {text(rule.get("alias")): rule for rule in objects(now.get("artifacts"))}
        return [text(one["alias"]) for one, name in self._artifacts(release, rules) if name]

    def _stage_variables(self, release: JsonObject, now: JsonObject) -> Iterator[JsonObject]:
        """The variables of stages that differ from those of the definition, with the target's ids of the stages."""
        for stage in stages(release):
            number = self.stage_in_target(release, stage)
            name = text(stage.get("name"))
            changed = changed_variables(as_object(stage.get("variables")), variables_of(now, name))
            if changed and number is not None:
                yield {"definitionEnvironmentId": number, "variables": changed}

    def stage_in_target(self, release: JsonObject, stage: JsonObject) -> int | None:
        """The target's id of the definition's stage that a stage of a release was made of: by its id, else its name."""
        found = self._context.identity.target(STAGES, str(stage.get("definitionEnvironmentId")))
        if found is None:
            uid = uid_of(nested(release, "releaseDefinition", "id"))
            definition = self._context.source.get(DEFINITION_ROWS, uid) or {}
            named = (one for one in stages(definition) if word(one.get("name")) == word(stage.get("name")))
            found = self._context.identity.target(STAGES, str(next(named, {}).get("id")))
        return None if found is None else int(found)

    # --- artifacts ---

    def _artifacts(
        self, release: JsonObject, rules: dict[str, JsonObject]
    ) -> Iterator[tuple[JsonObject, str]]:
        """The version of each artifact that the target's definition has; and its name where it keeps its ids."""
        for artifact in objects(release.get("artifacts")):
            reference = as_object(artifact.get("definitionReference"))
            if text(artifact.get("alias")) not in rules or not text(nested(reference, "version", "id")):
                continue
            found, kept = self._version(artifact, reference)
            yield {"alias": artifact["alias"], "instanceReference": found}, kept

    def _version(self, artifact: JsonObject, reference: JsonObject) -> tuple[JsonObject, str]:
        version, branch = as_object(reference.get("version")), as_object(reference.get("branch"))
        found: JsonObject = {"id": version["id"], "name": version.get("name")}
        more = {
            "sourceBranch": branch.get("id"),
            "sourceVersion": nested(reference, "sourceVersion", "id"),
            "sourceRepositoryId": nested(reference, "repository", "id"),
            "sourceRepositoryType": nested(reference, "repository.provider", "id"),
        }
        found |= {name: value for name, value in more.items() if text(value)}
        if word(artifact.get("type")) != "build":
            return found, ""
        build = self._build(artifact, text(version.get("name")))
        if build is None:
            return found, text(version.get("name")) or text(version["id"])
        return {**found, "id": build}, ""

    def _build(self, artifact: JsonObject, number: str) -> str | None:
        """The target's build of the same number; the same one where its definition is the same."""
        mapped_to = self._mapped.artifact(artifact)
        new, old = (
            text(nested(one, "definitionReference", "definition", "id")) for one in (mapped_to, artifact)
        )
        if not new:
            return None
        if new == old and text(nested(mapped_to, "sourceId")) == text(artifact.get("sourceId")):
            return text(nested(artifact, "definitionReference", "version", "id"))
        found = self._builds.of(new, number.lower())
        return str(found[-1][2]) if found else None

    def _builds_made(self) -> Iterator[tuple[str, str, str]]:
        for row in self._context.target.objects(Stream(BUILDS_MADE.name)):
            definition = integer(nested(row, "definition", "id"))
            yield str(definition), text(row.get("buildNumber")).lower(), id_of(row)


def release_bodies(context: ImportContext) -> ReleaseBodies:
    """Makes the bodies of an import's releases; ask for it with `context.once`."""
    return context.once(ReleaseBodies)


def changed_variables(variables: JsonObject, known: JsonObject) -> JsonObject:
    """The variables of a release that it does not get from its definition anyhow; no secret is among them."""
    found: JsonObject = {}
    for name, variable in variables.items():
        value = nested(variable, "value")
        is_hidden = nested(variable, "isSecret") is True or value is None or contains_redacted(value)
        if not is_hidden and _says(variable) != _says(known.get(name)):
            found[name] = variable
    return found


def _says(variable: Json) -> JsonObject:
    """What a variable says beside what is so anyhow: `allowOverride` and `isSecret` are false if they are not there."""
    return {
        name: value for name, value in as_object(variable).items() if value is not None and value is not False
    }


def definition_uid(release: JsonObject) -> str:
    """The uid of the definition that a release was made of."""
    return uid_of(nested(release, "releaseDefinition", "id"))


def has_definition(context: ImportContext, release: JsonObject) -> bool:
    """Whether the snapshot holds the definition that a release was made of."""
    return context.once(definitions).holds(definition_uid(release))
