"""A new release that is what was asked for: names are checked before it is made, and the answer after it.

The service takes much without a word: variables as a list, stages that the definition does not have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import UsageError
from stackferry.json_values import integer, objects, text
from stackferry.providers.azure_devops.api.client import Call, Client
from stackferry.providers.azure_devops.api.definitions import Definitions
from stackferry.providers.azure_devops.api.not_taken import not_taken
from stackferry.providers.azure_devops.api.releases import Releases
from stackferry.providers.azure_devops.api.variables import variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.hosts import Root

_NOT_STARTED: Final = frozenset({"notstarted", "undefined", "1", "0"})


class ArtifactVersion(NamedTuple):
    """The version of one artifact that a release is to have: a build's id, a commit. `name`: a build's number."""

    alias: str
    id: str
    name: str = ""
    branch: str = ""

    def as_json(self) -> JsonObject:
        facts = {"id": self.id, "name": self.name, "sourceBranch": self.branch}
        reference: JsonObject = {name: value for name, value in facts.items() if value}
        return {"alias": self.alias, "instanceReference": reference}


class Held(NamedTuple):
    """The names of stages that are to be started by hand only; `every`: all of them."""

    names: tuple[str, ...] = ()
    every: bool = False

    def of(self, stages: Sequence[str]) -> list[str]:
        """Those of a definition or a release that are meant."""
        return [name for name in stages if self.every or name in self.names]


_NONE: Final = Held()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelease:
    """A release to be made. Variables by name: a value, or an object with `value` and `isSecret`.

    `stage_variables` are by the stage's name.
    """

    definition: int
    description: str = ""
    artifacts: Sequence[ArtifactVersion] = ()
    variables: Mapping[str, Json] = field(default_factory=dict)
    stage_variables: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    held: Held = _NONE
    is_draft: bool = False
    reason: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    created_for: str = ""

    @property
    def names_parts(self) -> bool:
        """Whether it names parts of the definition, so that this must be read."""
        return bool(self.artifacts or self.stage_variables or any(self.held))


class Made(NamedTuple):
    """A release that was made, as the service answered, and what of it is not as it was asked for."""

    release: JsonObject
    problems: list[str]


class ReleaseMaker(Client):
    """Makes releases of one project."""

    def __init__(self, call: Call, root: Root) -> None:
        super().__init__(call, root)
        self._releases, self._definitions = Releases(call, root), Definitions(call, root)

    async def create(self, new: NewRelease) -> Made:
        """Make a release. Raises UsageError for an artifact or a stage that the definition does not have.

        Nothing is made then. Where stages are to be started by hand, the release is read once more, since the answer
        does not show what has started.
        """
        definition: JsonObject = {}
        if new.names_parts:
            definition = await self._definitions.get(definition_id=new.definition)
            _check_names(new, definition)
        held = new.held.of(_names(definition))
        made = await self._releases.create(release=_body(new, definition, held))
        problems = [*not_taken(new, made)]
        if held and not new.is_draft:
            problems += await self._started(integer(made.get("id")) or 0, held)
        return Made(made, problems)

    async def set_status(
        self, *, release_id: int, status: str, comment: str = "", held: Held = _NONE
    ) -> Made:
        """Make a draft "active", or a release "abandoned". Raises UsageError for a stage that it does not have."""
        stages: list[str] = []
        if any(held):
            names = _names(await self._releases.get(release_id=release_id))
            _check_stages(f"release {release_id}", held.names, names)
            stages = held.of(names)
        manual: list[Json] = [*stages]
        more: JsonObject = {"comment": comment, "manualEnvironments": manual}
        changes: JsonObject = {"status": status, **{name: value for name, value in more.items() if value}}
        release = await self._releases.update(release_id=release_id, changes=changes)
        problems = (
            []
            if str(release.get("status")).lower() == status
            else [f"the status: it is {release.get('status')}"]
        )
        if stages and not problems:
            problems += await self._started(release_id, stages)
        return Made(release, problems)

    async def _started(self, release_id: int, held: Sequence[str]) -> list[str]:
        """Those of the stages that have started although they were not to: no answer to a change shows it."""
        release = await self._releases.get(release_id=release_id)
        rows = [
            (text(row.get("name")), str(row.get("status"))) for row in objects(release.get("environments"))
        ]
        return [
            f"that stage '{name}' waits to be started: it is {status}"
            for name, status in rows
            if name in held and status.lower() not in _NOT_STARTED
        ]


def _names(of: JsonObject) -> list[str]:
    """The names of the stages of a definition or a release."""
    return [text(row.get("name")) for row in objects(of.get("environments"))]


def _check_names(new: NewRelease, definition: JsonObject) -> None:
    of = f"definition {new.definition}"
    _check_stages(of, (*new.held.names, *new.stage_variables), _names(definition))
    aliases = [text(row.get("alias")) for row in objects(definition.get("artifacts"))]
    for artifact in new.artifacts:
        if artifact.alias not in aliases:
            known = ", ".join(aliases) or "none"
            raise UsageError(f"{of} has no artifact '{artifact.alias}'; it has {known}")


def _check_stages(of: str, named: Sequence[str], there: Sequence[str]) -> None:
    for name in named:
        if name not in there:
            raise UsageError(f"{of} has no stage '{name}'; it has {', '.join(there) or 'none'}")


def _body(new: NewRelease, definition: JsonObject, held: Sequence[str]) -> JsonObject:
    """What is sent: only what was given."""
    artifacts: list[Json] = [one.as_json() for one in new.artifacts]
    manual: list[Json] = [*held]
    stages: list[Json] = [
        {
            "definitionEnvironmentId": row.get("id"),
            "variables": variables(new.stage_variables[text(row.get("name"))]),
        }
        for row in objects(definition.get("environments"))
        if text(row.get("name")) in new.stage_variables
    ]
    facts: JsonObject = {
        "description": new.description,
        "artifacts": artifacts,
        "isDraft": new.is_draft,
        "reason": new.reason,
        "manualEnvironments": manual,
        "variables": variables(new.variables),
        "environmentsMetadata": stages,
        "properties": dict(new.properties),
        "createdFor": new.created_for,
    }
    return {"definitionId": new.definition, **{name: value for name, value in facts.items() if value}}
