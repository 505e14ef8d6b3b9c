"""The two sides of a comparison: which object is which, what each is called, what a side cannot tell. Pure."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import HEAD, Gap, Stream
from stackferry.providers.azure_devops.kinds import (
    BY_NAME,
    DEFINITIONS,
    DELETED_DEFINITIONS,
    DELETED_RELEASES,
    FILES,
    RELEASES,
    TASK_GROUPS,
    record_key,
    uid_of,
)
from stackferry.providers.azure_devops.verification.edits import BACK, VANISHED, About, Edit
from stackferry.providers.azure_devops.verification.names import Names, definition_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.kinds import Kind
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

    Keyed = tuple[tuple[str, int], JsonObject]  # the key of a record, and the record

NARROWING: Final = ("definitions", "since", "until", "statuses", "stages", "tags", "path")
_OWNERS: Final = {
    "definition_history": (DEFINITIONS, ("definitionId",)),
    "definition_revisions": (DEFINITIONS, ("definition",)),
    "definition_snapshots": (RELEASES, ("release",)),
    "manual_interventions": (RELEASES, ("release", "id")),
    "deployments": (RELEASES, ("release", "id")),
    "files": (RELEASES, ("uid",)),
}
_ASKED_FOR: Final = {DELETED_DEFINITIONS.name: "deleted", DELETED_RELEASES.name: "deleted"}


class Pair(NamedTuple):
    """One object on both sides; None where a side does not have it."""

    uid: str
    number: int
    left: JsonObject | None
    right: JsonObject | None

    @property
    def newer(self) -> JsonObject:
        """The object as it is on the right, else as it was."""
        return self.right or self.left or {}


class Manifest:
    """What the manifest of one side says; of a place that was only read there is none."""

    def __init__(
        self,
        store: RecordStore,
        read_like: Manifest | None = None,
        gaps: Callable[[], Iterable[JsonObject]] = tuple,
    ) -> None:
        """`read_like`: the manifest of the archive by which a place was read that has none; `gaps`: what it lacks."""
        facts = store.get(HEAD, "")
        self.is_there = facts is not None
        facts = facts or {}
        options = as_object(facts.get("options"))
        self.options: JsonObject = read_like.options if read_like and not self.is_there else options
        self.gaps = objects(facts.get("gaps")) if self.is_there else [*gaps()]
        rows = objects(facts.get("vanished"))
        self.vanished: Mapping[tuple[str, str], str] = {
            (text(row.get("kind")), text(row.get("uid"))): text(row.get("missing_since")) for row in rows
        }

    @property
    def narrowing(self) -> JsonObject:
        return {name: self.options[name] for name in NARROWING if self.options.get(name)}

    def lacks(self, kind: str, uid: str) -> str:
        """Why an object that the service may have is not there; empty where it would be."""
        for gap in self.gaps:
            if gap.get("kind") == kind and text(gap.get("uid")) in ("", "*", uid):
                return text(gap.get("reason"))
        return ""


class Sides:
    """Two archives of one place, or an archive and its place. `gaps`, `compared` and `vanished` grow meanwhile."""

    def __init__(self, context: ImportContext, *, tells_edits: bool) -> None:
        self.context, self.tells_edits = context, tells_edits
        self.left, self.right = context.source, context.target
        left = Manifest(self.left)
        self.manifests = left, Manifest(self.right, left, context.gaps_of_target)
        self.gaps: list[Gap] = []
        self.compared: Counter[str] = Counter()
        self.vanished: list[JsonObject] = []

    @cached_property
    def names(self) -> Names:
        return Names(self.left, self.right)

    def pairs(self, kind: Kind) -> Iterator[Pair]:
        """Every object of a kind, by its key: both sides are in the order of their keys."""
        stream = Stream(kind.name)
        here, there = (_keyed(kind, store.objects(stream)) for store in (self.left, self.right))
        return joined(here, there)

    def about(self, kind: Kind, pair: Pair) -> About:
        return About(kind.name, shown_id(kind, pair.uid, pair.number), self.title(kind, pair.newer))

    def title(self, kind: Kind, row: JsonObject) -> str:
        """What people call an object: a definition with its folder, a release with its definition."""
        if kind.name in _OWNERS:
            return self._title_of_part(kind, row)
        if kind in (RELEASES, DELETED_RELEASES):
            return self.release_title(row)
        return definition_name(row) if "path" in row and row.get("name") else text(row.get("name"))

    def _title_of_part(self, kind: Kind, row: JsonObject) -> str:
        owner, path = _OWNERS[kind.name]
        uid = uid_of(nested(row, *path))
        held = (store.get(Stream(owner.name), uid) for store in (self.right, self.left))
        title = self.title(owner, next(filter(None, held), {}))
        stage = text(nested(row, "releaseEnvironment", "name"))
        part = stage if kind.name == "deployments" else text(row.get("name")) or text(row.get("of"))
        return "/".join(filter(None, (title, part)))

    def release_title(self, row: JsonObject) -> str:
        definition = as_object(row.get("releaseDefinition"))
        named = self.names.known(DEFINITIONS.name, definition.get("id")) or text(definition.get("name"))
        return "/".join(filter(None, (named, text(row.get("name")))))

    # --- what only one side has ---

    def on_one_side(self, kind: Kind, pair: Pair) -> Iterator[Edit]:
        """An object that one side lacks; nothing where it went with its owner, or that side cannot tell."""
        is_left = pair.right is None
        if self._goes_with_owner(kind, pair) or not self._can_tell(kind, pair, is_left=is_left):
            return
        about = self.about(kind, pair)
        since = self.manifests[0 if is_left else 1].vanished.get((kind.name, about.uid))
        if is_left and not self.tells_edits and kind.vanishes:
            self._note_vanished(about, since, "the service no longer has it; the archive keeps it")
        elif since is not None:  # only one archive holds what the service no longer has
            self._note_vanished(about, since, "the other side never had it, or does not keep it")
        else:
            yield Edit(about, "removed" if is_left else "added")

    def _note_vanished(self, about: About, since: str | None, reason: str) -> None:
        row: JsonObject = {"kind": about.kind, "uid": about.uid, "title": about.title}
        self.vanished.append(row | ({"missing_since": since} if since else {}) | {"reason": reason})

    def vanishing(self, kind: Kind, pair: Pair) -> Iterator[Edit]:
        """That the service lost an object between two archives that both hold it, or has it again."""
        about = self.about(kind, pair)
        was, now = (one.vanished.get((kind.name, about.uid)) for one in self.manifests)
        if was is None and now is not None:
            yield Edit(about, VANISHED, facts={"missing_since": now})
        elif was is not None and now is None:
            yield Edit(about, BACK, facts={"was_missing_since": was})

    def _goes_with_owner(self, kind: Kind, pair: Pair) -> bool:
        if kind.name not in _OWNERS:
            return False
        owner, path = _OWNERS[kind.name]
        uid = uid_of(nested(pair.newer, *path))
        other = self.left if pair.left is None else self.right
        return other.get(Stream(owner.name), uid) is None

    def _can_tell(self, kind: Kind, pair: Pair, *, is_left: bool) -> bool:
        """Whether the side that lacks an object would hold it."""
        mine, other = self.manifests if is_left else (*reversed(self.manifests),)
        uid = shown_id(kind, pair.uid, pair.number)
        if not other.is_there:  # its gaps are told anyhow
            return not other.lacks(kind.name, uid)
        if other.narrowing and other.narrowing != mine.narrowing:
            return False
        if (option := _ASKED_FOR.get(kind.name)) and not other.options.get(option):
            return False
        if reason := other.lacks(kind.name, uid):
            self.gap(kind.name, uid, f"only one side has it, the other has a gap: {reason}")
        return not reason

    def gap(self, kind: str, uid: str, reason: str, path: str = "") -> None:
        """Record what cannot be compared."""
        self.gaps.append(Gap(kind=kind, uid=uid, path=path, reason=reason))


def joined(here: Iterator[Keyed], there: Iterator[Keyed]) -> Iterator[Pair]:
    """The rows of both sides, each in the order of its keys, in pairs of one key."""
    left, right = next(here, None), next(there, None)
    while left is not None or right is not None:
        key = min(one[0] for one in (left, right) if one is not None)
        mine = left if left is not None and left[0] == key else None
        theirs = right if right is not None and right[0] == key else None
        yield Pair(*key, mine[1] if mine else None, theirs[1] if theirs else None)
        left = next(here, None) if mine else left
        right = next(there, None) if theirs else right


def _keyed(kind: Kind, rows: Iterator[JsonObject]) -> Iterator[Keyed]:
    return ((record_key(kind.name, row), row) for row in rows)


def shown_id(kind: Kind, uid: str, number: int) -> str:
    """The id as the service writes it, with the number of a revision or a version where there is one."""
    first, _, rest = uid.partition("\0")
    plain = str(int(first)) if first.isascii() and first.isdecimal() else first
    shown = f"{plain}/{rest.replace(chr(0), '/')}" if rest else plain
    is_versioned = bool(BY_NAME[kind.name].number) and kind not in (FILES, TASK_GROUPS)
    return f"{shown}/{number}" if is_versioned else shown
