"""`copy --dry-run`: what the copy would send, and how source and target differ, entry by entry.

The target is read once for both. Must never write, and never call equal what it has not read.
"""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.drivers.import_run import dry_run
from stackferry.json_values import as_list
from stackferry.model import JsonObject, Stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from stackferry.drivers.import_again import FindMap
    from stackferry.drivers.import_run import FinishedDryRun
    from stackferry.drivers.run import Run
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import System
    from stackferry.providers.target import WriteOptions

MISSING: Final = "missing"  # the target lacks it
DIFFERENT: Final = "different"
EXTRA: Final = "extra"  # only the target has it; an import leaves it there
EQUAL: Final = "equal"
NEWER: Final = "newer"  # different, and edited in the target alone: it stays
DELETED: Final = "deleted"  # the target alone has deleted it: it stays so
# Equal content in another state (published elsewhere, another stage); a word of the report.
STATE: Final = "standing"


@dataclass(frozen=True, slots=True)
class DryRunDiff:
    """`counts`: of each kind how many objects are equal, different, newer, missing, deleted, extra.

    `entries`: those that are not equal.

    An entry's document with equal content in another state counts as equal, and is among the `entries`. Kinds that both
    places have in common are not counted.
    """

    counts: dict[str, dict[str, int]]
    entries: list[JsonObject]


class _Subject(NamedTuple):
    """What a mismatch is about; `path` tells facts of one object from each other."""

    stream: Stream
    uid: str
    path: str = ""


@dataclass(slots=True)
class _Found:
    state: str
    title: Json = None
    fields: list[str] = field(default_factory=list)


@asynccontextmanager
async def dry_run_diff(
    run: Run, snapshot: Snapshot, options: WriteOptions, identities: FindMap | None = None
) -> AsyncIterator[tuple[FinishedDryRun, DryRunDiff]]:
    """Compare a snapshot with a target as an import into it would, and find out what the import would send.

    Raises what the import would raise before its first write.
    """
    with TemporaryDirectory(prefix="stackferry-") as scratch:
        state = Path(scratch) / "state"
        async with dry_run(run, snapshot, state, options, identities=identities) as done:
            equality = run.system.equality(done.context, [*snapshot.gaps(), *done.checkpoint.gaps()])
            found = _Differences(run.system)
            for mismatch in equality.mismatches():
                found.add(mismatch.as_json())
            found.keep_newer(done)
            found.add_deleted(done.left)
            yield (
                done,
                DryRunDiff(
                    _counts(run.system, equality.compared, found.by_subject),
                    [*_entries(run.system, done.context.source, found.by_subject)],
                ),
            )


class _Differences:
    """Mismatches gathered by what they are about; values are not kept."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.by_subject: dict[_Subject, _Found] = {}

    def add(self, mismatch: JsonObject) -> None:
        stream, uid = Stream.from_json(mismatch), str(mismatch.get("uid", ""))
        path, kind = str(mismatch.get("path", "")), stream.kind
        is_fact, is_state = kind in self._system.presence_only_kinds, kind in self._system.state_kinds
        if is_fact:
            missing = "left" in mismatch
            self.by_subject[_Subject(stream, uid, path)] = _Found(MISSING if missing else EXTRA)
        if is_state and "left" in mismatch:  # a state that only the target has is in the plan, or left there
            entry = _Subject(stream._replace(kind=self._system.entry_kind), uid)
            self._add(entry, STATE, path or self._system.state_kinds[kind])
        if not is_fact and not is_state:
            title = mismatch.get("left", mismatch.get("right"))
            self._add(_Subject(stream, uid), _state(mismatch, path), path, title)

    def keep_newer(self, done: FinishedDryRun) -> None:
        """Tell what stays, because it was edited in the target alone, from what the import writes."""
        entries = self._system.entry_kind
        kept = {one for row in done.left if row.get("kind") == NEWER for one in _kept(row, entries)}
        for subject, found in self.by_subject.items() if kept else ():
            kind, there = subject.stream.kind, subject.stream._replace(kind=NEWER)
            target = done.context.in_target(kind, subject.uid) or done.context.in_target(entries, subject.uid)
            if found.state in (DIFFERENT, STATE) and (kind, there, target) in kept:
                found.state = NEWER

    def add_deleted(self, left: Iterable[JsonObject]) -> None:
        """What stays deleted is not compared: the import sees nothing of it."""
        for row in (one for one in left if one.get("kind") == DELETED):
            stream = Stream.from_json({**row, "kind": row.get("of")})
            uids, titles = as_list(row.get("uids")), as_list(row.get("titles"))
            for number, uid in enumerate(uids):
                subject = _Subject(stream, str(uid), str(row.get("release", "")))
                self.by_subject[subject] = _Found(DELETED, titles[number] if titles else None)

    def _add(self, subject: _Subject, state: str, path: str, title: Json = None) -> None:
        found = self.by_subject.setdefault(subject, _Found(state))
        if found.state is STATE:
            found.state = state
        if path:
            found.fields.append(path)
        else:
            found.title = title


def _state(mismatch: JsonObject, path: str) -> str:
    if path or ("left" in mismatch and "right" in mismatch):
        return DIFFERENT
    return MISSING if "left" in mismatch else EXTRA


def _kept(row: JsonObject, entries: str) -> Iterator[tuple[Json, Stream, str]]:
    """What a row names: what is part of an entry, such as a variant, is told as ENTRY/PART."""
    for uid in as_list(row.get("uids")):
        yield row.get("of") or entries, Stream.from_json(row), str(uid).partition("/")[0]


def _counts(
    system: System, equal: Mapping[str, int], found: Mapping[_Subject, _Found]
) -> dict[str, dict[str, int]]:
    """How many are in which state; of what there is in languages its documents, since each may differ."""
    documents = system.words.in_languages
    counts: dict[str, Counter[str]] = {
        kind: Counter({EQUAL: count}) for kind, count in equal.items() if count and kind not in documents
    }
    for subject, difference in found.items():
        kind = subject.stream.kind
        is_fact, kind = kind in system.presence_only_kinds, system.presence_only_kinds.get(kind, kind)
        of_kind = counts.setdefault(documents.get(kind, kind), Counter())
        of_kind[difference.state] += 1  # `STATE` is not reported here: the facts behind it are
        if difference.state in (DIFFERENT, NEWER) or (is_fact and difference.state is MISSING):
            of_kind[EQUAL] -= 1  # it was compared
    return {kind: _in_order(of_kind) for kind, of_kind in sorted(counts.items())}


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    order = (EQUAL, DIFFERENT, NEWER, MISSING, DELETED, EXTRA)
    return {state: counts[state] for state in order if counts[state]}


def _entries(system: System, source: RecordStore, found: Mapping[_Subject, _Found]) -> Iterator[JsonObject]:
    """The entries that differ, as a report lists them."""
    for subject, difference in sorted(
        found.items(), key=lambda item: (item[0].stream.kind, item[0].uid, item[0])
    ):
        if subject.stream.kind == system.entry_kind:
            row = source.get(subject.stream, subject.uid)
            names = {name: value for name, value in subject.stream.as_json().items() if name != "kind"}
            yield {
                "state": difference.state,
                **names,
                "uid": subject.uid,
                "title": row.get("title") if row is not None else difference.title,
                "fields": [*dict.fromkeys(difference.fields)]
                if difference.state in (DIFFERENT, NEWER, STATE)
                else [],
            }
