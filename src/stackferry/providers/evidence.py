"""What an archive proves: one row for each attempt to deploy a release, and what may be concluded from them.

A system whose snapshots tell who deployed what, and who approved it, has the method of `KeepsEvidence`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, runtime_checkable

from stackferry.json_values import objects
from stackferry.model import offline_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore, TempTables

    Keep: TypeAlias = Callable[[Iterable[JsonObject]], Sequence[JsonObject]]

COLUMNS: Final = (
    "release_id", "release", "definition", "definition_revision", "stage", "attempt", "deployment_id", "reason",
    "requested_by", "requested_for", "queued_on", "started_on", "completed_on", "status", "operation_status",
    "artifacts", "approvals", "gates", "interventions", "log_sha256", "keep_forever", "vanished", "marks",
)  # fmt: skip
"""The keys of a row, in the order of a table's columns. Programs of other people read them: never rename one."""


class Wanted(NamedTuple):
    """Which attempts are asked for; empty is all. `definitions`: names or ids; `stages`: names, in any case.

    `since`, `until`: bounds of when an attempt was queued; one at `until` is left out.
    """

    definitions: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    since: str = ""
    until: str = ""

    def as_json(self) -> JsonObject:
        """What is asked for, without what is not."""
        facts: JsonObject = {
            "definitions": [*sorted(self.definitions)],
            "stages": [*sorted(self.stages)],
            "since": self.since,
            "until": self.until,
        }
        return {name: value for name, value in facts.items() if value}


@dataclass(frozen=True, slots=True)
class Evidence:
    """`rows` are those of the first source, then those of the next; `sources` counts them, in this order. There may be
    very many, so they need not be in memory: each is read when it is asked for.

    `archives` says of each snapshot, as they were given, what it is; `may` and `may_not`: what may be concluded.
    """

    rows: Sequence[JsonObject] = ()
    sources: dict[str, int] = field(default_factory=dict)
    archives: list[JsonObject] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    may_not: list[str] = field(default_factory=list)

    def as_json(self) -> JsonObject:
        """What `evidence --json` prints, with all rows in memory."""
        return {**self.facts_json(), "rows": [*self.rows]}

    def facts_json(self) -> JsonObject:
        """The same without the rows."""
        return {
            "sources": [{"source": source, "rows": count} for source, count in self.sources.items()],
            "archives": [*self.archives],
            "may_conclude": [*self.may],
            "may_not_conclude": [*self.may_not],
            **offline_json(
                {"rows": len(self.rows)},
                (gap for archive in self.archives for gap in objects(archive.get("gaps"))),
            ),
        }


@runtime_checkable
class KeepsEvidence(Protocol):
    """A system whose snapshots have evidence."""

    def record_key(self, kind: str, record: JsonObject) -> tuple[str, int]:
        """As every system has it."""

    def evidence(
        self, stores: Sequence[RecordStore], wanted: Wanted, scratch: TempTables, keep: Keep = list
    ) -> Evidence:
        """The evidence of snapshots, whose rows `keep` puts where they stay.

        Raises UsageError for a name that none of them knows.
        """
