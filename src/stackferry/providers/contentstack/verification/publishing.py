"""Compares what is published, what waits to be, and what releases hold: all of them name versions. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_object, epoch_seconds, integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.publish_queue import (
    ACTIONS,
    ScheduledAction,
    ScheduledActions,
    environment_uids,
    is_imported,
    waiting_schedules,
)
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.contentstack.verification.documents import Documents, Published
from stackferry.providers.contentstack.verification.findings import Findings, field_mismatches
from stackferry.providers.contentstack.verification.items import (
    ASSET_TYPES,
    is_alike,
    item_gap,
    items_by_release,
    publication_mismatch,
    schedule_gap,
    shown_version,
    target_variant,
    variant_number,
)
from stackferry.providers.contentstack.verification.other_numbers import Instead, is_right, is_same, reads
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.contentstack.content.publish_queue import Schedule
    from stackferry.providers.contentstack.verification.items import Item
    from stackferry.providers.source import Job
    from stackferry.providers.target import ImportContext

_UNKNOWN: Final = -1  # the number in the target of a version that only its content tells
_UNTOLD: Final = "which of the target's versions that is nobody can tell"


def versions_in_use(context: ImportContext) -> Iterator[Job]:
    """The target's versions that stand where the snapshot's should, under another number."""
    return reads(context, context.once(_in_use))


def _in_use(context: ImportContext) -> list[Instead]:
    """Few: where numbers differ."""
    compared = PublishingComparison(context, Findings(()))
    items = compared.items_instead() if context.options.includes("releases") else ()
    return [*compared.shown_instead(), *compared.asked_instead(), *items]


class PublishingComparison:
    """The comparison of everything that names a version."""

    def __init__(self, context: ImportContext, findings: Findings) -> None:
        self._context, self._findings = context, findings
        self._documents = Documents(context.source)
        self._environments = environment_uids(context.source)

    def _version(self, content_type: str, uid: str, owner: str, version: int) -> str | None:
        """The number that a version of the source has in the target."""
        target = self._context.identity.target
        if content_type:
            found = target("versions", "\0".join((content_type, uid, owner, str(version))))
        else:
            found = target("asset_versions", f"{uid}\0{version}")
        if (
            found is None
            and self._is_one_place()
            and target("entries" if content_type else "assets", uid) == uid
        ):
            return str(version)
        return found

    def _is_one_place(self) -> bool:
        """Whether two snapshots of one place are compared, which share their versions."""
        origin, place = self._context.origin, self._context.place
        is_one = origin is not None and place is not None and origin.identity == place.identity
        return is_one and self._findings.tells_edits

    # --- publications ---

    def publications(self) -> Iterator[Mismatch]:
        """Object, language, environment, version and whose version it is, both ways."""
        # In tables on disk: there may be several for each entry, environment and language.
        expected = self._context.scratch.table(11, self._expected_publications())
        found = self._context.scratch.table(6, self._listed(Documents(self._context.target)))
        right = self._context.scratch.table(6)  # of another number, and with the same content
        self._findings.compared["publications"] += sum(1 for _ in expected)
        for row in expected:
            fact, source = row[:6], row[8]
            if found.of(*fact):
                continue
            shown = found.of(*fact[:4])
            if same := [one for one in shown if is_right(self._context, _instead(row, one))]:
                right.add(same)
            elif self._findings.is_told("publications" if fact[0] else "asset_publications", row[8], row[7]):
                right.add(shown)
                self._findings.gaps.append(self._told(row))
            elif fact[4] != _UNKNOWN:
                yield publication_mismatch(self._context, fact, source, shown_version(fact), ABSENT)
            elif fact[0] and any(one[5] == fact[5] for one in shown):
                yield publication_mismatch(
                    self._context, fact, source, shown_version((*fact[:4], row[9], fact[5])), ABSENT
                )
            else:
                # Of a file nobody can tell which of the target's uploads it is.
                right.add([] if fact[0] else shown)
                self._findings.gaps.append(self._untold(row))
        for other in found:
            if not expected.of(*other) and not right.of(*other):
                yield publication_mismatch(self._context, other, other[1], ABSENT, shown_version(other))

    def _told(self, row: Row) -> Gap:
        """The gap of a publication that the import has told it could not make."""
        gap = self._untold(row)
        return replace(
            gap, reason=f"{gap.reason.removesuffix(_UNTOLD).rstrip(': ')}, which the import could not do"
        )

    def _untold(self, row: Row) -> Gap:
        content_type, *_, environment, locale, uid, version, owner = row
        one = Published(content_type, uid, locale, environment, version, owner)
        return self._publication_gap(one, row[1], row[3])

    def shown_instead(self) -> Iterator[Instead]:
        """What the target shows where the snapshot shows a version that has another number there."""
        found = self._context.scratch.table(6, self._listed(Documents(self._context.target)))
        for row in self._expected_publications():
            if not found.of(*row[:6]):
                yield from (_instead(row, one) for one in found.of(*row[:4]) if one[5] == row[5])

    def _listed(self, documents: Documents) -> Iterator[Published]:
        includes = self._context.options.includes
        if includes("assets"):
            yield from documents.published_assets()
        if includes("entries"):
            yield from documents.published_entries()

    def _expected_publications(self) -> Iterator[Row]:
        """The publications that the target should have, each with the source's environment, language, uid, version and
        owner; what cannot be is a gap."""
        for one in self._listed(self._documents):
            target = self._context.identity.target
            uid = target("entries" if one.content_type else "assets", one.uid)
            environment = target("environments", one.environment)
            version = self._version(one.content_type, one.uid, one.owner, one.version)
            if uid is None or environment is None:
                self._findings.gaps.append(self._publication_gap(one, uid, environment))
            else:
                locale, owner = (
                    target_locale(self._context, one.locale),
                    target_locale(self._context, one.owner),
                )
                number = _UNKNOWN if version is None else int(version)
                fact = (one.content_type, uid, locale, environment, number, owner)
                yield *fact, one.environment, one.locale, one.uid, one.version, one.owner

    def _publication_gap(self, one: Published, uid: str | None, environment: str | None) -> Gap:
        row = self._context.source.get(Stream("environments"), one.environment) or {}
        where = f"{text(row.get('name')) or one.environment}, {one.locale}"
        if environment is None:
            reason = f"published in environment {one.environment}, which is not in the target"
        elif uid is None:
            reason = f"published in {where}, but it is not in the target"
        else:
            reason = f"version {one.version} is published in {where}: {_UNTOLD}"
        kind = "publications" if one.content_type else "asset_publications"
        return Gap(kind=kind, uid=one.uid, type=one.content_type, locale=one.locale, reason=reason)

    # --- schedules ---

    def schedules(self) -> Iterator[Mismatch]:
        """What waits in both queues. What is past waits in neither."""
        found, known = ScheduledActions(self._context.target, self._context.options), set[ScheduledAction]()
        for one in self._waiting():
            expected = self._expected_actions(one)
            if isinstance(expected, Gap):
                self._findings.gaps.append(expected)
                continue
            self._findings.compared["schedules"] += 1
            same = [found.covering(action) or self._covering_same(found, one, action) for action in expected]
            known.update(*same)
            if all(same):
                continue
            if any(self._is_untold(found, action) for action in expected):
                what = f"to {one.action} at {one.at} at version {one.version}"
                self._findings.gaps.append(schedule_gap(one, f"{what}, which is not in the target"))
            else:
                yield from self._findings.missing("schedules", one.row, one.at, one.content_type, one.locale)
        yield from self._surplus_schedules(found, known)

    def _surplus_schedules(self, found: ScheduledActions, known: set[ScheduledAction]) -> Iterator[Mismatch]:
        """What waits in the target alone."""
        now = self._context.options.now
        for row, action in found:
            if self._context.target.get(Stream("releases"), action.uid) is not None:
                continue  # a deployment, which `deployments` compares
            if action not in known and (action.when is None or action.when > now):
                place = (action.content_type, action.locale)
                yield Mismatch("schedules", row, ABSENT, action.action, *place, path=action.uid)

    def _covering_same(
        self, found: ScheduledActions, one: Schedule, action: ScheduledAction
    ) -> list[ScheduledAction]:
        """What waits for another version of the same content."""
        likely = found.covering(replace(action, version=0))
        return [held for held in likely if is_same(self._context, self._scheduled_instead(one, action, held))]

    @staticmethod
    def _is_untold(found: ScheduledActions, action: ScheduledAction) -> bool:
        """Whether an action is about a version that nobody knows, and the target plans nothing of the kind."""
        return action.version == _UNKNOWN and not found.covering(replace(action, version=0))

    def _scheduled_instead(self, one: Schedule, action: ScheduledAction, held: ScheduledAction) -> Instead:
        owner = self._documents.owner(one.content_type, one.uid, one.locale, one.version)
        return Instead(one.content_type, one.uid, owner, one.version, action.uid, held.version)

    def asked_instead(self) -> Iterator[Instead]:
        """What the target's queue asks for, where the snapshot's asks for a version that has another number there."""
        found = ScheduledActions(self._context.target, self._context.options)
        for one in self._waiting():
            expected = self._expected_actions(one)
            for action in () if isinstance(expected, Gap) else expected:
                for held in () if found.covering(action) else found.covering(replace(action, version=0)):
                    yield self._scheduled_instead(one, action, held)

    def _waiting(self) -> Iterator[Schedule]:
        """What waits in the source and is still to come; of rows that ask for the same, one."""
        seen: set[Schedule] = set()
        for one in waiting_schedules(self._context.source):
            if self._context.source.get(Stream("releases"), one.uid) is not None:
                continue  # a deployment, which `deployments` compares
            asked, when = replace(one, row=""), epoch_seconds(one.at)
            is_past = when is not None and when <= self._context.options.now
            if asked not in seen and self._is_included(one) and not is_past:
                seen.add(asked)
                yield one

    def _is_included(self, one: Schedule) -> bool:
        options, source = self._context.options, self._context.source
        if not is_imported(one, options) or not options.selection.is_narrow:
            return is_imported(one, options)
        if not one.content_type:
            return source.get(Stream("assets"), one.uid) is not None
        return bool(self._documents.owner(one.content_type, one.uid, one.locale, 0))

    def _expected_actions(self, one: Schedule) -> list[ScheduledAction] | Gap:
        """What the target should do, environment by environment; or why it cannot."""
        what = f"to {one.action} at {one.at}"
        uid = self._context.identity.target("entries" if one.content_type else "assets", one.uid)
        environments = [self._environment(place) for place in one.environments]
        version = self._scheduled_version(one)
        if one.action not in ACTIONS or one.variant:
            return schedule_gap(one, f"{what}: only entries and assets are scheduled again, no variants")
        if epoch_seconds(one.at) is None:
            return schedule_gap(one, f"its time cannot be read: '{one.at}'")
        if uid is None:
            return schedule_gap(one, f"{what}, but it is not in the target")
        if None in environments or not environments:
            return schedule_gap(one, f"{what} in an environment that is not in the target")
        locale, when = target_locale(self._context, one.locale), epoch_seconds(one.at)
        return [
            ScheduledAction(one.action, one.content_type, uid, locale, place or "", version, when)
            for place in sorted({*environments}, key=str)
        ]

    def _scheduled_version(self, one: Schedule) -> int:
        """The version's number in the target; 0 for any. To be unpublished an object need not be at any version."""
        if not one.version:
            return 0
        owner = self._documents.owner(one.content_type, one.uid, one.locale, one.version)
        found = self._version(one.content_type, one.uid, owner, one.version)
        if found is None:
            return 0 if one.action == "unpublish" else _UNKNOWN
        return int(found)

    def _environment(self, place: str) -> str | None:
        """The target's uid of an environment that a row of the queue names by uid or by name."""
        return self._context.identity.target("environments", self._environments.get(place, place))

    # --- releases ---

    def releases(self) -> Iterator[Mismatch]:
        """Of every paired release whether it is locked, and its items both ways."""
        expected, found = self._expected_items(), items_by_release(self._context)
        stream = Stream("releases")
        for row in self._context.source.objects(stream):
            uid = text(row.get("uid"))
            target = self._context.identity.target("releases", uid)
            if target is not None:
                is_locked = (self._context.target.get(stream, target) or {}).get("locked") is True
                yield from field_mismatches("releases", uid, "locked", row.get("locked") is True, is_locked)
                yield from self._compare_items(uid, expected.get(uid, {}), found.get(target, set()))

    def _compare_items(
        self, uid: str, expected: dict[Item, JsonObject], found: set[Item]
    ) -> Iterator[Mismatch]:
        self._findings.compared["release_items"] += len(expected)
        lacking, surplus = expected.keys() - found, found - expected.keys()
        for item in sorted(lacking):
            same = {
                one for one in surplus if is_alike(item, one) and self._is_same(item, expected[item], one)
            }
            surplus -= same
            lacking -= {item} if same else set()
            alike = {one for one in surplus if is_alike(item, one)}
            if not same and item[3] == str(_UNKNOWN) and (item[0] == "assets" or not alike):
                lacking.discard(item)
                surplus -= alike
                version = integer(expected[item].get("version"))
                reason = f"is in the release at version {version}: {_UNTOLD}"
                self._findings.gaps.append(item_gap(uid, expected[item], reason))
        for item in sorted(lacking | surplus):
            is_known = item in surplus or item[3] != str(_UNKNOWN)
            number = item[3] if is_known else str(integer(expected[item].get("version")))
            path = "/".join((*item[:3], number, *item[4:]))
            left, right = (path, ABSENT) if item in lacking else (ABSENT, path)
            yield Mismatch("release_items", uid, left, right, path=path)

    def _is_same(self, item: Item, source: JsonObject, found: Item) -> bool:
        return is_right(self._context, self._item_instead(item, source, found))

    def items_instead(self) -> Iterator[Instead]:
        """What the target's releases pin of what the snapshot's pin in a version that has another number there."""
        found, expected = items_by_release(self._context), self._expected_items()
        for uid, wanted in expected.items():
            held = found.get(self._context.identity.target("releases", uid) or "", set())
            for item in wanted.keys() - held:
                yield from (
                    self._item_instead(item, wanted[item], one) for one in held if is_alike(item, one)
                )

    def _item_instead(self, item: Item, source: JsonObject, found: Item) -> Instead:
        kind = "" if item[0] == "assets" else item[0]
        uid, version = text(source.get("uid")), integer(source.get("version")) or 0
        owner = self._documents.owner(kind, uid, text(source.get("locale")), version) if kind else ""
        # Of a variant only the latest version is known.
        number = int(found[3]) if found[3].isdigit() and not item[5] else 0
        return Instead(kind, uid, owner, version, item[1], number)

    def _expected_items(self) -> dict[str, dict[Item, JsonObject]]:
        """The items that each release should have in the target, with the source's; what it cannot have is a gap."""
        items: dict[str, dict[Item, JsonObject]] = {}
        for row in self._context.source.objects(Stream("release_items")):
            release, item = text(row.get("release")), as_object(row.get("item"))
            if self._context.identity.target("releases", release) is not None:
                found = self._expected_item(release, item)
                if isinstance(found, Gap):
                    self._findings.gaps.append(found)
                else:
                    items.setdefault(release, {})[found] = item
        return items

    def _expected_item(self, release: str, item: JsonObject) -> Item | Gap:
        uid, kind = text(item.get("uid")), text(item.get("content_type_uid"))
        kind = "" if kind in ASSET_TYPES else kind
        target = self._context.identity.target("entries" if kind else "assets", uid)
        if target is None:
            return item_gap(release, item, "is not in the target")
        locale, version, number = text(item.get("locale")), integer(item.get("version")), None
        variant = text(item.get("variant_id"))
        # An item without a version pins none.
        if version is not None and variant:
            stream = Stream("variants", kind, locale)
            number = variant_number(self._context, stream, uid, target, variant, version)
        elif version is not None:
            owner = self._documents.owner(kind, uid, locale, version)
            number = self._version(kind, uid, owner, version) or str(_UNKNOWN)
        if version is not None and number is None:
            reason = f"is in the release at version {version}, which is not in the target"
            return item_gap(release, item, reason)
        return (
            kind or "assets",
            target,
            target_locale(self._context, locale),
            str(number),
            text(item.get("action")),
            target_variant(self._context, variant),
        )


def _instead(expected: Row, found: Row) -> Instead:
    content_type, target, *_, uid, version, owner = expected
    # Of another language it is another document: that is never the same.
    number = found[4] if found[5] == expected[5] else 0
    return Instead(content_type, uid, owner, version, target, number)
