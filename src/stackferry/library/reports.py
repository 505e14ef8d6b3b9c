"""What the operations return. A gap or a difference is a JSON object, as docs/format.md describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, JsonObject
    from stackferry.providers.reading.told import Told


_NOT_JSON: Final = frozenset({"remarks", "renumbered", "told"})
_IF_ANY: Final = frozenset({"minimum", "limits", "left", "reused", "unused"})


def _json(value: Any) -> Json:
    """A field of a report as JSON."""
    if isinstance(value, Mapping):
        return {str(name): _json(one) for name, one in value.items()}
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Sequence):
        return [_json(one) for one in value]
    # A row of its own, or a snapshot.
    return value.as_json() if hasattr(value, "as_json") else str(value.root)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What every operation reports.

    `objects`: how many of each kind. `gaps`: what the source has and did not arrive. `limits`: what nobody can tell of
    the source, so that it is neither brought nor a gap. `requests`: those sent, by budget,
    and `retried`. `minimum`: the fewest requests, by budget, that a whole run takes (an import: into an empty place);
    empty where that is not known.
    `left`: what a target goes on having beyond the source (docs/reliability.md). `remarks`: lists by name, such as
    `mapped` and `deployed` (docs/living-targets.md).
    """

    objects: Mapping[str, int]
    gaps: Sequence[JsonObject]
    requests: Mapping[str, int]
    minimum: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    limits: Sequence[JsonObject] = ()
    left: Sequence[JsonObject] = ()
    remarks: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.gaps

    def as_json(self) -> JsonObject:
        """The report as JSON, as commands print it with `--json`: its fields by name; those that say nothing left out.

        Each list of `remarks` has its own name. The `snapshot` is its directory; rows of `renumbered` stay in the file.
        """
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _NOT_JSON}
        facts = {name: _json(value) for name, value in own.items() if value or name not in _IF_ANY}
        return {**facts, **{name: _json(rows) for name, rows in self.remarks.items()}}

    def own_json(self) -> JsonObject:
        """What this kind of report has beside what every report has, as JSON."""
        common = {one.name for one in fields(RunReport)} | self.remarks.keys()
        return {name: value for name, value in self.as_json().items() if name not in common}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport(RunReport):
    """`reused`: how many records of each kind were reused of the base; None without one."""

    snapshot: Snapshot
    reused: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertReport(RunReport):
    """`snapshot`: the one that was made, or of which the export was made."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport(RunReport):
    """What an import, or a copy, did.

    `state`: the directory of the checkpoint. `renumbered`: a file of JSON lines, the versions that have another number
    in the target. `resumed`: what was done only because an earlier run had stopped.
    """

    state: Path
    renumbered: Path
    resumed: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonReport(RunReport):
    """An import that was given up: how many temporary changes were `taken_back`.

    `gaps`, and the list `meanwhile` of `remarks`: what somebody else had edited in these objects, which stays.
    """

    taken_back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport(RunReport):
    """What an import would do: for each kind how many objects are created, updated, skipped, …

    `planned_requests`: the fewest by budget, reads among them. `planned_seconds`: the least time that these take;
    `planned_waits`: how many of the reads wait for an effect of writes, which takes the service a time of its own.
    `events`: how often whom the target tells of changes would be told, by event.
    """

    plan: JsonObject
    planned_requests: Mapping[str, int]
    planned_seconds: float
    planned_waits: int = 0
    events: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport(ImportReport):
    """What a restore of single objects did. `named`: the `kind`, `uid`, `content_type` and `title` of each."""

    named: Sequence[JsonObject] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan(PlanReport):
    """What a restore of single objects would do.

    `named`: the `kind`, `uid`, `content_type` and `title` of each. `writes`: a row for each object that would be
    written, as in the file of a plan (docs/format.md): `action`, `kind`, `uid`, `title`, `locale`, `environment`, and
    as `fields` what would change: `path`, `from`, `to`.
    """

    named: Sequence[JsonObject] = ()
    writes: Sequence[JsonObject] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlanReport(PlanReport):
    """What a copy would do. `comparison`: how many objects of each kind are equal, missing, different or extra.

    `entries`: the entries that are not equal; `fields` are paths, `labels` their names. `on_conflict`: what was assumed
    for objects that the target has already.
    """

    comparison: Mapping[str, Mapping[str, int]]
    entries: Sequence[JsonObject]
    on_conflict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport(RunReport):
    """What a comparison found; `objects` counts what was compared.

    `files`: how many of the snapshot were checked. `damage`: what is wrong with them, a line each. `differences`:
    what the compared place or snapshot holds differently. `not_compared`: kind, path and reason of what never is.
    `told`: the differences in words, one for each; only of a `diff`.
    """

    files: int = 0
    damage: Sequence[str] = ()
    differences: Sequence[JsonObject] = ()
    not_compared: Sequence[tuple[str, str, str]] = ()
    told: Sequence[Told] = ()

    @property
    def is_equal(self) -> bool:
        """Whether the snapshot is undamaged and nothing differs."""
        return not self.damage and not self.differences

    def as_json(self) -> JsonObject:
        """As every report, with a row for each of `not_compared`."""
        rows: list[Json] = [
            {"kind": kind, "path": path, "reason": reason} for kind, path, reason in self.not_compared
        ]
        return {**RunReport.as_json(self), "not_compared": rows}
