"""`stackferry.import_`: from a snapshot into a place; what it would do; and how it is given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackferry.drivers import import_run
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.import_target import origin_of
from stackferry.drivers.planning.plan_file import PlanFile, write_plan
from stackferry.drivers.run import Agree, Confirm, always, always_confirmed
from stackferry.errors import UsageError
from stackferry.io.clock import SystemClock
from stackferry.json_values import as_object, nested
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint, single_error
from stackferry.library.identities import check_out, write_map
from stackferry.library.monitor import Monitor
from stackferry.library.pages import check_outside
from stackferry.library.reports import AbandonReport, ImportReport, PlanReport
from stackferry.library.speed import Speed
from stackferry.library.state import (
    checkpoint_directory,
    counts,
    identity_map,
    open_snapshot,
    record_counts,
    target_lock,
)
from stackferry.library.transforming import through_transforms
from stackferry.library.words.plan_words import tell_writes
from stackferry.providers.options import options_of_plan
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.core.rate_limit import Pacer
    from stackferry.drivers.import_again import FindMap
    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.drivers.import_run import FinishedDryRun
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Endpoint
    from stackferry.library.transforming import TransformLike
    from stackferry.library.words.plan_words import OnWrite

# Kinds of records that are part of other steps of an import, or of none.
_NO_STEPS = frozenset({"versions", "history", "files", "asset_versions"})


async def import_(
    snapshot: str | Path | Snapshot,
    target: PlaceLike,
    *,
    token: Token = None,
    options: WriteOptions | None = None,
    state: str | Path | None = None,
    identities: str | Path | None = None,
    identities_out: str | Path | None = None,
    apply: str | Path | None = None,
    transforms: Sequence[TransformLike] = (),
    agree: Agree = always,
    confirm: Confirm = always_confirmed,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> ImportReport:
    """Write a snapshot, or an export by the vendor's own CLI, into a place. Run again, it resumes.

    Run again after it was finished, it looks at the target: what differs now is written with `options.on_conflict`.
    `state` is the directory of the checkpoint; None: one in the platform's state directory that belongs to this
    snapshot and this target. Cancelled, it leaves there what the next run needs to resume. `identities` is the file of
    what imports from the snapshot's place into this one have found and made; None: one in the
    platform's state directory; beside the checkpoint where `state` is given. `identities_out` is a file that gets them
    when the import is done: a table (`.csv`) or JSON (`.json`).

    With `options.mirror` it deletes what the target has and the source has not. `agree` is asked before the first write
    where there is any: with how many objects of each kind; False ends it. `confirm` is asked before the first write
    into a target that holds content, with what that is ("12 entries"); False ends it, too.

    `transforms` change the snapshot's documents, in their order, before any is written (docs/transforms.md).

    `apply` is a plan that `plan_import` has written: its options hold, and what it relies on is read again.

    Raises UsageError before the first write where the target cannot take the snapshot, or the plan is not for this;
    Different where a finished import is run again without `options.on_conflict` and its target has changed, or where
    something of the plan has moved; AccessError, BusyError, CorruptError
    or ServiceError.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor(), agree, confirm=confirm)
    check_out(identities_out)
    with single_error():
        endpoint, held, where = _find(snapshot, target, token, state, connector)
        own, find = own_options(endpoint, options or WriteOptions()), identity_map(identities, state)
        plan = None if apply is None else PlanFile(Path(apply))
        if plan is not None:
            own = options_of_plan(own, as_object(plan.head.get("options")))
        refuse_transforms(own, transforms)
        with through_transforms(held, endpoint, transforms) as changed:
            report = await import_into(endpoint, changed, where, own, connector, identities=find, plan=plan)
        write_map(find, identities_out, (origin_of(endpoint.system, held), endpoint.place))
        return report


async def import_into(
    target: Endpoint,
    snapshot: Snapshot,
    state: Path,
    options: WriteOptions,
    connector: Connector,
    *,
    identities: FindMap,
    plan: PlanFile | None = None,
    pacer: Pacer | None = None,
) -> ImportReport:
    """An import with `own_options` that may share its limits (`pacer`) with another operation."""
    _begin(snapshot, target, state, options, connector)
    async with connector.run(target, pacer) as run:
        result = await import_run.import_snapshot(
            run, snapshot, state, options, identities=identities, plan=plan, lock=target_lock
        )
    return import_report(snapshot, result, state, connector.monitor)


def import_report(snapshot: Snapshot, result: ImportResult, state: Path, monitor: Monitor) -> ImportReport:
    """The report of an import that has ended."""
    return ImportReport(
        objects=_arrived(snapshot, result.identities),
        gaps=result.gaps,
        limits=snapshot.limits(),
        left=result.left,
        remarks=result.remarks,
        requests=monitor.requests,
        minimum=result.minimum,
        seconds=monitor.seconds,
        state=state,
        renumbered=result.renumbered,
        resumed=result.resumed,
    )


async def plan_import(
    snapshot: str | Path | Snapshot,
    target: PlaceLike,
    *,
    token: Token = None,
    options: WriteOptions | None = None,
    state: str | Path | None = None,
    identities: str | Path | None = None,
    plan: str | Path | None = None,
    html: str | Path | None = None,
    on_write: OnWrite | None = None,
    transforms: Sequence[TransformLike] = (),
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> PlanReport:
    """What `import_` with the same arguments would do now. Sends no write. Raises what `import_` raises before one.

    `plan` is a file that gets it object by object, as docs/living-targets.md describes it; `html` one that gets it as a
    page for people. `on_write` is called for each object that would be written, with its row as the file has it and
    the words of each of its fields, until it returns False.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        endpoint, held, where = _find(snapshot, target, token, state, connector)
        for file in (plan, html):
            if file is not None:
                check_outside(Path(file), (held,))  # before all is read
        own = own_options(endpoint, options or WriteOptions())
        refuse_transforms(own, transforms)
        find = identity_map(identities, state)
        with through_transforms(held, endpoint, transforms) as changed:
            _begin(changed, endpoint, where, own, connector)
            async with (
                connector.run(endpoint) as run,
                import_run.dry_run(run, changed, where, own, identities=find) as done,
            ):
                facts = planned(done, endpoint, connector, plan, html, held.root)
                if on_write is not None:
                    tell_writes(done, endpoint.system, on_write)
                return PlanReport(limits=changed.limits(), **facts)


def planned(
    done: FinishedDryRun,
    target: Endpoint,
    connector: Connector,
    plan: str | Path | None,
    html: str | Path | None = None,
    snapshot: Path | None = None,
) -> dict[str, Any]:
    """The fields of a `PlanReport` that a dry run gives; it is written to the files `plan` and `html`, if there are."""
    sent = connector.monitor.requests
    requests = done.writes.with_reads(sent)
    seconds = connector.speed_at(target).seconds(requests, target.system.rates)
    if plan is not None:
        when = datetime.fromtimestamp(SystemClock().wall(), UTC).isoformat(timespec="seconds")
        write_plan(Path(plan), done, when, {"requests": requests, "seconds": round(seconds, 1)})
    if html is not None:
        from stackferry.library.plan_page import write_plan_page

        write_plan_page(Path(html), [done], target.system, requests, seconds, snapshot)
    return {
        "objects": {},
        "gaps": done.gaps,
        "left": done.left,
        "remarks": done.remarks,
        "requests": sent,
        "seconds": connector.monitor.seconds,
        "plan": done.writes.as_json(),
        "planned_requests": requests,
        "planned_seconds": seconds,
        "planned_waits": done.writes.waits,
        "events": {**done.described.events()},
    }


async def abandon_import(
    snapshot: str | Path | Snapshot,
    target: PlaceLike,
    *,
    token: Token = None,
    state: str | Path | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> AbandonReport:
    """Undo the temporary changes of an import that will not be finished.

    What was imported stays, and so does what somebody else has edited meanwhile: that is told. Raises UsageError
    where no import of this snapshot into this target was begun.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        endpoint, _, where = _find(snapshot, target, token, state, connector)
        connector.monitor.state = where
        async with connector.run(endpoint) as run:
            done = await import_run.abandon(run, where)
        counted = connector.monitor
        return AbandonReport(
            objects={},
            gaps=done.gaps,
            remarks=done.remarks,
            requests=counted.requests,
            seconds=counted.seconds,
            taken_back=done.count,
        )


def own_options(target: Endpoint, options: WriteOptions) -> WriteOptions:
    """The options as those of the target's system, with the kinds that the names in `only` mean.

    To restore in place, or to mirror, is to write over what is there. Raises UsageError for a mirror that may not.
    """
    own = target.system.write_options(options)
    _check_on_conflict(own)
    policy = own.on_conflict or ("update" if own.in_place or own.mirror else "")
    only, now = target.system.parse_kinds(own.only), own.now or SystemClock().wall()
    return replace(own, only=only, on_conflict=policy, now=now)


def refuse_transforms(options: WriteOptions, transforms: Sequence[TransformLike]) -> None:
    """Raise UsageError where what a transform changed, or left out, would be taken for what was there."""
    flag = "--in-place" if options.in_place else "--mirror" if options.mirror else ""
    if flag and transforms:
        raise UsageError(
            f"{flag} makes the target what the snapshot says, and --transform changes that: leave one of them out"
        )


def _check_on_conflict(own: WriteOptions) -> None:
    if own.mirror and own.on_conflict not in ("", "update"):
        raise UsageError(
            f"--mirror makes the target what the source is, so --on-conflict {own.on_conflict} does not go with it: "
            "leave that out"
        )
    if own.in_place and own.on_conflict in ("skip", "fail"):
        raise UsageError(
            f"--in-place writes the snapshot over what is there, so --on-conflict {own.on_conflict} does not go with "
            "it: leave that out"
        )


def _find(
    snapshot: str | Path | Snapshot,
    target: PlaceLike,
    token: Token,
    state: str | Path | None,
    connector: Connector,
) -> tuple[Endpoint, Snapshot, Path]:
    """What the arguments mean: the target, the snapshot, and the directory of the checkpoint."""
    endpoint = find_endpoint(target, "target", token)
    held = open_snapshot(snapshot, connector.emit)
    return endpoint, held, checkpoint_directory(held, endpoint.place, state)


def _begin(
    snapshot: Snapshot, target: Endpoint, state: Path, options: WriteOptions, connector: Connector
) -> None:
    """Tell the monitor what lies ahead. Raises UsageError for a snapshot of another system."""
    connector.monitor.state, connector.monitor.expected = state, _expected(snapshot, options)
    refuse_other_system(snapshot, target)


def refuse_other_system(snapshot: Snapshot, target: Endpoint) -> None:
    """Raise UsageError for a snapshot of another system than the target's."""
    system = nested(snapshot.manifest, "source", "system")
    if system != target.place.system:
        raise UsageError(
            f"{snapshot.root} is a snapshot of {system}, and {target.place} is of another system"
        )


def _expected(snapshot: Snapshot, options: WriteOptions) -> dict[str, int]:
    """How many steps of each kind the import of a whole snapshot takes: each version is a step of its entry."""
    if options.selection.is_narrow or options.only:
        return {}
    held = record_counts(snapshot)
    # A version in the snapshot is an older one: the latest is the entry itself.
    steps = {kind: count for kind, count in held.items() if kind not in _NO_STEPS}
    return steps | {"entries": held.get("entries", 0) + held.get("versions", 0)}


def _arrived(snapshot: Snapshot, identities: dict[str, int]) -> dict[str, int]:
    """How many objects of each kind have a counterpart in the target; versions are those of every locale.

    And how many publications were taken down there, because the source has none.
    """
    kinds = counts(snapshot).keys() - {"versions"} | {"unpublished"}
    found = {kind: count for kind, count in identities.items() if kind in kinds}
    return found | {"entry_versions": identities["versions"]} if "versions" in identities else found
