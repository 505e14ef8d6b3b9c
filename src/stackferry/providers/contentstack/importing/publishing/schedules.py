"""The plan for schedules: what is still to be published or taken down in the source, scheduled again in the target.

One write a row of the queue and language, at the mapped version, with the time that the row says. Only with
`--schedules`; without it each is a gap that names the option. What was due before the import was asked for is never
carried out: it is a gap, unless the snapshot already shows what it would have done. With `--publish none`
nobody wants any. Pure: what time it is comes with the options.
API pages: "Publish an entry", "Unpublish an entry" (`scheduled_at`), the same calls of assets, "Get publish queue".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Gap, JsonObject, Request, Stream
from stackferry.providers.contentstack.content.locales import fallback_chain, locale_fallbacks
from stackferry.providers.contentstack.content.pinned_versions import item_document_locale
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.content.publish_queue import (
    ACTIONS,
    Schedule,
    ScheduledAction,
    ScheduledActions,
    environment_uids,
    epoch_seconds,
    is_imported,
    queue_status,
    scheduled_action,
    schedules,
    waiting_schedules,
)
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.options import write_options
from stackferry.providers.contentstack.requests.build import PAGE
from stackferry.providers.contentstack.requests.publishing import list_queue, publish
from stackferry.providers.contentstack.target_names import environment_name, target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DROPPED = ("cancelled", "canceled", "failed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A schedule in the target's own terms. `owner` is the language of the document that is meant."""

    source: Schedule
    uid: str
    locale: str
    owner: str
    version: int
    environments: dict[str, str]  # uid → name

    def facts(self) -> Iterator[ScheduledAction]:
        schedule, when = self.source, epoch_seconds(self.source.at)
        for place in self.environments:
            yield ScheduledAction(
                schedule.action, schedule.content_type, self.uid, self.locale, place, self.version, when
            )


class SchedulePlan:
    """The schedules of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._source = context.source
        self._places = environment_uids(context.source)
        self._fallback = locale_fallbacks(context.source)
        self._held: ScheduledActions | None = None

    def schedule(self) -> Iterator[Write]:
        """One write for each."""
        return (self._write(schedule) for schedule in self._all())

    def expected(self) -> Iterator[Wanted | Gap]:
        """What should wait in the target, and what cannot; what is past should not."""
        for schedule in self._all():
            if not self._is_past(schedule):
                yield self._translated(schedule)

    def requests(self) -> int:
        """How many writes schedule everything again, once all has its target name."""
        found = self.expected() if write_options(self._context.options).schedules else ()
        return sum(1 for schedule in found if isinstance(schedule, Wanted))

    def _all(self) -> Iterator[Schedule]:
        """Everything that waits; of those that say the same, one."""
        seen: set[Schedule] = set()
        for schedule in waiting_schedules(self._source):
            facts = replace(schedule, row="")
            if facts not in seen and self._is_chosen(schedule):
                seen.add(facts)
                yield schedule

    def _is_chosen(self, schedule: Schedule) -> bool:
        options = self._context.options
        return is_imported(schedule, options) and (
            not options.selection.is_narrow or any(self._documents(schedule))
        )

    def _documents(self, schedule: Schedule) -> Iterator[JsonObject]:
        """The documents that list where the object is shown in the schedule's language."""
        streams = [Stream("assets")]
        if schedule.content_type:
            streams = [
                Stream("entries", schedule.content_type, code)
                for code in fallback_chain(schedule.locale, self._fallback)
            ]
        for stream in streams:
            if (found := self._source.get(stream, schedule.uid)) is not None:
                yield found

    def _is_past(self, schedule: Schedule) -> bool:
        when = epoch_seconds(schedule.at)
        return when is not None and when <= self._context.options.now

    def _write(self, schedule: Schedule) -> Write:
        return Write(
            key=f"schedule/{schedule.row}/{schedule.locale}",
            kind="schedules",
            build=lambda: self._built(schedule),
            read=read_notice,
            failed=_gap(schedule, "the target refused to schedule it"),
            probe=_probe,
            optional=True,
        )

    def _built(self, schedule: Schedule) -> PreparedWrite:
        arrived = [("schedules", schedule.row, "there")]
        if self._is_past(schedule):
            is_lost = not self._is_shown(schedule)
            return (
                PreparedWrite(gaps=[_gap(schedule, _overdue(schedule))])
                if is_lost
                else PreparedWrite(identities=arrived)
            )
        found = self._translated(schedule)
        if isinstance(found, Gap):
            return PreparedWrite(gaps=[found])
        note = _note(found)
        if not write_options(self._context.options).schedules:
            gap = _gap(
                schedule,
                f"to {schedule.action} at {schedule.at}: give --schedules to have it scheduled in the target",
            )
            return PreparedWrite(note=note, gaps=[gap], final=False)
        missing = self._missing(found)
        if not missing:
            return PreparedWrite(identities=arrived)
        return PreparedWrite(request=_request(found, missing), note=note, identities=arrived)

    def _missing(self, wanted: Wanted) -> list[str]:
        """The environments for which the target did not have this schedule before."""
        if self._held is None:
            self._held = ScheduledActions(self._context.target, self._context.options)
        held = self._held
        return [schedule.environment for schedule in wanted.facts() if not held.covering(schedule)]

    def _is_shown(self, schedule: Schedule) -> bool:
        """Whether the snapshot already shows what the schedule would have done."""
        shown = {
            (environment, version)
            for row in self._documents(schedule)
            for environment, locale, version in publish_details(row)
            if locale.casefold() == schedule.locale.casefold()
        }
        live = {environment for environment, _ in shown}
        places = {self._places.get(place, place) for place in schedule.environments}
        if schedule.action == "unpublish":
            return not places & live
        if schedule.action != "publish":
            return False
        return all(
            (place, schedule.version) in shown or (not schedule.version and place in live) for place in places
        )

    def _translated(self, schedule: Schedule) -> Wanted | Gap:
        if schedule.action not in ACTIONS:
            return _gap(
                schedule,
                f"to {schedule.action} at {schedule.at}: only publishing and taking down is scheduled again",
            )
        if schedule.variant:
            return _gap(
                schedule,
                f"to {schedule.action} variant {schedule.variant} at {schedule.at}: variants are not scheduled",
            )
        if epoch_seconds(schedule.at) is None:
            return _gap(schedule, f"its time cannot be read: '{schedule.at}'")
        kind = "entries" if schedule.content_type else "assets"
        uid, owner = self._context.identity.target(kind, schedule.uid), self._owner(schedule)
        if uid is None or (schedule.content_type and not owner):
            return _gap(schedule, f"to {schedule.action} at {schedule.at}, but it could not be imported")
        version = self._version(schedule, owner)
        if version is None:
            return _gap(
                schedule,
                f"to {schedule.action} version {schedule.version} at {schedule.at}, which was not imported",
            )
        environment_uids = {self._place(place) for place in schedule.environments}
        if None in environment_uids or not environment_uids:
            return _gap(
                schedule, f"to {schedule.action} at {schedule.at} in an environment that is not there"
            )
        return Wanted(
            source=schedule,
            uid=uid,
            locale=target_locale(self._context, schedule.locale),
            owner=target_locale(self._context, owner) if owner else "",
            version=version,
            environments=dict(sorted(place for place in environment_uids if place is not None)),
        )

    def _owner(self, schedule: Schedule) -> str:
        if not schedule.content_type:
            return ""
        return item_document_locale(
            self._source,
            schedule.content_type,
            schedule.uid,
            schedule.locale,
            schedule.version,
            self._fallback,
        )

    def _version(self, schedule: Schedule, owner: str) -> int | None:
        """The version's number in the target. To be taken down, an object need not be at any version."""
        if not schedule.version:
            return 0
        target = self._context.identity.target
        if schedule.content_type:
            found = target(
                "versions", "\0".join((schedule.content_type, schedule.uid, owner, str(schedule.version)))
            )
        else:
            found = target("asset_versions", f"{schedule.uid}\0{schedule.version}")
        if found is None:
            return 0 if schedule.action == "unpublish" else None
        return int(found)

    def _place(self, place: str) -> tuple[str, str] | None:
        """The environment's uid and name in the target."""
        uid = self._places.get(place, place)
        name = text((self._source.get(Stream("environments"), uid) or {}).get("name"))
        target = self._context.identity.target("environments", uid)
        return None if target is None else (target, environment_name(self._context.options, name))


def _overdue(schedule: Schedule) -> str:
    shown = {"publish": "does not show it", "unpublish": "still shows it"}
    state = f"the target {shown[schedule.action]}; " if schedule.action in shown else ""
    return f"to {schedule.action} at {schedule.at}, which is past: {state}{schedule.action} it by hand"


def _gap(schedule: Schedule, reason: str) -> Gap:
    return Gap(
        kind="schedules",
        uid=schedule.row,
        type=schedule.content_type,
        locale=schedule.locale,
        path=schedule.uid,
        reason=reason,
    )


def _request(wanted: Wanted, environment_uids: Iterable[str]) -> Request:
    """Sent twice it would be two schedules, so it is not repeatable."""
    return publish(
        wanted.source.action,
        wanted.source.content_type,
        wanted.uid,
        [wanted.environments[uid] for uid in environment_uids],
        [wanted.locale],
        locale=wanted.owner or None,
        version=wanted.version or None,
        scheduled_at=wanted.source.at,
    )


def _note(wanted: Wanted) -> JsonObject:
    schedule = wanted.source
    return {
        "action": schedule.action,
        "content_type": schedule.content_type,
        "uid": wanted.uid,
        "locale": wanted.locale,
        "version": wanted.version,
        "at": schedule.at,
        "environments": {**wanted.environments},
    }


def _probe(note: JsonObject) -> Probe:
    """Look for the schedule among the newest rows of the queue, whether or not it has come due by now."""

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = [row for row in objects(answer.get("queue")) if queue_status(row) not in _DROPPED]
        matching = [[row for row in rows if _is_of(row, fact)] for fact in _noted(note)]
        return [{"queue": row} for row in min(matching, key=len, default=[])]

    return Probe(
        request=list_queue(("desc", "created_at"), ("limit", str(PAGE))), found=found, required_key="queue"
    )


def _is_of(row: JsonObject, places: tuple[ScheduledAction, ScheduledAction]) -> bool:
    """Whether a row asks for what was sent for an environment, named by its uid or its name."""
    actions = [
        scheduled_action(schedule, place) for schedule in schedules(row) for place in schedule.environments
    ]
    return any(wanted.is_covered_by(action) for wanted in places for action in actions)


def _noted(note: JsonObject) -> Iterator[tuple[ScheduledAction, ScheduledAction]]:
    """What was sent, environment by environment."""
    action, content_type, uid, locale = (
        text(note.get(name)) for name in ("action", "content_type", "uid", "locale")
    )
    version, when = integer(note.get("version")) or 0, epoch_seconds(text(note.get("at")))
    sent = ScheduledAction(action, content_type, uid, locale, "", version, when)
    for place, name in as_object(note.get("environments")).items():
        yield replace(sent, environment=place), replace(sent, environment=text(name))
