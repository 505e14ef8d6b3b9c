"""The plan for schedules: what is still to be published or taken down in the source, scheduled again in the target.

One write a row of the queue and language, at the mapped version, with the time that the row says. Only with
`--schedules`; without it each is a gap that names the option. What was due before the import was asked for is never
carried out: it is a gap, unless the snapshot already shows what it would have brought about. With `--publish none`
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
from stackferry.providers.target import PreparedWrite, Probe, Replay, Write

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
        one, when = self.source, epoch_seconds(self.source.at)
        for place in self.environments:
            yield ScheduledAction(
                one.action, one.content_type, self.uid, self.locale, place, self.version, when
            )


class SchedulePlan:
    """The schedules of one import."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._source = replay.source
        self._places = environment_uids(replay.source)
        self._fallback = locale_fallbacks(replay.source)
        self._held: ScheduledActions | None = None

    def schedule(self) -> Iterator[Write]:
        """One write for each."""
        return (self._write(one) for one in self._all())

    def expected(self) -> Iterator[Wanted | Gap]:
        """What should wait in the target, and what cannot; what is past should not."""
        for one in self._all():
            if not self._is_past(one):
                yield self._translated(one)

    def requests(self) -> int:
        """How many writes schedule everything again, once all has its target name."""
        found = self.expected() if write_options(self._replay.options).schedules else ()
        return sum(1 for one in found if isinstance(one, Wanted))

    def _all(self) -> Iterator[Schedule]:
        """Everything that waits; of those that say the same, one."""
        seen: set[Schedule] = set()
        for one in waiting_schedules(self._source):
            said = replace(one, row="")
            if said not in seen and self._is_chosen(one):
                seen.add(said)
                yield one

    def _is_chosen(self, one: Schedule) -> bool:
        options = self._replay.options
        return is_imported(one, options) and (not options.choice.is_narrow or any(self._documents(one)))

    def _documents(self, one: Schedule) -> Iterator[JsonObject]:
        """The documents that list where the object is shown in the schedule's language."""
        streams = [Stream("assets")]
        if one.content_type:
            streams = [
                Stream("entries", one.content_type, code)
                for code in fallback_chain(one.locale, self._fallback)
            ]
        for stream in streams:
            if (found := self._source.get(stream, one.uid)) is not None:
                yield found

    def _is_past(self, one: Schedule) -> bool:
        when = epoch_seconds(one.at)
        return when is not None and when <= self._replay.options.now

    def _write(self, one: Schedule) -> Write:
        return Write(
            key=f"schedule/{one.row}/{one.locale}",
            kind="schedules",
            build=lambda: self._built(one),
            read=read_notice,
            failed=_gap(one, "the target refused to schedule it"),
            probe=_probe,
            optional=True,
        )

    def _built(self, one: Schedule) -> PreparedWrite:
        arrived = [("schedules", one.row, "there")]
        if self._is_past(one):
            is_lost = not self._is_shown(one)
            return (
                PreparedWrite(gaps=[_gap(one, _overdue(one))])
                if is_lost
                else PreparedWrite(identities=arrived)
            )
        found = self._translated(one)
        if isinstance(found, Gap):
            return PreparedWrite(gaps=[found])
        note = _note(found)
        if not write_options(self._replay.options).schedules:
            gap = _gap(
                one, f"to {one.action} at {one.at}: give --schedules to have it scheduled in the target"
            )
            return PreparedWrite(note=note, gaps=[gap], final=False)
        missing = self._missing(found)
        if not missing:
            return PreparedWrite(identities=arrived)
        return PreparedWrite(request=_request(found, missing), note=note, identities=arrived)

    def _missing(self, wanted: Wanted) -> list[str]:
        """The environments for which the target did not have this schedule before."""
        if self._held is None:
            self._held = ScheduledActions(self._replay.target, self._replay.options)
        held = self._held
        return [one.environment for one in wanted.facts() if not held.covering(one)]

    def _is_shown(self, one: Schedule) -> bool:
        """Whether the snapshot already shows what the schedule would have brought about."""
        shown = {
            (environment, version)
            for row in self._documents(one)
            for environment, locale, version in publish_details(row)
            if locale.casefold() == one.locale.casefold()
        }
        live = {environment for environment, _ in shown}
        places = {self._places.get(place, place) for place in one.environments}
        if one.action == "unpublish":
            return not places & live
        if one.action != "publish":
            return False
        return all((place, one.version) in shown or (not one.version and place in live) for place in places)

    def _translated(self, one: Schedule) -> Wanted | Gap:
        if one.action not in ACTIONS:
            return _gap(
                one, f"to {one.action} at {one.at}: only publishing and taking down is scheduled again"
            )
        if one.variant:
            return _gap(one, f"to {one.action} variant {one.variant} at {one.at}: variants are not scheduled")
        if epoch_seconds(one.at) is None:
            return _gap(one, f"its time cannot be read: '{one.at}'")
        kind = "entries" if one.content_type else "assets"
        uid, owner = self._replay.identity.target(kind, one.uid), self._owner(one)
        if uid is None or (one.content_type and not owner):
            return _gap(one, f"to {one.action} at {one.at}, but it could not be brought over")
        version = self._version(one, owner)
        if version is None:
            return _gap(one, f"to {one.action} version {one.version} at {one.at}, which was not brought over")
        environment_uids = {self._place(place) for place in one.environments}
        if None in environment_uids or not environment_uids:
            return _gap(one, f"to {one.action} at {one.at} in an environment that is not there")
        return Wanted(
            source=one,
            uid=uid,
            locale=target_locale(self._replay, one.locale),
            owner=target_locale(self._replay, owner) if owner else "",
            version=version,
            environments=dict(sorted(place for place in environment_uids if place is not None)),
        )

    def _owner(self, one: Schedule) -> str:
        if not one.content_type:
            return ""
        return item_document_locale(
            self._source, one.content_type, one.uid, one.locale, one.version, self._fallback
        )

    def _version(self, one: Schedule, owner: str) -> int | None:
        """The version's number in the target. To be taken down, an object need not be at any version."""
        if not one.version:
            return 0
        target = self._replay.identity.target
        if one.content_type:
            found = target("versions", "\0".join((one.content_type, one.uid, owner, str(one.version))))
        else:
            found = target("asset_versions", f"{one.uid}\0{one.version}")
        if found is None:
            return 0 if one.action == "unpublish" else None
        return int(found)

    def _place(self, place: str) -> tuple[str, str] | None:
        """The environment's uid and name in the target."""
        uid = self._places.get(place, place)
        name = text((self._source.get(Stream("environments"), uid) or {}).get("name"))
        target = self._replay.identity.target("environments", uid)
        return None if target is None else (target, environment_name(self._replay.options, name))


def _overdue(one: Schedule) -> str:
    shown = {"publish": "does not show it", "unpublish": "still shows it"}
    state = f"the target {shown[one.action]}; " if one.action in shown else ""
    return f"to {one.action} at {one.at}, which is past: {state}{one.action} it by hand"


def _gap(one: Schedule, reason: str) -> Gap:
    return Gap(
        kind="schedules",
        uid=one.row,
        type=one.content_type,
        locale=one.locale,
        path=one.uid,
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
    one = wanted.source
    return {
        "action": one.action,
        "content_type": one.content_type,
        "uid": wanted.uid,
        "locale": wanted.locale,
        "version": wanted.version,
        "at": one.at,
        "environments": {**wanted.environments},
    }


def _probe(note: JsonObject) -> Probe:
    """Look for the schedule among the newest rows of the queue, whether or not it has come due by now."""

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = [row for row in objects(answer.get("queue")) if queue_status(row) not in _DROPPED]
        alike = [[row for row in rows if _is_of(row, fact)] for fact in _noted(note)]
        return [{"queue": row} for row in min(alike, key=len, default=[])]

    return Probe(request=list_queue(("desc", "created_at"), ("limit", str(PAGE))), found=found, holds="queue")


def _is_of(row: JsonObject, places: tuple[ScheduledAction, ScheduledAction]) -> bool:
    """Whether a row asks for what was sent for an environment, told by its uid or its name."""
    told = [scheduled_action(one, place) for one in schedules(row) for place in one.environments]
    return any(fact.is_covered_by(other) for fact in places for other in told)


def _noted(note: JsonObject) -> Iterator[tuple[ScheduledAction, ScheduledAction]]:
    """What was sent, environment by environment."""
    action, content_type, uid, locale = (
        text(note.get(name)) for name in ("action", "content_type", "uid", "locale")
    )
    version, when = integer(note.get("version")) or 0, epoch_seconds(text(note.get("at")))
    sent = ScheduledAction(action, content_type, uid, locale, "", version, when)
    for place, name in as_object(note.get("environments")).items():
        yield replace(sent, environment=place), replace(sent, environment=text(name))
