"""`stackferry.import_`: from a snapshot into a place; what it would do; and how it is given up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers import import_run
from stackferry.drivers.events import Emit, silent
from stackferry.errors import UsageError
from stackferry.io.storage.snapshot import Snapshot
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint, single_error
from stackferry.library.monitor import Monitor
from stackferry.library.reports import ImportReport, PlanReport
from stackferry.library.speed import Speed
from stackferry.library.state import (
    checkpoint_directory,
    counts,
    open_snapshot,
    target_lock,
)
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from stackferry.core.rate_limit import Pacer
    from stackferry.drivers.import_run import ImportResult
    from stackferry.library.connect import Endpoint

# Kinds of records that are part of other steps of an import, or of none.
_NO_STEPS = frozenset({"versions", "history", "files", "asset_versions"})


async def import_(
    snapshot: str | Path | Snapshot,
    target: PlaceLike,
    *,
    token: Token = None,
    options: WriteOptions | None = None,
    state: str | Path | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> ImportReport:
    """Write a snapshot, or an export by the vendor's own CLI, into a place. Run again, it resumes or writes nothing.

    `state` is the directory of the checkpoint; None: one in the platform's state directory that belongs to this
    snapshot and this target. Cancelled, it leaves there what the next run needs to resume.

    Raises UsageError before the first write where the target cannot take the snapshot; AccessError, BusyError,
    CorruptError or ServiceError.
    """
    endpoint = find_endpoint(target, "target", token)
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        held, own = _opened(snapshot, connector), own_options(endpoint, options or WriteOptions())
        return await import_into(endpoint, held, _state(held, endpoint, state), own, connector)


async def import_into(
    target: Endpoint,
    snapshot: Snapshot,
    state: Path,
    options: WriteOptions,
    connector: Connector,
    *,
    pacer: Pacer | None = None,
) -> ImportReport:
    """An import with `own_options` that may share its limits (`pacer`) with another operation."""
    connector.monitor.state, connector.monitor.expected = state, _expected(snapshot, options)
    _refuse_other_system(snapshot, target)
    async with connector.run(target, pacer) as run:
        result = await import_run.import_snapshot(run, snapshot, state, options, lock=target_lock)
    return import_report(snapshot, result, state, connector.monitor)


def import_report(snapshot: Snapshot, result: ImportResult, state: Path, monitor: Monitor) -> ImportReport:
    """The report of an import that has ended."""
    return ImportReport(
        objects=_arrived(snapshot, result.identities),
        gaps=result.gaps,
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
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> PlanReport:
    """What `import_` with the same arguments would do now. Sends no write. Raises what `import_` raises before one."""
    endpoint = find_endpoint(target, "target", token)
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        held, own = _opened(snapshot, connector), own_options(endpoint, options or WriteOptions())
        _refuse_other_system(held, endpoint)
        connector.monitor.state = where = _state(held, endpoint, state)
        connector.monitor.expected = _expected(held, own)
        async with connector.run(endpoint) as run, import_run.dry_run(run, held, where, own) as done:
            writes, gaps = done.writes, done.gaps
    requests = {**writes.requests}
    return PlanReport(
        objects={},
        gaps=gaps,
        requests=connector.monitor.requests,
        seconds=connector.monitor.seconds,
        plan=writes.as_json(),
        planned_requests=requests,
        planned_seconds=connector.speed.seconds(requests, endpoint.system.rates),
    )


async def abandon_import(
    snapshot: str | Path | Snapshot,
    target: PlaceLike,
    *,
    token: Token = None,
    state: str | Path | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> int:
    """Undo the temporary changes of an import that will not be finished; returns how many there were.

    What was imported stays. Raises UsageError where no import of this snapshot into this target was begun.
    """
    endpoint = find_endpoint(target, "target", token)
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        held = _opened(snapshot, connector)
        connector.monitor.state = where = _state(held, endpoint, state)
        async with connector.run(endpoint) as run:
            return await import_run.abandon(run, where)


def own_options(target: Endpoint, options: WriteOptions) -> WriteOptions:
    """The options as those of the target's system, with the kinds that the names in `only` mean."""
    own = target.system.write_options(options)
    return replace(own, only=target.system.kinds(own.only))


def _opened(snapshot: str | Path | Snapshot, connector: Connector) -> Snapshot:
    return snapshot if isinstance(snapshot, Snapshot) else open_snapshot(Path(snapshot), connector.emit)


def _state(snapshot: Snapshot, target: Endpoint, state: str | Path | None) -> Path:
    return checkpoint_directory(snapshot, target.place) if state is None else Path(state)


def _refuse_other_system(snapshot: Snapshot, target: Endpoint) -> None:
    source = snapshot.manifest.get("source")
    system = source.get("system") if isinstance(source, dict) else None
    if system != target.place.system:
        raise UsageError(
            f"{snapshot.root} is a snapshot of {system}, and {target.place} is of another system"
        )


def _expected(snapshot: Snapshot, options: WriteOptions) -> dict[str, int]:
    """How many steps of each kind the import of a whole snapshot takes: each version is a step of its entry."""
    if options.selection.is_narrow or options.only:
        return {}
    held = counts(snapshot)
    steps = {kind: count for kind, count in held.items() if kind not in _NO_STEPS}
    return steps | {"entries": held.get("entries", 0) + held.get("versions", 0)}


def _arrived(snapshot: Snapshot, identities: dict[str, int]) -> dict[str, int]:
    """How many objects of each kind have a counterpart in the target; versions are those of every language."""
    kinds = counts(snapshot).keys() - {"versions"}
    found = {kind: count for kind, count in identities.items() if kind in kinds}
    return found | {"entry_versions": identities["versions"]} if "versions" in identities else found
