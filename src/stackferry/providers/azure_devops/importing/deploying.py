"""Deployments, only where they are asked for: each stage gets the release that was last deployed there in the source.

Every stage is looked at before it is started, and one that has an attempt already is left alone, so no release is
deployed twice. A stage is awaited before the next one of its definition starts; what waits for people is told, and
nobody approves anything here. API pages: "Releases: Update Release Environment", "Get Release". Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import BadAnswer
from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.azure_devops.content.releases import (
    attempts,
    release_id,
    stages,
    status_of,
    word,
)
from stackferry.providers.azure_devops.exporting.lists import shown_uid
from stackferry.providers.azure_devops.importing.release_bodies import (
    definition_uid,
    has_definition,
)
from stackferry.providers.azure_devops.kinds import DEPLOYMENTS, RELEASES, uid_of
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.azure_devops.requests.releases import update_stage
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.target import ImportContext, Steps

_STAGES: Final = (
    "release_stages"  # identities: the id of a stage that is to be started, or "" where it needs none
)
_ENDS: Final = "deployment_ends"  # identities: how a deployment ended, or what it waits for
_SUCCEEDED: Final = frozenset({"succeeded", "4", "partiallysucceeded", "8"})  # DeploymentStatus
_UNTOUCHED: Final = frozenset({"notstarted", "1", "undefined", "0", ""})  # EnvironmentStatus
_ENDED: Final = frozenset({"succeeded", "4", "partiallysucceeded", "128", "rejected", "16", "canceled", "8"})
_WELL: Final = frozenset({"succeeded", "4", "partiallysucceeded", "128"})
_ROUNDS: Final = 30  # looks of a minute each, at most, while a deployment goes on
_ABSENT: Final = "absent"
_GOES_ON: Final = "goes on"
_WAITS: Final = "waits for approval"


class Deployed(NamedTuple):
    """The last release that was deployed to a stage of a definition: its uid, and the stage in it."""

    uid: str
    stage: JsonObject
    order: tuple[int, int]  # of the deployment in time

    @property
    def key(self) -> str:
        return f"{DEPLOYMENTS.name}/{self.uid}/{word(self.stage.get('name'))}"

    @property
    def name(self) -> str:
        """What people call it: the release and the stage."""
        return f"{shown_uid(self.uid)}/{text(self.stage.get('name'))}"


def last_deployed(context: ImportContext) -> list[Deployed]:
    """Of each definition and stage the last success, stage after stage."""
    found: dict[tuple[str, str], Deployed] = {}
    for row in context.source.objects(Stream(RELEASES.name)):
        if not has_definition(context, row):
            continue
        for one in attempts(row):
            if word(one.step.get("status")) not in _SUCCEEDED:
                continue
            order = (integer(one.step.get("deploymentId")) or 0, release_id(row))
            place = (definition_uid(row), word(one.stage.get("name")))
            if place not in found or found[place].order < order:
                found[place] = Deployed(uid_of(row.get("id")), one.stage, order)

    def rank(place: tuple[str, str]) -> tuple[str, int]:
        return place[0], integer(found[place].stage.get("rank")) or 0

    return [found[place] for place in sorted(found, key=rank)]


class Deployments:
    """The steps of one import that deploy."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root

    def steps(self) -> Steps:
        """Each deployment after the one before it in its definition."""
        before: dict[str, str] = {}
        for one in last_deployed(self._context):
            row = self._row(one)
            definition = definition_uid(row)
            if status_of(row) != "active":
                words = f"it was {status_of(row)} in the source, and such a release cannot be deployed"
                yield self._told(one, [self._gap(one, words)])
                continue
            yield from self._of(one, before.get(definition, ""))
            before[definition] = f"{one.key}/told"

    def _of(self, one: Deployed, before: str) -> Iterator[Write | Await]:
        yield self._look(one, before)
        yield self._start(one)
        after = f"{one.key}/started"
        for number in range(_ROUNDS):
            yield self._wait(one, number, after)
            after = f"{one.key}/seen/{number}"
        yield self._report(one, after)

    def _row(self, one: Deployed) -> JsonObject:
        return self._context.source.get(Stream(RELEASES.name), one.uid) or {}

    def _gap(self, one: Deployed, reason: str) -> Gap:
        return Gap(kind=DEPLOYMENTS.name, uid=one.name, reason=reason)

    def _number(self, one: Deployed) -> int | None:
        found = self._context.identity.target(RELEASES.name, one.uid)
        return None if found is None else int(found)

    def _there(self, one: Deployed, release: JsonObject) -> JsonObject:
        """The stage in a release of the target; empty where it has none of that name."""
        name = word(one.stage.get("name"))
        return next((stage for stage in stages(release) if word(stage.get("name")) == name), {})

    def _look(self, one: Deployed, before: str) -> Await:
        """Reads the release: the id of the stage, unless it was touched before."""

        def asked() -> Request | None:
            number = self._number(one)
            return None if number is None else read.get_release(self._root, number)

        def observe(answer: JsonObject) -> Observation:
            stage = self._there(one, answer)
            is_new = word(stage.get("status")) in _UNTOUCHED and not objects(stage.get("deploySteps"))
            number = str(integer(stage.get("id")) or "") if is_new else "" if stage else _ABSENT
            return Observation(found=[(_STAGES, one.key, number)])

        return Await(
            key=f"{one.key}/looked at",
            kind=DEPLOYMENTS.name,
            request=asked,
            observe=observe,
            required_key="environments",
            reads_initial_state=True,
            after=[before] if before else [],
        )

    def _start(self, one: Deployed) -> Write:
        def build() -> PreparedWrite:
            number, stage = self._number(one), self._context.identity.target(_STAGES, one.key)
            if number is None:
                return PreparedWrite(gaps=[self._gap(one, "its release is not in the target")])
            if stage == _ABSENT:
                return PreparedWrite(gaps=[self._gap(one, "the release has no such stage in the target")])
            if not stage:
                return PreparedWrite()
            body: JsonObject = {"status": "inProgress", "comment": "deployed again as in the source"}
            request = update_stage(self._root, number, int(stage), body)
            return PreparedWrite(request=request, note={"stage": int(stage)})

        def begun(answer: JsonObject) -> list[JsonObject]:
            stage = self._there(one, answer)
            is_untouched = word(stage.get("status")) in _UNTOUCHED and not objects(stage.get("deploySteps"))
            return [] if is_untouched else [stage]

        return Write(
            key=f"{one.key}/started",
            kind=DEPLOYMENTS.name,
            build=build,
            read=self._read,
            failed=self._gap(one, "the target refused to start it"),
            after=[f"{one.key}/looked at"],
            probe=lambda _: Probe(
                request=read.get_release(self._root, self._number(one) or 0),
                found=begun,
                required_key="environments",
            ),
        )

    def _read(self, answer: JsonObject) -> WriteResult:
        if not integer(answer.get("id")):
            raise BadAnswer("the answer does not name the stage that was started")
        return WriteResult()

    def _wait(self, one: Deployed, number: int, after: str) -> Await:
        """Looks until the deployment ends, or waits for people."""

        def asked() -> Request | None:
            is_begun = self._context.identity.target(_STAGES, one.key) not in (None, "", _ABSENT)
            ended = self._context.identity.target(_ENDS, one.key) or _GOES_ON
            release = self._number(one)
            is_over = not is_begun or ended != _GOES_ON or release is None
            return None if is_over else read.get_release(self._root, release or 0)

        def observe(answer: JsonObject) -> Observation:
            ends = self._end(self._there(one, answer))
            pair = [(_ENDS, one.key, ends)]
            return Observation(pending=pair) if ends == _GOES_ON else Observation(found=pair)

        return Await(
            key=f"{one.key}/seen/{number}",
            kind=DEPLOYMENTS.name,
            request=asked,
            observe=observe,
            required_key="environments",
            is_foreseen=True,
            after=[after],
        )

    def _end(self, stage: JsonObject) -> str:
        """How a stage ended, whom it waits for, or that it goes on."""
        status = word(stage.get("status"))
        if status in _ENDED:
            return text(stage.get("status")) or status
        asked = [
            row
            for side in ("preDeployApprovals", "postDeployApprovals")
            for row in objects(stage.get(side))
            if word(row.get("status")) in ("pending", "1") and row.get("isAutomated") is not True
        ]
        if asked:
            names = ", ".join(dict.fromkeys(_called(row.get("approver")) for row in asked))
            return f"{_WAITS} by {names}"
        return _GOES_ON

    def _report(self, one: Deployed, after: str) -> Write:
        def build() -> PreparedWrite:
            ended = self._context.identity.target(_ENDS, one.key) or ""
            if not ended:
                return PreparedWrite()
            pair = (DEPLOYMENTS.name, one.key, ended)
            if word(ended) in _WELL:
                return PreparedWrite(identities=[pair])
            why = f"it was started, and {ended}" if ended.startswith(_WAITS) else f"it ended: {ended}"
            if ended == _GOES_ON:
                why = "it was started, and had not ended when this was written"
            return PreparedWrite(gaps=[self._gap(one, why)])

        return self._told(one, [], build, after)

    def _told(
        self,
        one: Deployed,
        gaps: list[Gap],
        build: Callable[[], PreparedWrite] | None = None,
        after: str = "",
    ) -> Write:
        return Write(
            key=f"{one.key}/told",
            kind=DEPLOYMENTS.name,
            build=build or (lambda: PreparedWrite(gaps=gaps)),
            read=lambda _: WriteResult(),
            failed=self._gap(one, ""),
            after=[after] if after else [],
        )


def _called(person: Json) -> str:
    """What people call somebody."""
    found = as_object(person)
    return (
        text(found.get("displayName")) or text(found.get("uniqueName")) or text(found.get("id")) or "somebody"
    )
