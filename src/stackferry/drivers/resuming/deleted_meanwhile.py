"""What an unfinished import had made and somebody has deleted since, found before the import goes on.

Only what is missing from two looks at the target counts: a service may be slow to list what it has just made. What is
gone is forgotten, with the steps that made it and those that name it, so that the plan makes it anew. Must never write
to a target.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from stackferry.io.storage.checkpoint import State
from stackferry.io.storage.staging import Staging
from stackferry.json_values import text
from stackferry.providers.source import NOT_OFFERED

if TYPE_CHECKING:
    from stackferry.drivers.import_target import ImportTarget
    from stackferry.providers.made_anew import Made
    from stackferry.providers.target import ImportContext

NOW = "now.sqlite"  # what the target holds now, beside what it held before the import
_SECOND_LOOK = 3.0  # seconds until the second look


async def forget_deleted(target: ImportTarget, context: ImportContext) -> int:
    """Forget what an earlier run made and the target no longer holds; returns how many objects are made anew."""
    checkpoint, plan = target.checkpoint, target.run.system.import_plan(target.run.place)
    if checkpoint.fact("finished") is not None or not checkpoint.identity_counts():
        return 0
    gone = await _missing(target, context)
    if gone:
        await target.run.sleep(_SECOND_LOOK)
        gone &= await _missing(target, context)
    if not gone:
        return 0
    forgotten = plan.forget(context, checkpoint, gone)
    checkpoint.forget(forgotten.step, forgotten.identity)
    name = sha256(repr(sorted(gone)).encode()).hexdigest()[:16]
    checkpoint.settle(f"deleted meanwhile/{name}", State.DONE, {}, forgotten.facts, forgotten.gaps)
    return len(gone) - len(forgotten.uncounted)


async def _missing(target: ImportTarget, context: ImportContext) -> frozenset[Made]:
    """What was made and is not listed now."""
    target.remove_listing(NOW)
    plan = target.run.system.import_plan(target.run.place)
    try:
        with closing(Staging(target.files.path(NOW))) as present:
            # With entries, if any are there: an import that may update them lists them.
            has_entries = bool(target.checkpoint.identity_counts().get(target.run.system.entry_kind))
            options = replace(context.options, on_conflict="update") if has_entries else context.options
            await target.list_into(present, options, context.source, context.salt)
            target.checkpoint.settle("seen now", State.DONE, {}, [*plan.seen_now(context, present)])
            # What the service does not list to this token now says nothing of what is there.
            hidden = {text(row.get("kind")) for row in present.objects(NOT_OFFERED)}
            found = plan.missing(context, target.checkpoint, present)
            return frozenset(
                one for one in found if one.kind not in hidden and not present.has_gap_in(one.kind)
            )
    finally:
        target.remove_listing(NOW)
