"""The plan for deployments: what was deployed is deployed again, what is still to come is scheduled, each if asked for.

The service deploys after it has answered, so what was sent is looked for afterwards. Pure.
API page: "Deploy a Release".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, epoch_seconds, objects, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.contentstack.content.deployments import (
    RELEASES,
    deployments,
    has_failed,
    is_under_way,
)
from stackferry.providers.contentstack.content.publish_queue import schedules
from stackferry.providers.contentstack.content.releases import rows_of
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.importing.publishing.newest_rows import (
    newest_rows,
    older_rows,
    sent_at,
    sent_since,
)
from stackferry.providers.contentstack.importing.publishing.singly import alone
from stackferry.providers.contentstack.importing.releases.items import probe_release
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests import releases as requests
from stackferry.providers.contentstack.requests.build import get, next_page, page_params
from stackferry.providers.contentstack.target_names import target_environment
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import Json, JsonObject, Request
    from stackferry.providers.target import ImportContext, Step

_SENT = "deployments_sent"  # the identity that remembers which were accepted
_NOT_QUEUED = "deployments_not_queued"
_UNSEEN = "does not show it"
_QUEUE = "queue"  # what a list of the publish queue holds


@dataclass(frozen=True, slots=True)
class _Group:
    """A release and its environments (by uid) of one request; `at` where it is still to come."""

    release: str
    environments: tuple[str, ...]
    is_planned: bool
    at: str
    done_at: tuple[
        str, ...
    ] = ()  # when it was deployed to each environment, empty where the service does not tell it

    @property
    def key(self) -> str:
        return f"deploy/{self.release}" + (f"/{self.at}" if self.is_planned else "")

    def gaps(self, reason: str, environments: Sequence[str] = ()) -> list[Gap]:
        kind = "schedules" if self.is_planned else "releases"
        return [
            Gap(kind=kind, uid=self.release, path=f"deploy/{one}", reason=reason)
            for one in environments or self.environments
        ]


def was_deployed(context: ImportContext, release: str) -> bool:
    """Whether this import had a release deployed."""
    return context.identity.target(_SENT, _Group(release, (), is_planned=False, at="").key) is not None


class DeploymentPlan:
    """The deployments of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._options = write_options(context.options)
        self._now = context.options.now

    def deploy(self) -> Iterator[Step]:
        """With `--deploy` what was deployed, else it is told. What is to come also with `--schedules`, else a gap."""
        is_quiet = self._context.options.publish == "none" and not self._options.deploy
        for group in () if is_quiet else self._groups():
            yield self._write(group)

    def confirm_planned(self) -> Iterator[Step]:
        """Whether the queue holds what was scheduled. No page says that it must be there."""
        sent = [one for one in self._sent() if one.is_planned]
        if sent:
            yield self._await("queue", newest_rows(), _QUEUE, sent, final=False)

    def confirm(self) -> Iterator[Step]:
        """Whether the releases say that they were deployed, or are to be."""
        sent = [one for one in self._sent() if not one.is_planned or self._is_not_queued(one)]
        if sent:
            request = get("/releases", *page_params(0), headers=requests.HEADERS)
            yield self._await("releases", request, "releases", sent, final=True)

    def _groups(self) -> Iterator[_Group]:
        found: dict[tuple[str, bool, str], dict[str, str]] = {}
        for one in deployments(self._context.source, self._now):
            if one.has_failed and not one.is_planned:
                continue  # nothing became live by it
            places = found.setdefault((one.release, one.is_planned, one.at if one.is_planned else ""), {})
            places[one.environment] = max(places.get(one.environment, ""), one.at)
        for (release, is_planned, at), times in sorted(found.items()):
            environments = sorted(times)
            done_at = () if is_planned else tuple(times[one] for one in environments)
            yield _Group(release, tuple(environments), is_planned, at, done_at)

    def _sent(self) -> Iterator[_Group]:
        identity = self._context.identity
        return (one for one in self._groups() if identity.target(_SENT, one.key) is not None)

    def repeated(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The releases that this import had deployed, and to which environments."""
        return ((one.release, one.environments) for one in self._sent() if not one.is_planned)

    def _is_not_queued(self, group: _Group) -> bool:
        names = (f"{group.key}/{place}" for place in group.environments)
        return any(self._context.identity.target(_NOT_QUEUED, name) for name in names)

    def _target(self, release: str) -> str | None:
        return self._context.identity.target("releases", release)

    def _write(self, group: _Group) -> Write:
        what = f"deployed at {group.at}" if group.at else "deployed"
        is_done = partial(_is_deployed, group)
        return Write(
            key=group.key,
            kind="releases",
            build=partial(self._prepare, group),
            read=read_notice,
            failed=group.gaps(f"to be {what}: the target refused it")[0],
            probe=partial(_probe_queue, group) if group.is_planned else partial(probe_release, is_done),
            optional=True,
        )

    def _prepare(self, group: _Group) -> PreparedWrite:
        if not group.is_planned and not self._options.deploy:
            # It is history, which the snapshot keeps. Another run may be asked to repeat it.
            return PreparedWrite(remarks=[*self._not_repeated(group)], final=False)
        target, (note, lacking) = self._target(group.release), self._places(group)
        if target is not None and note and not lacking and self._still_waits(target, note, group):
            return PreparedWrite()
        if group.is_planned and (reason := self._cannot_plan(group, note)):
            # Without the option it is asked for again by another run.
            is_final = self._options.deploy or self._options.schedules
            return PreparedWrite(gaps=group.gaps(reason), final=is_final)
        gaps = group.gaps("deployed to an environment that is not there", lacking) if lacking else []
        if target is None:
            return PreparedWrite(gaps=group.gaps("deployed, but the release could not be made"))
        note = {uid: name for uid, name in note.items() if not self._is_held(target, uid, group)}
        return self._sent_now(group, target, note, gaps) if note else PreparedWrite(gaps=gaps)

    def _places(self, group: _Group) -> tuple[JsonObject, list[str]]:
        """The names of the target's environments by uid, and the source's uids of those that it lacks."""
        note, lacking = dict[str, "Json"](), list[str]()
        for uid in group.environments:
            if there := self._context.identity.target("environments", uid):
                note[there] = target_environment(self._context, uid)
            else:
                lacking.append(uid)
        return note, lacking

    def _sent_now(self, group: _Group, target: str, note: JsonObject, gaps: list[Gap]) -> PreparedWrite:
        body: JsonObject = {"environments": [*note.values()]}
        request = requests.deploy_release(
            target, {**body, "scheduled_at": group.at} if group.is_planned else body
        )
        return PreparedWrite(
            request=request,
            note={"target": target, "environments": note},
            identities=[(_SENT, group.key, sent_at(self._now)), *self._deployed(group)],
            gaps=gaps,
        )

    def _deployed(self, group: _Group) -> Iterator[tuple[str, str, str]]:
        """The objects that are deployed now: no page says whether records of extensions go with them."""
        for item in () if group.is_planned else rows_of(self._context.source, group.release):
            yield alone(text(item.get("uid")))

    def _not_repeated(self, group: _Group) -> Iterator[Remark]:
        """What was deployed in the source and is not in the target, environment by environment."""
        target, source = self._target(group.release), self._context.source
        for uid, at in zip(group.environments, group.done_at, strict=True):
            there = self._context.identity.target("environments", uid)
            if target is not None and there and self._is_held(target, there, group):
                continue
            name = text((source.get(Stream("environments"), uid) or {}).get("name")) or uid
            when = f" at {at}" if at else ""
            advice = "give --deploy to have it deployed" if there else "the target has no such environment"
            yield Remark(
                list="deployed",
                kind="deployments",
                uid=group.release,
                title=text((source.get(RELEASES, group.release) or {}).get("name")),
                reason=f"deployed to {name}{when} in the source, not in the target: {advice}",
            )

    def _still_waits(self, release: str, places: Iterable[str], group: _Group) -> bool:
        """Whether the target has planned all of it already, whether it was asked for or not."""
        when = epoch_seconds(group.at)
        is_to_come = group.is_planned and (when is None or when > self._now)
        return is_to_come and all(self._is_held(release, place, group) for place in places)

    def _cannot_plan(self, group: _Group, known: JsonObject) -> str:
        when = epoch_seconds(group.at)
        names = ", ".join(map(text, known.values())) or ", ".join(group.environments)
        if when is None:
            return f"to be deployed to {names} at a time that the service does not tell: deploy it by hand"
        if when <= self._now:
            return f"to be deployed to {names} at {group.at}, which is past: deploy it by hand"
        if not self._options.deploy and not self._options.schedules:
            return f"to be deployed to {names} at {group.at}: give --schedules to have it scheduled in the target"
        return ""

    def _is_held(self, release: str, environment: str, group: _Group) -> bool:
        """Whether the target had the same before the import began: planned at that time, or deployed at any time."""
        held = deployments(self._context.target, self._now)
        ours = (one for one in held if (one.release, one.environment) == (release, environment))
        if group.is_planned:
            return any(epoch_seconds(one.at) == epoch_seconds(group.at) for one in ours)
        return any(not one.is_planned and not one.has_failed for one in ours)

    def _await(self, name: str, request: Request, key: str, sent: Sequence[_Group], *, final: bool) -> Await:
        places = {f"{group.key}/{uid}": (group, uid) for group in sent for uid in group.environments}

        def missing(answer: JsonObject) -> dict[str, str]:
            found = {fact: self._is_missing(answer, key, *place) for fact, place in places.items()}
            return {fact: state for fact, state in found.items() if state}

        since = sent_since(self._context.identity.target(_SENT, one.key) for one in sent)

        def following(request: Request, answer: JsonObject) -> Request | None:
            if not missing(answer):
                return None
            return older_rows(request, answer, since) if key == _QUEUE else next_page(key, request, answer)

        def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
            found = ((*places[fact], state) for _, fact, state in facts) if final else ()
            return [
                gap
                for group, uid, state in found
                for gap in group.gaps(f"the target took it for deployment, but {state}", [uid])
            ]

        kind = "deployments_missing" if final else _NOT_QUEUED
        return Await(
            key=f"look/deployments/{name}",
            kind="releases",
            request=request,
            observe=lambda answer: Observation(pending=[(kind, *one) for one in missing(answer).items()]),
            required_key=key,
            next_page=following,
            gaps=gaps,
        )

    def _is_missing(self, answer: JsonObject, key: str, group: _Group, uid: str) -> str:
        """How a list, of releases or of the queue, does not show a deployment to the environment `uid`, if so."""
        environment, release = self._context.identity.target("environments", uid), self._target(group.release)
        if not environment:  # it was not sent
            return ""
        rows = objects(answer.get(key))
        if key == _QUEUE:
            names = (environment, self._name(group, environment))
            return "" if any(_is_queued(row, release, names, group.at) for row in rows) else _UNSEEN
        states = _states(rows, release, environment)
        if not states or group.is_planned:
            return "" if states else _UNSEEN
        if any(map(has_failed, states)):
            return "it failed there"
        # When it is done the service locks the release, and only then it can be opened again.
        is_awaited = self._is_open(group.release) and any(map(is_under_way, states))
        return "is not done with it, and will lock the release: unlock it then" if is_awaited else ""

    def _is_open(self, release: str) -> bool:
        """Whether the source has a release open, which may have been locked by its deployment."""
        row = self._context.source.get(RELEASES, release)
        return row is not None and row.get("locked") is not True

    def _name(self, group: _Group, environment: str | None) -> str:
        uids = self._context.identity.target
        found = (uid for uid in group.environments if uids("environments", uid) == environment)
        return next((target_environment(self._context, uid) for uid in found), "")


def _states(rows: Iterable[JsonObject], release: str | None, environment: str) -> list[JsonObject]:
    """What a list of releases says of the deployments of one to an environment."""
    own = (row for row in rows if row.get("uid") == release)
    return [one for row in own for one in objects(row.get("status")) if one.get("environment") == environment]


def _is_queued(row: JsonObject, release: str | None, environment: tuple[str | None, str], at: str) -> bool:
    return any(
        one.uid == release
        and epoch_seconds(one.at) == epoch_seconds(at)
        and any(name in one.environments for name in environment)
        for one in schedules(row)
    )


def _is_deployed(group: _Group, release: JsonObject) -> bool:
    return len(objects(release.get("status"))) >= len(group.environments)


def _probe_queue(group: _Group, note: JsonObject) -> Probe:
    """Whether the queue holds the plan."""
    release, places = text(note.get("target")), as_object(note.get("environments"))

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = objects(answer.get(_QUEUE))
        names = [(uid, text(name)) for uid, name in places.items()]
        is_there = all(any(_is_queued(row, release, one, group.at) for row in rows) for one in names)
        return [answer] if is_there else []

    following = partial(next_page, _QUEUE)
    return Probe(request=newest_rows(), found=found, required_key=_QUEUE, next_page=following)
