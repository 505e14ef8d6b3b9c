"""`import --apply`: whether a plan still holds, looked at before the first write.

The target was read again. What the plan relies on must be as it was, and a second dry run on what was read must come to
the same writes: so also what is new there, another identity map and a time that has passed are seen. Must never write
to a place.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.drivers.import_outcome import PLAN
from stackferry.drivers.import_target import CHECKPOINT, begin
from stackferry.drivers.planning.dry_run import DryRun
from stackferry.drivers.planning.plan_file import RELIES, WRITE, PlanItems, relied_lines
from stackferry.errors import Different, UsageError
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.sqlite import TempTables
from stackferry.json_values import as_object, text
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.drivers.import_target import ImportTarget
    from stackferry.drivers.planning.plan_file import PlanFile
    from stackferry.model import JsonObject, Place
    from stackferry.providers.target import ImportContext, WriteOptions

_SHOWN: Final = 10
_ANEW: Final = "Nothing was written; make a new plan with --plan"


def refuse_other_head(plan: PlanFile, expected: JsonObject) -> None:
    """Raise UsageError where a plan is for something else than this import."""
    for name, what in (
        ("target", "into"),
        ("source", "of a snapshot of"),
        ("snapshot", "of another snapshot:"),
    ):
        if plan.head.get(name) != expected.get(name):
            shown = as_object(plan.head.get("places")).get(name) or plan.head.get(name)
            raise UsageError(f"{plan.path} is a plan for an import {what} {shown}; make one for this")
    if plan.head.get("options") != expected.get("options"):
        raise UsageError(
            f"{plan.path} is a plan for an import with other options; leave yours out, or make a new plan"
        )


def remember_plan(checkpoint: Checkpoint, plan: PlanFile | None) -> None:
    """Bind an import that begins to its plan."""
    if plan is not None:
        checkpoint.set_fact(PLAN, {"is": plan.digest})


async def check_plan(
    plan: PlanFile, target: ImportTarget, context: ImportContext, snapshot: str, asked: WriteOptions
) -> None:
    """Raise Different where the target, or what else the plan follows from, is not as it was.

    A resumed import has been checked when it began. Raises UsageError where it began without this plan.
    """
    if target.checkpoint.fact("begun") is not None and target.checkpoint.fact("finished") is None:
        if target.checkpoint.fact(PLAN) != {"is": plan.digest}:
            raise UsageError(
                f"an import that was begun without {plan.path} is unfinished here: finish it without --apply, or give "
                "it up with --abandon"
            )
        return
    target.checkpoint.commit()
    with TemporaryDirectory(prefix="stackferry-") as scratch, closing(TempTables()) as tables:
        for name in (CHECKPOINT, f"{CHECKPOINT}-wal"):
            if target.files.exists(name):
                shutil.copy(target.files.path(name), Path(scratch, name))
        with closing(Checkpoint(Path(scratch, CHECKPOINT))) as copy:
            begin(replace(target, checkpoint=copy), snapshot, asked, context.origin or target.run.place)
            again = replace(context, identity=copy, scratch=tables, _found={})
            items = PlanItems(tables)
            described = target.run.system.import_plan(target.run.place).described(again, copy)
            await DryRun(target.run, copy, described, items).run(again)
            _compare_target(plan, relied_lines(described), tables, target.run.place)
            _compare_writes(plan, items, target.run.place)


def _compare_target(plan: PlanFile, now: Iterator[bytes], tables: TempTables, place: Place) -> None:
    before, seen = tables.table(2, ((_key(line), line) for line in plan.lines(RELIES))), tables.table(1)
    moved = _Named()
    for line in now:
        key = _key(line)
        seen.add([(key,)])
        planned = before.of(key)
        if not planned:
            moved.add(line, "is new")
        elif planned[0][1] != line:
            moved.add(line, "has changed")
    for key, line in before:
        if not seen.of(text(key)):
            moved.add(bytes(line), "is gone")
    moved.raise_any(f"{place} is not as {plan.path} relies on")


def _compare_writes(plan: PlanFile, items: PlanItems, place: Place) -> None:
    moved = _Named()
    for before, now in zip_longest(plan.lines(WRITE), items.lines()):
        if before != now:
            moved.add(
                now or before, "would be written otherwise now" if now else "would not be written any more"
            )
    moved.raise_any(f"the import into {place} would not do what {plan.path} says")


class _Named:
    """What has moved: the first objects, by name, and how many there are."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._count = 0

    def add(self, line: bytes, what: str) -> None:
        self._count += 1
        if len(self._first) < _SHOWN:
            row = as_object(exact_json.loads(line))
            title = f" '{row['title']}'" if row.get("title") else ""
            stream = Stream.from_json(row)
            names = " ".join(filter(None, (stream.kind, stream.type, text(row.get("uid")), stream.locale)))
            self._first.append(f"{names}{title} {what}")

    def raise_any(self, what: str) -> None:
        if self._count:
            more = [f"and {self._count - len(self._first)} more"] if self._count > len(self._first) else []
            raise Different(f"{what}: {'; '.join([*self._first, *more])}. {_ANEW}")


def _key(line: bytes) -> str:
    row = as_object(exact_json.loads(line))
    return "\0".join((*Stream.from_json(row), *(str(row.get(name, "")) for name in ("uid", "key", "number"))))
