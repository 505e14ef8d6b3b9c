"""The plan for schedules: what is still to be published or taken down in the source, scheduled again in the target.

One write a row of the queue and language, at the mapped version, with the time that the row says. Only with
`--schedules`; without it each is a gap that names the option. What was due before the import was asked for is never
carried out: it is a gap, unless the snapshot already shows what it would have done. With `--publish none` nothing is
scheduled and there is no gap. Pure: what time it is comes with the options.
API pages: "Publish an entry", "Unpublish an entry" (`scheduled_at`), the same calls of assets, "Get publish queue".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from stackferry.json_values import as_object, epoch_seconds, integer, objects, text
from stackferry.model import Gap, JsonObject, Request, Stream
from stackferry.providers.contentstack.content.deployments import is_deployment
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.content.pinned_versions import item_document_locale
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.content.publish_queue import (
    ACTIONS,
    SCHEDULES,
    Schedule,
    ScheduledAction,
    ScheduledActions,
    environment_uids,
    is_imported,
    queue_status,
    scheduled_action,
    schedules,
    waiting_schedules,
)
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.importing.deletions.moved import MovedUids
from stackferry.providers.contentstack.importing.entries.withheld import because, why_not_written
from stackferry.providers.contentstack.importing.publishing.newest_rows import (
    newest_rows,
    older_rows,
    sent_at,
    sent_since,
)
from stackferry.providers.contentstack.importing.same_versions import SameVersions, VersionPair
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.build import next_page
from stackferry.providers.contentstack.requests.publishing import publish
from stackferry.providers.contentstack.target_names import is_one_place, target_environment, target_locale
from stackferry.providers.pairs import holds
from stackferry.providers.target import Await, ImportContext, Observation, PreparedWrite, Probe, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    # An action in one environment, which is named by its uid, and by its name.
    _Places: TypeAlias = tuple[ScheduledAction, ScheduledAction]

# States in which a row of the queue does nothing any more. No page lists them, so both spellings are taken.
_SENT = "schedules_sent"  # the identity that remembers which were accepted
_DROPPED = ("cancelled", "canceled", "failed")


@dataclass(frozen=True, slots=True)
class TargetSchedule:
    """A schedule in the target's own terms. `owner` is the language of the document that is meant."""

    source: Schedule
    uid: str
    locale: str
    owner: str
    version: int
    environments: dict[str, str]  # uid → name

    def actions(self) -> Iterator[ScheduledAction]:
        found = replace(self.source, uid=self.uid, locale=self.locale, version=self.version)
        return (scheduled_action(found, place) for place in self.environments)

    def request(self, environments: Iterable[str]) -> Request:
        """Sent twice it would be two schedules, so it is not repeatable."""
        return publish(
            self.source.action,
            self.source.content_type,
            self.uid,
            [self.environments[uid] for uid in environments],
            [self.locale],
            locale=self.owner or None,
            version=self.version or None,
            scheduled_at=self.source.at,
        )

    def note(self) -> JsonObject:
        """What a probe searches the queue for."""
        return {
            "action": self.source.action,
            "content_type": self.source.content_type,
            "uid": self.uid,
            "locale": self.locale,
            "version": self.version,
            "at": self.source.at,
            "environments": {**self.environments},
        }


class SchedulePlan:
    """The schedules of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._source = context.source
        self._environment_uids = environment_uids(context.source)
        self._fallback = locale_fallbacks(context.source)
        self._held: ScheduledActions | None = None
        self._same = context.once(SameVersions)

    def pairs(self) -> Iterator[VersionPair]:
        """What both queues ask for, of versions of other numbers."""
        for schedule in self._all() if write_options(self._context.options).schedules else ():
            found = self._translated(schedule)
            if not isinstance(found, Gap):
                for action in found.actions():
                    yield from self._asked_instead(found, action)

    def schedule(self) -> Iterator[Write]:
        """One write for each."""
        for schedule in self._all():
            yield Write(
                key=f"schedule/{schedule.row}/{schedule.locale}",
                kind="schedules",
                build=partial(self._prepare, schedule),
                read=read_notice,
                failed=_gap(schedule, "the target refused to schedule it"),
                probe=_probe,
                optional=True,
            )

    def confirm(self) -> Iterator[Await]:
        """Whether the queue shows what was sent."""
        identity = self._context.identity
        sent = [one for one in self._all() if identity.target(_SENT, one.row) is not None]
        found = ((one, self._translated(one)) for one in sent)
        expected = {
            f"{one.row}/{one.locale}": (one, [*_noted(target.note())])
            for one, target in found
            if not isinstance(target, Gap)
        }
        if expected:
            since = sent_since(identity.target(_SENT, one.row) for one in sent)
            yield _await_rows(expected, since)

    def expected(self) -> Iterator[TargetSchedule | Gap]:
        """What should wait in the target, and what cannot; what is past should not."""
        return (self._translated(schedule) for schedule in self._all() if not self._is_past(schedule))

    def requests(self) -> int:
        """How many writes schedule everything again, once all has its target name."""
        found = self.expected() if write_options(self._context.options).schedules else ()
        return sum(1 for schedule in found if isinstance(schedule, TargetSchedule))

    def _all(self) -> Iterator[Schedule]:
        """Everything that waits; of those that say the same, one."""
        options, seen = self._context.options, set[Schedule]()
        for schedule in waiting_schedules(self._source):
            if is_deployment(schedule, self._source):
                continue  # `DeploymentPlan` has those
            facts = replace(schedule, row="")
            is_wanted = is_imported(schedule, options) and facts not in seen
            if is_wanted and (not options.selection.is_narrow or any(self._documents(schedule))):
                seen.add(facts)
                yield schedule

    def _documents(self, schedule: Schedule) -> Iterator[JsonObject]:
        """The documents that list where the object is shown in the schedule's language."""
        codes = fallback_chain(schedule.locale, self._fallback) if schedule.content_type else ()
        streams = [Stream("entries", schedule.content_type, code) for code in codes]
        for stream in streams if schedule.content_type else [Stream("assets")]:
            if (found := self._source.get(stream, schedule.uid)) is not None:
                yield found

    def _is_past(self, schedule: Schedule) -> bool:
        when = epoch_seconds(schedule.at)
        return when is not None and when <= self._context.options.now

    def _prepare(self, schedule: Schedule) -> PreparedWrite:
        arrived = [("schedules", schedule.row, "there")]
        if self._is_past(schedule):
            if self._is_shown(schedule):
                return PreparedWrite(identities=arrived)
            return PreparedWrite(gaps=[_gap(schedule, _overdue(schedule))])
        found = self._translated(schedule)
        if isinstance(found, Gap):
            waits = self._still_waits(schedule)
            return PreparedWrite(identities=arrived) if waits else PreparedWrite(gaps=[found])
        missing = [action.environment for action in found.actions() if not self._is_held(found, action)]
        if not missing:
            return PreparedWrite(identities=arrived)
        if not write_options(self._context.options).schedules:
            # Else the version may refer to what is gone, and is to be scheduled anew.
            if self._still_waits(schedule) and not self._context.once(MovedUids).are_any_surely:
                return PreparedWrite(identities=arrived)
            reason = (
                f"to {schedule.action} at {schedule.at}: give --schedules to have it scheduled in the target"
            )
            return PreparedWrite(note=found.note(), gaps=[_gap(schedule, reason)], final=False)
        identities = [*arrived, (_SENT, schedule.row, sent_at(self._context.options.now))]
        return PreparedWrite(request=found.request(missing), note=found.note(), identities=identities)

    def _still_waits(self, schedule: Schedule) -> bool:
        """Whether the place that the snapshot comes from still has the very row, of an object that is still there.

        It names a version of a history that nobody can change: also where the draft over that could not be written.
        """
        kind = "entries" if schedule.content_type else "assets"
        is_kept = self._context.identity.target(kind, schedule.uid) == schedule.uid
        # What was made anew under its old uid has another history.
        is_kept = is_kept and holds(self._context.target, kind, schedule.uid)
        row = self._context.target.get(SCHEDULES, schedule.row) if is_one_place(self._context) else None
        return is_kept and row is not None and schedule in schedules(row)

    def _is_held(self, found: TargetSchedule, action: ScheduledAction) -> bool:
        """Whether the target's queue held it before, of this version or one of the same content."""
        is_asked = bool(self._queue().covering(action))
        return is_asked or any(map(self._same.is_same, self._asked_instead(found, action)))

    def _asked_instead(self, found: TargetSchedule, action: ScheduledAction) -> Iterator[VersionPair]:
        one, owner = found.source, self._owner(found.source)
        for held in self._queue().covering(replace(action, version=0)):
            if one.version and held.version and held.version != action.version:
                yield VersionPair(one.content_type, one.uid, owner, one.version, held.version)

    def _queue(self) -> ScheduledActions:
        if self._held is None:
            self._held = ScheduledActions(self._context.target, self._context.options)
        return self._held

    def _is_shown(self, schedule: Schedule) -> bool:
        """Whether the snapshot already shows what the schedule would have done."""
        shown = self._live(schedule)
        live = {environment for environment, _ in shown}
        places = {self._environment_uids.get(place, place) for place in schedule.environments}
        if schedule.action == "unpublish":
            return not places & live
        if schedule.action != "publish":
            return False
        return all(
            (place, schedule.version) in shown or (not schedule.version and place in live) for place in places
        )

    def _live(self, schedule: Schedule) -> set[tuple[str, int]]:
        """The environments in which its object is live in its language, and the versions."""
        return {
            (environment, version)
            for row in self._documents(schedule)
            for environment, locale, version in publish_details(row)
            if locale.casefold() == schedule.locale.casefold()
        }

    def _translated(self, schedule: Schedule) -> TargetSchedule | Gap:
        identity, what = self._context.identity, f"to {schedule.action}"
        if reason := _never_scheduled(schedule):
            return _gap(schedule, reason)
        uid = identity.target("entries" if schedule.content_type else "assets", schedule.uid)
        owner = self._owner(schedule)
        if uid is None or (schedule.content_type and not owner):
            lacking = because("it could not be imported", self._why(schedule, owner))
            return _gap(schedule, f"{what} at {schedule.at}, but {lacking}")
        version = self._version(schedule, owner)
        if version is None:
            lacking = because("which was not imported", self._why(schedule, owner))
            return _gap(schedule, f"{what} version {schedule.version} at {schedule.at}, {lacking}")
        environments = [self._environment(place) for place in schedule.environments]
        known = dict(sorted(found for found in environments if found is not None))
        if not environments or None in environments:
            return _gap(schedule, f"{what} at {schedule.at} in an environment that is not there")
        return TargetSchedule(
            source=schedule,
            uid=uid,
            locale=target_locale(self._context, schedule.locale),
            owner=target_locale(self._context, owner) if owner else "",
            version=version,
            environments=known,
        )

    def _why(self, one: Schedule, owner: str) -> str:
        return why_not_written(self._context, one.content_type, one.uid, owner, one.version)

    def _owner(self, schedule: Schedule) -> str:
        """The language of the document that is meant; empty for an asset."""
        if not schedule.content_type:
            return ""
        named = (schedule.content_type, schedule.uid, schedule.locale, schedule.version)
        return item_document_locale(self._source, *named, self._fallback)

    def _version(self, schedule: Schedule, owner: str) -> int | None:
        """The version's number in the target. To be taken down, an object need not be at any version."""
        if not schedule.version:
            return 0
        kind, names = "asset_versions", [schedule.uid]
        if schedule.content_type:
            kind, names = "versions", [schedule.content_type, schedule.uid, owner]
        found = self._context.identity.target(kind, "\0".join((*names, str(schedule.version))))
        if found is None:
            return 0 if schedule.action == "unpublish" else None
        return int(found)

    def _environment(self, place: str) -> tuple[str, str] | None:
        """The environment's uid and name in the target."""
        uid = self._environment_uids.get(place, place)
        target = self._context.identity.target("environments", uid)
        return None if target is None else (target, target_environment(self._context, uid))


def _overdue(schedule: Schedule) -> str:
    shown = {"publish": "does not show it", "unpublish": "still shows it"}
    state = f"the target {shown[schedule.action]}; " if schedule.action in shown else ""
    return f"to {schedule.action} at {schedule.at}, which is past: {state}{schedule.action} it by hand"


def _never_scheduled(schedule: Schedule) -> str:
    """Why a row of the queue is scheduled in no target; empty where it may be."""
    what = f"to {schedule.action}"
    if schedule.action not in ACTIONS:
        return f"{what} at {schedule.at}: only publishing and taking down is scheduled again"
    if schedule.variant:
        return f"{what} variant {schedule.variant} at {schedule.at}: variants are not scheduled"
    return "" if epoch_seconds(schedule.at) is not None else f"its time cannot be read: '{schedule.at}'"


def _gap(schedule: Schedule, reason: str) -> Gap:
    return Gap(
        kind="schedules",
        uid=schedule.row,
        type=schedule.content_type,
        locale=schedule.locale,
        path=schedule.uid,
        reason=reason,
    )


def _await_rows(expected: Mapping[str, tuple[Schedule, Sequence[_Places]]], since: float) -> Await:
    def missing(answer: JsonObject) -> list[str]:
        rows = [row for row in objects(answer.get("queue")) if queue_status(row) not in _DROPPED]
        return [
            name
            for name, (_, wanted) in expected.items()
            if not all(any(_asks_for(row, places) for row in rows) for places in wanted)
        ]

    def following(request: Request, answer: JsonObject) -> Request | None:
        return older_rows(request, answer, since) if missing(answer) else None

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        found = (expected[name][0] for _, name, _ in facts)
        reason = "at {}: the target took it, but its publish queue does not show it"
        return [_gap(one, f"to {one.action} {reason.format(one.at)}") for one in found]

    return Await(
        key="look/schedules",
        kind="schedules",
        request=newest_rows(),
        observe=lambda answer: Observation(
            pending=[("schedules_missing", name, "1") for name in missing(answer)]
        ),
        required_key="queue",
        next_page=following,
        gaps=gaps,
    )


def _probe(note: JsonObject) -> Probe:
    """Search the queue for the schedule, whether or not it has come due by now."""

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = [row for row in objects(answer.get("queue")) if queue_status(row) not in _DROPPED]
        matching = [[row for row in rows if _asks_for(row, places)] for places in _noted(note)]
        return [{"queue": row} for row in min(matching, key=len, default=[])]

    return Probe(
        request=newest_rows(), found=found, required_key="queue", next_page=partial(next_page, "queue")
    )


def _asks_for(row: JsonObject, places: _Places) -> bool:
    """Whether a row asks for what was sent for an environment, named by its uid or its name."""
    actions = [
        scheduled_action(schedule, place) for schedule in schedules(row) for place in schedule.environments
    ]
    return any(wanted.is_covered_by(action) for wanted in places for action in actions)


def _noted(note: JsonObject) -> Iterator[_Places]:
    """What was sent, environment by environment."""
    names = ("action", "content_type", "uid", "locale")
    action, content_type, uid, locale = (text(note.get(name)) for name in names)
    version, when = integer(note.get("version")) or 0, epoch_seconds(text(note.get("at")))
    sent = ScheduledAction(action, content_type, uid, locale, "", version, when)
    for place, name in as_object(note.get("environments")).items():
        yield replace(sent, environment=place), replace(sent, environment=text(name))
