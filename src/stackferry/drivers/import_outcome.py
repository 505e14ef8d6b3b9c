"""What an import has to tell: its gaps, its lists; and what stays known of it when others follow in its checkpoint.

A finished import that is run again looks at its target and tells what it told the first time. Pure, but for reading and
keeping facts in a checkpoint.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.io.storage.files import Files
from stackferry.json_values import as_object, objects, texts

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.drivers.import_target import ImportTarget
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject
    from stackferry.providers.system import System
    from stackferry.providers.target import ImportContext, WriteOptions

ASKED: Final = "asked"  # the fact of the options that the latest run was given
LEFT: Final = "left"  # the fact of what the latest run told as left
PLAN: Final = "plan"  # the fact of the plan that an import was begun with
ENDED: Final = "ended "  # how the names of the facts of finished imports begin that others followed
RENUMBERED: Final = "renumbered.jsonl"
_REFERENCES = "references"


@dataclass(slots=True)
class Resumed:
    """What a run did because an earlier one had stopped.

    `in_doubt` writes may have been under way: `found` of them were in the target already, `sent` were sent, perhaps
    a second time. `taken_back` temporary changes were undone. `made_anew` objects of an earlier run were deleted since.
    The names are those of the report.
    """

    in_doubt: int = 0
    found: int = 0
    sent: int = 0
    taken_back: int = 0
    made_anew: int = 0


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did.

    `gaps`: everything that did not arrive, the snapshot's own gaps among it. `identities`: how many objects of each
    kind have a counterpart in the target. `minimum`: the fewest requests by budget. `renumbered`: a file of JSON
    lines, the versions that have another number in the target. `resumed`: what was done because an earlier run had
    stopped. `left`: what the target goes on having beyond the source. `remarks`: lists of `Remark`s, by name.
    """

    gaps: list[JsonObject]
    identities: dict[str, int]
    minimum: dict[str, int]
    renumbered: Path
    resumed: JsonObject
    left: list[JsonObject]
    remarks: dict[str, list[JsonObject]]


@dataclass(frozen=True, slots=True)
class EndedImport:
    """A finished import: what its target and its snapshot do not show any more.

    `identities` counts objects by kind, `remarks` are lists by name, as in `ImportResult`; `left` is what an update
    told so, None of any other import. `is_last`: no other import has begun in this checkpoint since, so its steps and
    identities are there, too.
    """

    gaps: list[JsonObject]
    identities: dict[str, int]
    remarks: dict[str, list[JsonObject]]
    minimum: JsonObject | None
    left: list[JsonObject] | None
    is_last: bool


def is_last(checkpoint: Checkpoint, begins: JsonObject) -> bool:
    """Whether the import that `begins` so is the one that the checkpoint is of, and was finished."""
    return checkpoint.fact("finished") is not None and checkpoint.fact("begun") == begins


def asked_for(checkpoint: Checkpoint, begins: JsonObject) -> JsonObject | None:
    """The options of the finished import that `begins` so; empty where it did not write them down, None without one."""
    if is_last(checkpoint, begins):
        return checkpoint.fact(ASKED) or {}
    known = checkpoint.fact(_name(begins))
    return None if known is None else as_object(known.get(ASKED))


def ended_import(system: System, checkpoint: Checkpoint, begins: JsonObject) -> EndedImport | None:
    """What is known of the finished import that `begins` so."""
    is_here = is_last(checkpoint, begins)
    known = _facts(system, checkpoint) if is_here else checkpoint.fact(_name(begins))
    if known is None:
        return None
    minimum = as_object(known.get("minimum"))
    return EndedImport(
        gaps=objects(known.get("gaps")),
        identities={
            kind: count
            for kind, count in as_object(known.get("identities")).items()
            if isinstance(count, int)
        },
        remarks={name: objects(rows) for name, rows in as_object(known.get("remarks")).items()},
        minimum=minimum or None,
        left=_left_by_update(as_object(known.get(LEFT))),
        is_last=is_here,
    )


def _left_by_update(told: JsonObject) -> list[JsonObject] | None:
    options = as_object(told.get("options"))
    return objects(told.get("rows")) if options.get("on_conflict") == "update" else None


def is_applied(checkpoint: Checkpoint, begins: JsonObject, plan: str) -> bool:
    """Whether an import by the plan with that digest has come to its end; `begins`: how one begins."""
    if is_last(checkpoint, begins) and checkpoint.fact(PLAN) == {"is": plan}:
        return True
    return plan in texts((checkpoint.fact(_name(begins)) or {}).get("plans"))


def begin_another(system: System, checkpoint: Checkpoint) -> None:
    """Forget the import that the checkpoint is of; where it was finished what it told stays known."""
    begun = checkpoint.fact("begun")
    known: dict[str, JsonObject] = {}
    if begun is not None and checkpoint.fact("finished") is not None:
        known[_name(begun)] = _facts(system, checkpoint)
    checkpoint.begin_anew(ENDED, known)


def remarks(system: System, checkpoint: Checkpoint) -> dict[str, list[JsonObject]]:
    """The lists of what was done or met, by name."""
    removed = [*system.removed(checkpoint.identities)]
    return {**({"removed": removed} if removed else {}), **checkpoint.remarks()}


def _name(begins: JsonObject) -> str:
    return ENDED + hashlib.sha256(exact_json.dumps(begins)).hexdigest()


def _facts(system: System, checkpoint: Checkpoint) -> JsonObject:
    plans = texts((checkpoint.fact(_name(checkpoint.fact("begun") or {})) or {}).get("plans"))
    applied = checkpoint.fact(PLAN)
    return {
        ASKED: checkpoint.fact(ASKED),
        "gaps": [*checkpoint.gaps()],
        "identities": {**checkpoint.identity_counts()},
        "remarks": {name: [*rows] for name, rows in remarks(system, checkpoint).items()},
        "minimum": checkpoint.fact("minimum"),
        LEFT: checkpoint.fact(LEFT),
        "plans": [*dict.fromkeys([*plans, *([str(applied["is"])] if applied else [])])],
    }


def gaps_of(snapshot: Snapshot, options: WriteOptions) -> list[JsonObject]:
    """The snapshot's own gaps; of objects that are named those that are about them.

    Not those of references: the target may hold what the snapshot lacks, so the import finds these out for itself.
    """
    uids = {key.rpartition("/")[2] for key in options.selection.uids}  # a key may name the kind, too
    rows = [row for row in snapshot.gaps() if row.get("kind") != _REFERENCES]
    if not uids:
        return rows
    return [row for row in rows if row.get("uid") in uids or _is_of_all(row, options)]


def _is_of_all(gap: JsonObject, options: WriteOptions) -> bool:
    """Whether it is about all objects of a kind that is written."""
    return gap.get("uid") == "*" and options.includes(str(gap.get("kind")).partition("/")[0])


def merged_gaps(known: list[JsonObject], found: list[JsonObject]) -> list[JsonObject]:
    """Both lists of gaps; a reference that the snapshot lacks and that the import left out is one gap."""
    subjects = {_subject(gap) for gap in found}
    return [*(gap for gap in known if _subject(gap) not in subjects), *found]


def _subject(gap: JsonObject) -> str:
    """What a gap is about: for a reference its place, for anything else all its fields."""
    names = [name for name in gap if name != "reason"] if gap.get("kind") == _REFERENCES else [*gap]
    return str([(name, gap[name]) for name in sorted(names)])


def result_of(
    target: ImportTarget, context: ImportContext, known_gaps: list[JsonObject], state: Path, resumed: Resumed
) -> ImportResult:
    """What a finished import did; `known_gaps` are those of its source."""
    system, checkpoint, options = target.run.system, target.checkpoint, context.options
    _write_renumbered(system, checkpoint, context, state)
    return ImportResult(
        gaps=merged_gaps(known_gaps, checkpoint.gaps()),
        identities=_included(checkpoint.identity_counts(), options),
        minimum={} if options.only else _minimum(system, checkpoint, context),
        renumbered=state / RENUMBERED,
        resumed=asdict(resumed),
        left=_left(system, checkpoint, context),
        remarks=remarks(system, checkpoint),
    )


def result_of_ended(
    ended: EndedImport,
    system: System,
    context: ImportContext,
    checkpoint: Checkpoint,
    known_gaps: list[JsonObject],
    left: list[JsonObject],
    state: Path,
) -> ImportResult:
    """What a finished import did that is looked at again; `left` is what the target holds now.

    `checkpoint` is one that knows the numbers of the versions, `context` that of the look.
    """
    _write_renumbered(system, checkpoint, context, state)
    return ImportResult(
        gaps=merged_gaps(known_gaps, ended.gaps),
        identities=_included(ended.identities, context.options),
        minimum={} if context.options.only else _minimum_of_look(ended, system, context),
        renumbered=state / RENUMBERED,
        resumed=asdict(Resumed()),
        left=left,
        remarks=ended.remarks,
    )


def _write_renumbered(system: System, checkpoint: Checkpoint, context: ImportContext, state: Path) -> None:
    """Write the file of renumbered versions, of the kinds that were imported; every run makes it anew."""
    found = system.renumbered(checkpoint.identities)
    rows = (row for row in found if context.options.includes(str(row.get("kind"))))
    Files(state).write_atomically(RENUMBERED, (exact_json.dumps(row) + b"\n" for row in rows))


def _included(counts: dict[str, int], options: WriteOptions) -> dict[str, int]:
    return {kind: count for kind, count in counts.items() if options.includes(kind)}


def _minimum(system: System, checkpoint: Checkpoint, context: ImportContext) -> dict[str, int]:
    """The fewest requests that the whole import could take; counted once and kept in the checkpoint."""
    known = checkpoint.fact("minimum")
    if known is None:
        known = {**system.import_minimum(context)}
        checkpoint.set_fact("minimum", known)
    return _numbers(known)


def _minimum_of_look(ended: EndedImport, system: System, context: ImportContext) -> dict[str, int]:
    """The fewest requests of a run that only looks at what an earlier one wrote: its own reads, and no write.

    Where a formula counts writes although everything is there, it is one of an empty target: its reads say nothing.
    """
    known = _numbers(ended.minimum or {})
    counts = known if known and "read" not in known else {**system.import_minimum(context)}
    if any(count for budget, count in counts.items() if budget != "read"):
        counts.pop("read", None)
    return {budget: count if budget == "read" else 0 for budget, count in counts.items()}


def _numbers(counts: JsonObject) -> dict[str, int]:
    return {budget: count for budget, count in counts.items() if isinstance(count, int)}


def _left(system: System, checkpoint: Checkpoint, context: ImportContext) -> list[JsonObject]:
    """What the target goes on having; looked for once for the same options, and kept in the checkpoint."""
    options = context.options.as_json()
    known = checkpoint.fact(LEFT)
    if known is None or known.get("options") != options:
        known = {"options": options, "rows": [one.as_json() for one in system.left_in_target(context)]}
        checkpoint.set_fact(LEFT, known)
    return objects(known.get("rows"))
