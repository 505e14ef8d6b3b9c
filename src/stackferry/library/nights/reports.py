"""What a backup, a listing and a retention run report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.errors import ExitCode
from stackferry.library.reports import RunReport
from stackferry.model import offline_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from stackferry.library.nights.gaps import Accepted
    from stackferry.model import Json, JsonObject

_WORST: tuple[ExitCode, ...] = (
    ExitCode.INTERRUPTED,
    ExitCode.CORRUPT,
    ExitCode.FAILED,
    ExitCode.ACCESS,
    ExitCode.USAGE,
    ExitCode.BUSY,
    ExitCode.GAPS,
    ExitCode.COMPLETE,
)
"""The order in which one of several exit codes is that of all of them: the first that occurs."""


def worst(codes: Sequence[ExitCode]) -> ExitCode:
    """The exit code of several runs. Of none it is 0."""
    return next((code for code in _WORST if code in codes), max(codes, default=ExitCode.COMPLETE))


@dataclass(frozen=True, slots=True, kw_only=True)
class StackBackup(RunReport):
    """What one night of one profile did.

    `name`: the profile's, or the URL. `exit_code`: as a run of this one alone would end; `error`: why it failed.
    `snapshot`: where it lies; None where there is none. `base`: the one whose records were not read again; `reused`:
    how many of each kind. `resumed`: the name of the unfinished snapshot that was gone on with. `unfinished`: others,
    and why they were left; `unsuitable`: the newest that could not be a base, because it was made otherwise;
    `damaged`: those that could not, because they are damaged. `damage`: what is wrong with the new snapshot.
    `accepted`: gaps that are known; `new_gaps` and `gone_gaps`: compared with those of `previous`, None without it.
    """

    name: str
    place: str = ""
    exit_code: ExitCode = ExitCode.COMPLETE
    error: str = ""
    snapshot: Path | None = None
    base: Path | None = None
    reused: Mapping[str, int] | None = None
    resumed: str = ""
    unfinished: Sequence[JsonObject] = ()
    unsuitable: Sequence[JsonObject] = ()
    damage: Sequence[str] = ()
    damaged: Sequence[JsonObject] = ()
    accepted: Sequence[JsonObject] = ()
    previous: Path | None = None
    new_gaps: Sequence[JsonObject] | None = None
    gone_gaps: Sequence[JsonObject] | None = None

    def as_json(self) -> JsonObject:
        """The row of a report's `stacks`."""
        row: JsonObject = {
            "name": self.name,
            "ok": self.exit_code is ExitCode.COMPLETE,
            "exit_code": int(self.exit_code),
            "objects": {**self.objects},
            "gaps": [*self.gaps],
            "accepted": [*self.accepted],
            "requests": {**self.requests},
            "seconds": round(self.seconds, 3),
        }
        if self.reused is not None:
            row["reused"] = {**self.reused}
        if self.new_gaps is not None and self.gone_gaps is not None:
            row |= {"new_gaps": [*self.new_gaps], "gone_gaps": [*self.gone_gaps]}
        return row | {name: value for name, value in self._optional().items() if value}

    def _optional(self) -> JsonObject:
        """What is told where there is something to tell."""
        paths = {"snapshot": self.snapshot, "base": self.base, "previous": self.previous}
        return {
            "place": self.place,
            "error": self.error,
            **{name: str(path or "") for name, path in paths.items()},
            "resumed": self.resumed,
            "unfinished": [*self.unfinished],
            "unsuitable": [*self.unsuitable],
            "damage": [*self.damage],
            "damaged": [*self.damaged],
            "minimum": {**self.minimum},
            "limits": [*self.limits],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport(RunReport):
    """What a night did: a `StackBackup` for each profile, in the order given, and the sums of all.

    A gap names its `profile`. `unused`: accepted gaps that are none any more, of profiles that were read to the end.
    """

    stacks: Sequence[StackBackup] = ()
    unused: Sequence[Accepted] = ()

    @property
    def exit_code(self) -> ExitCode:
        """The worst of all profiles: 130, 6, 1, 4, 2, 7, 3, 0, in this order."""
        return worst([stack.exit_code for stack in self.stacks])


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSnapshot:
    """One snapshot of a directory.

    `profile`: the directory it lies in; empty where that is the one that was asked for. `at`: when it was begun, by its
    name, or else the time of its manifest. `state`: "whole" (as far as its manifest says), "unfinished", "running" or
    "unreadable". `bytes` of all its files, `shared_bytes` of those that other files have in common with them.
    """

    profile: str
    path: Path
    at: datetime
    state: str
    is_latest: bool = False
    place: str = ""
    bytes: int = 0
    shared_bytes: int = 0
    gaps: Sequence[JsonObject] = ()
    error: str = ""

    @property
    def name(self) -> str:
        """The name of its directory."""
        return self.path.name

    def as_json(self) -> JsonObject:
        """The row of a report's `snapshots`."""
        row: JsonObject = {
            "profile": self.profile,
            "name": self.name,
            "snapshot": str(self.path),
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "state": self.state,
            "latest": self.is_latest,
        }
        if self.state == "whole":
            row |= {
                "place": self.place,
                "bytes": self.bytes,
                "shared_bytes": self.shared_bytes,
                "gaps": len(self.gaps),
            }
        return {**row, **({"error": self.error} if self.error else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotsReport:
    """The snapshots of a directory, by profile, the oldest first. `disk_bytes`: what their files take, each once."""

    snapshots: Sequence[ListedSnapshot]
    disk_bytes: int = 0

    def as_json(self) -> JsonObject:
        """What `snapshots --json` prints."""
        rows: list[Json] = [one.as_json() for one in self.snapshots]
        return {"snapshots": rows, "disk_bytes": self.disk_bytes, **offline_json({"snapshots": len(rows)})}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRow:
    """What became of one snapshot: `action` is "keep" or "remove"; `reasons` say why it stays."""

    profile: str
    path: Path
    at: datetime
    action: str
    place: str = ""
    reasons: Sequence[str] = ()

    def as_json(self) -> JsonObject:
        """The row of a report's `snapshots`."""
        return {
            "profile": self.profile,
            "name": self.path.name,
            "snapshot": str(self.path),
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "action": self.action,
            "reasons": [*self.reasons],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReport:
    """What a retention run did, or would do: a row for each snapshot, by profile, the newest first.

    `problems`: directories in which nothing was deleted, each with `exit_code` and `error`.
    """

    rows: Sequence[ForgetRow]
    problems: Sequence[JsonObject] = field(default_factory=list)
    freed_bytes: int = 0

    @property
    def exit_code(self) -> ExitCode:
        """6 where no snapshot that stays is whole, 7 where another run works in a directory, else 0."""
        return worst([ExitCode(int(str(one["exit_code"]))) for one in self.problems])

    def as_json(self) -> JsonObject:
        """What `forget --json` prints."""
        removed = sum(row.action == "remove" for row in self.rows)
        return {
            "snapshots": [row.as_json() for row in self.rows],
            "problems": [*self.problems],
            "freed_bytes": self.freed_bytes,
            **offline_json({"kept": len(self.rows) - removed, "removed": removed}),
        }
