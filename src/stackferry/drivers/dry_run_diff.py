"""What an import would find in its target, entry by entry, and what it would send: a rehearsal that also compares.

The target is read once, for both. Must never write, and never call equal what it has not read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from stackferry.drivers.events import Emit, silent
from stackferry.drivers.import_run import rehearsed, told_once
from stackferry.model import JsonObject, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stackferry.drivers.dry_run import Forecast
    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, Place
    from stackferry.providers.source import RecordStore
    from stackferry.providers.system import System
    from stackferry.providers.target import WriteOptions

MISSING: Final = "missing"  # the target lacks it
DIFFERENT: Final = "different"
EXTRA: Final = "extra"  # only the target has it: an import leaves it there
EQUAL: Final = "equal"
STANDING: Final = (
    "standing"  # it says the same, but is not published alike, or stands in another workflow stage
)
# Kinds whose objects are facts, each there or not.
_FACTS: Final = frozenset({"publications", "asset_publications", "release_items"})
_STANDING: Final = frozenset(
    {"publications", "workflow_stages"}
)  # what is told of an entry besides its content


@dataclass(frozen=True, slots=True)
class Compared:
    """`counts`: of each kind how many objects are equal, different, missing, extra. `entries`: those not equal.

    An entry's document that stands otherwise and says the same counts as equal, and is among the `entries`.
    """

    forecast: Forecast
    gaps: list[JsonObject]
    counts: dict[str, dict[str, int]]
    entries: list[JsonObject]


@dataclass(slots=True)
class _Subject:
    """An object that is not the same on both sides: how, and where it differs."""

    state: str
    title: Json = None
    fields: list[str] = field(default_factory=list)


async def compared(
    system: System,
    session: Session,
    snapshot: Snapshot,
    target: Place,
    options: WriteOptions,
    emit: Emit = silent,
) -> Compared:
    """Compare a snapshot with a target as an import into it would, and count what that would send.

    Raises what the import would raise before its first write.
    """
    with TemporaryDirectory(prefix="stackferry-") as scratch:
        state = Path(scratch) / "state"
        async with rehearsed(system, session, snapshot, target, state, options, emit) as rehearsal:
            known = [*snapshot.gaps(), *rehearsal.checkpoint.gaps()]
            equality = system.equality(rehearsal.plan, known)
            found = _subjects(mismatch.as_json() for mismatch in equality.mismatches())
            return Compared(
                rehearsal.forecast,
                told_once(snapshot.gaps(), rehearsal.checkpoint.gaps()),
                _counts(equality.compared, found),
                [*_entries(rehearsal.plan.source, found)],
            )


def _subjects(mismatches: Iterable[JsonObject]) -> dict[tuple[str, ...], _Subject]:
    """Mismatches gathered by what they are about; values are not kept."""
    found: dict[tuple[str, ...], _Subject] = {}
    for one in mismatches:
        kind, path = str(one["kind"]), str(one.get("path", ""))
        subject = (kind, *(str(one.get(name, "")) for name in ("uid", "content_type", "locale")))
        if kind in _FACTS:
            found[(*subject, path)] = _Subject(MISSING if "left" in one else EXTRA)
        if kind in _STANDING:
            if "left" in one:  # what only the target says stays so
                _add(found, ("entries", *subject[1:]), STANDING, path or "/_workflow")
        elif kind not in _FACTS:
            _add(found, subject, _state(one, path), path, one.get("left", one.get("right")))
    return found


def _add(
    found: dict[tuple[str, ...], _Subject], name: tuple[str, ...], state: str, path: str, title: Json = None
) -> None:
    subject = found.setdefault(name, _Subject(state))
    if subject.state is STANDING:
        subject.state = state
    if path:
        subject.fields.append(path)
    else:
        subject.title = title


def _state(one: JsonObject, path: str) -> str:
    if path or ("left" in one and "right" in one):
        return DIFFERENT
    return MISSING if "left" in one else EXTRA


def _counts(equal: Mapping[str, int], found: Mapping[tuple[str, ...], _Subject]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {
        kind: Counter({EQUAL: count}) for kind, count in equal.items() if count
    }
    for (name, *_), subject in found.items():
        kind = name.removeprefix("asset_") if name in _FACTS else name
        mine = counts.setdefault(kind, Counter())
        mine[subject.state] += 1  # `STANDING` is not told: the publications are
        if subject.state is DIFFERENT or (kind in _FACTS and subject.state is MISSING):
            mine[EQUAL] -= 1  # it was compared
    order = (EQUAL, DIFFERENT, MISSING, EXTRA)
    return {
        kind: {state: mine[state] for state in order if mine[state]} for kind, mine in sorted(counts.items())
    }


def _entries(source: RecordStore, found: Mapping[tuple[str, ...], _Subject]) -> Iterable[JsonObject]:
    for (kind, uid, content_type, locale, *_), subject in sorted(found.items()):
        if kind == "entries":
            row = source.get(Stream("entries", content_type, locale), uid)
            yield {
                "state": subject.state,
                "content_type": content_type,
                "uid": uid,
                "locale": locale,
                "title": row.get("title") if row is not None else subject.title,
                "fields": [*dict.fromkeys(subject.fields)] if subject.state in (DIFFERENT, STANDING) else [],
            }
