"""Whether a target holds what a snapshot holds, modulo who became whom: field by field.

The snapshot's objects are put into the target's terms and compared with what the target says; what only the
service decides (times, users, versions' numbers, uids of block instances) is not compared. Pure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackferry.core.json_diff import ABSENT, Side, differences
from stackferry.json_values import as_object, text
from stackferry.model import Gap, Json, JsonObject, Stream
from stackferry.providers.contentstack.content.comparable import ComparableEntries
from stackferry.providers.contentstack.content.normalize import normalize
from stackferry.providers.contentstack.content.publish_queue import ScheduledAction, ScheduledActions
from stackferry.providers.contentstack.importing import assets, releases, simple_kinds, workflows
from stackferry.providers.contentstack.importing.content_types import TypePlan
from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan, included_publications
from stackferry.providers.contentstack.importing.publishing.schedules import SchedulePlan
from stackferry.providers.contentstack.importing.translations import said, translated
from stackferry.providers.contentstack.importing.workflow_stages import stage_of
from stackferry.providers.contentstack.matching.identities import MatchedIdentity
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Row
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.contentstack.importing.objects import ObjectWrite
    from stackferry.providers.target import Replay

_SMALL: tuple[Callable[[Replay], Iterator[ObjectWrite]], ...] = (
    simple_kinds.locales,
    simple_kinds.environments,
    simple_kinds.taxonomies,
    simple_kinds.terms,
    simple_kinds.extensions,
    lambda replay: TypePlan(replay).expected(),
    assets.folders,
    simple_kinds.roles,
    workflows.workflows,
    simple_kinds.labels,
    workflows.publish_rules,
    releases.releases,
    simple_kinds.webhooks,
)
_ASSET_FIELDS = ("title", "description", "filename", "content_type", "tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One place where the target does not say what the snapshot says. `uid` is the snapshot's."""

    kind: str
    uid: str
    content_type: str = ""
    locale: str = ""
    path: str = ""
    left: Side = None
    right: Side = None

    def as_json(self) -> JsonObject:
        facts: JsonObject = {
            "kind": self.kind,
            "uid": self.uid,
            "content_type": self.content_type,
            "locale": self.locale,
            "path": self.path,
        }
        sides = {"left": self.left, "right": self.right}
        said = {name: value for name, value in sides.items() if value is not ABSENT}
        return {**{name: value for name, value in facts.items() if value}, **said}


class Equality:
    """One comparison. After `mismatches` is exhausted, `gaps` and `compared` say what else was found."""

    def __init__(self, replay: Replay, known_gaps: Iterable[JsonObject]) -> None:
        self._replay = replay
        self._lost = {(_kind_of(gap), text(gap.get("uid"))) for gap in known_gaps}
        self._entries = replay.once(ComparableEntries)
        self.gaps: list[Gap] = []
        self.compared: Counter[str] = Counter()

    def mismatches(self) -> Iterator[Mismatch]:
        self.gaps += _ambiguous(self._replay)
        includes = self._replay.options.includes
        yield from self._ground()
        if includes("assets"):
            for asset in self._replay.source.objects(Stream("assets")):
                yield from self._asset(asset)
        if includes("entries"):
            for document in self._entries.latest():
                yield from self._document(document)
            yield from self._strangers()
        yield from self._publications()
        if self._replay.options.publish != "none" and includes("entries", "assets", "releases"):
            yield from self._schedules()
        if includes("releases"):
            yield from self._releases()

    def _ground(self) -> Iterator[Mismatch]:
        includes = self._replay.options.includes
        for kind in _SMALL:
            for one in kind(self._replay):
                if includes(one.kind.name):
                    yield from self._small(one)
        if includes("taxonomies"):
            yield from self._translations()

    def _small(self, one: ObjectWrite) -> Iterator[Mismatch]:
        payload = one.payload()
        self.gaps += payload.gaps
        expected = one.expected() if one.expected is not None else payload.body
        row = self._row(one)
        if row is None:
            yield from self._missing(one.kind.name, one.uid, expected)
            return
        self.compared[one.kind.name] += 1
        seen = one.seen(row) if one.seen is not None else row
        for name, value in expected.items():
            yield from _apart(one.kind.name, one.uid, name, value, seen.get(name))

    def _row(self, one: ObjectWrite) -> JsonObject | None:
        target = self._replay.identity.target(one.kind.name, one.source)
        if target is None:
            return None
        if one.scope:
            row = self._replay.target.get(Stream(one.kind.name), f"{one.scope}\0{target}")
            return as_object(row.get("term")) if row is not None else None
        return self._replay.target.get(Stream(one.kind.name), target)

    def _translations(self) -> Iterator[Mismatch]:
        """What taxonomies and terms are called in other languages; only one that is there can say something else."""
        theirs = translated(self._replay.target)
        for (taxonomy, code), names in translated(self._replay.source).items():
            held = theirs.get((taxonomy, target_locale(self._replay, code)), {})
            for term, row in names.items():
                self.compared["translations"] += 1
                ours, found = said(row), held.get(term)
                if found is None or said(found) != ours:
                    right: Side = ABSENT if found is None else said(found)
                    yield Mismatch(
                        kind="translations", uid=taxonomy, locale=code, path=term, left=ours, right=right
                    )

    def _missing(
        self, kind: str, uid: str, left: Json, content_type: str = "", locale: str = ""
    ) -> Iterator[Mismatch]:
        """What a recorded gap explains is a gap; anything else that is not there is a difference."""
        if (kind, uid) in self._lost:
            self.gaps.append(
                Gap(kind=kind, uid=uid, type=content_type, locale=locale, reason="not in the target")
            )
        else:
            yield Mismatch(
                kind=kind, uid=uid, content_type=content_type, locale=locale, left=left, right=ABSENT
            )

    def _asset(self, asset: JsonObject) -> Iterator[Mismatch]:
        uid = text(asset.get("uid"))
        target = self._replay.identity.target("assets", uid)
        row = self._replay.target.get(Stream("assets"), target) if target else None
        if row is None:
            yield from self._missing("assets", uid, asset.get("filename"))
            return
        self.compared["assets"] += 1
        for name in _ASSET_FIELDS:
            yield from _apart("assets", uid, name, asset.get(name), row.get(name))
        yield from _apart(
            "assets", uid, "parent_uid", assets.parent(self._replay, asset), row.get("parent_uid")
        )
        ours = self._replay.source.get(Stream("files"), uid, _version(asset)) or {}
        theirs = self._replay.target.get(Stream("files"), text(row.get("uid")), _version(row))
        if theirs is not None:
            yield from _apart("assets", uid, "bytes", ours.get("sha256"), theirs.get("sha256"))

    def _document(self, document: EntryVersion) -> Iterator[Mismatch]:
        target = self._replay.identity.target("entries", document.uid)
        stream = Stream("entries", document.content_type, target_locale(self._replay, document.locale))
        row = self._replay.target.get(stream, target) if target else None
        expected, gaps = self._entries.whole(document)
        self.gaps += gaps
        if row is None:
            yield from self._missing(
                "entries", document.uid, expected.get("title"), document.content_type, document.locale
            )
            return
        self.compared["entries"] += 1
        yield from self._standing(document, row)
        seen = self._entries.plain(document.content_type, row)
        for found in differences(normalize(expected), normalize(seen)):
            yield Mismatch(
                kind="entries",
                uid=document.uid,
                content_type=document.content_type,
                locale=document.locale,
                path=found.path,
                left=found.left,
                right=found.right,
            )

    def _standing(self, document: EntryVersion, row: JsonObject) -> Iterator[Mismatch]:
        """The workflow stage that the document stands in."""
        stage = stage_of(document.load(self._replay.source))
        wanted = self._replay.identity.target("stages", stage) if stage else ""
        if wanted is not None and wanted != stage_of(row):
            yield Mismatch(
                kind="workflow_stages",
                uid=document.uid,
                content_type=document.content_type,
                locale=document.locale,
                left=wanted,
                right=stage_of(row),
            )

    def _strangers(self) -> Iterator[Mismatch]:
        """Entries and languages in the target that nothing of the snapshot became."""
        wanted = self._replay.scratch.table(3, self._wanted())
        for stream in self._replay.target.streams():
            if stream.kind == "entries":
                for row in self._replay.target.objects(stream):
                    if not wanted.of(stream.type, text(row.get("uid")), stream.locale):
                        yield Mismatch(
                            kind="entries",
                            uid=text(row.get("uid")),
                            content_type=stream.type,
                            locale=stream.locale,
                            left=ABSENT,
                            right=row.get("title"),
                        )

    def _wanted(self) -> Iterator[Row]:
        """Every document that the target should hold: content type, uid, locale."""
        for document in self._entries.latest():
            target = self._replay.identity.target("entries", document.uid)
            if target is not None:
                yield document.content_type, target, target_locale(self._replay, document.locale)

    def _publications(self) -> Iterator[Mismatch]:
        facts = (
            (one.content_type, one.uid, one.locale, one.environment, one.version)
            for one in included_publications(self._replay.target, self._replay.options)
        )
        wanted = self._replay.scratch.table(6, self._shown())
        there = self._replay.scratch.table(5, facts)
        self.compared["publications"] += sum(1 for _ in wanted)
        for *fact, source in wanted:
            if not there.of(*fact):
                yield _publication(fact, source, left=fact[4], right=ABSENT)
        for other in there:
            if not wanted.of(*other):
                yield _publication(other, other[1], left=ABSENT, right=other[4])

    def _shown(self) -> Iterator[Row]:
        """Every publication that the target should show; what has no name there is a gap."""
        for one in PublishPlan(self._replay).translated():
            if isinstance(one, Gap):
                self.gaps.append(one)
            else:
                yield one.content_type, one.uid, one.locale, one.environment_uid, one.version, one.source

    def _schedules(self) -> Iterator[Mismatch]:
        """What waits in both queues; what is past waits in neither."""
        there, known = ScheduledActions(self._replay.target, self._replay.options), set[ScheduledAction]()
        for wanted in SchedulePlan(self._replay).expected():
            if isinstance(wanted, Gap):
                self.gaps.append(wanted)
                continue
            self.compared["schedules"] += 1
            one, same = wanted.source, [there.covering(fact) for fact in wanted.facts()]
            known.update(*same)
            if not all(same):
                yield from self._missing("schedules", one.row, one.at, one.content_type, one.locale)
        for row, fact in there:
            if fact not in known and (fact.when is None or fact.when > self._replay.options.now):
                facts = {"content_type": fact.content_type, "locale": fact.locale, "path": fact.uid}
                yield Mismatch(kind="schedules", uid=row, left=ABSENT, right=fact.action, **facts)

    def _releases(self) -> Iterator[Mismatch]:
        for row in self._replay.source.objects(Stream("releases")):
            uid = text(row.get("uid"))
            target = self._replay.identity.target("releases", uid)
            if target is None:
                continue
            theirs = self._replay.target.get(Stream("releases"), target) or {}
            yield from _apart(
                "releases", uid, "locked", row.get("locked") is True, theirs.get("locked") is True
            )
            yield from self._items(uid, target)

    def _items(self, uid: str, target: str) -> Iterator[Mismatch]:
        wanted, gaps = releases.expected_items(self._replay, uid)
        self.gaps += gaps
        held = {
            releases.item_facts(as_object(row.get("item")))
            for row in self._replay.target.objects(Stream("release_items"))
            if row.get("release") == target
        }
        self.compared["release_items"] += len(wanted)
        for fact in sorted(wanted - held):
            yield Mismatch(
                kind="release_items", uid=uid, path="/".join(fact), left="/".join(fact), right=ABSENT
            )
        for fact in sorted(held - wanted):
            yield Mismatch(
                kind="release_items", uid=uid, path="/".join(fact), left=ABSENT, right="/".join(fact)
            )


def _ambiguous(replay: Replay) -> list[Gap]:
    """Entries that are compared with nothing, because they could be several of the target's."""
    if not isinstance(replay.identity, MatchedIdentity) or not replay.options.includes("entries"):
        return []
    return [
        Gap(kind="entries", uid=one.uid, type=one.content_type, reason=f"it {one.reason}")
        for one in replay.identity.ambiguous
    ]


def _kind_of(gap: JsonObject) -> str:
    kind = text(gap.get("kind"))
    return "assets" if kind == "files" else kind


def _version(asset: JsonObject) -> int:
    version = asset.get("_version")
    return version if isinstance(version, int) else 1


def _apart(kind: str, uid: str, name: str, left: Json, right: Json) -> Iterator[Mismatch]:
    """Differences of one field; nothing, empty and absent say the same."""
    if (left or None) == (right or None):
        return
    for found in differences(normalize(left), normalize(right)):
        yield Mismatch(kind=kind, uid=uid, path=f"/{name}{found.path}", left=found.left, right=found.right)


def _publication(fact: Sequence[Any], uid: str, *, left: Side, right: Side) -> Mismatch:
    content_type, _, locale, environment, _ = fact
    return Mismatch(
        kind="publications" if content_type else "asset_publications",
        uid=uid,
        content_type=content_type,
        locale=locale,
        path=f"/publish_details/{environment}",
        left=left,
        right=right,
    )
