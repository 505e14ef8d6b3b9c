"""`stackferry.export`: from a place to a snapshot."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers import export_run
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.io.storage.files import Files
from stackferry.io.storage.note import write_note
from stackferry.io.storage.snapshot import clear_work
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint, single_error
from stackferry.library.monitor import Monitor
from stackferry.library.reports import ExportReport
from stackferry.library.speed import Speed
from stackferry.library.state import counts
from stackferry.library.transforming import find_transforms
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackferry.core.rate_limit import Pacer
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Endpoint
    from stackferry.library.transforming import TransformLike
    from stackferry.transforms.transform import Transform


async def export(
    source: PlaceLike,
    directory: str | Path,
    *,
    token: Token = None,
    options: ReadOptions | None = None,
    base: str | Path | None = None,
    trust_version_lists: bool = False,
    transforms: Sequence[TransformLike] = (),
    note: str = "",
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> ExportReport:
    """Read a place into `directory` as a complete snapshot; an unfinished one there is resumed.

    `base` is an earlier snapshot of the same place, whose records are not asked for again; `trust_version_lists` takes
    its lists of versions too. Cancelled, it leaves what it has staged for the next run. `transforms` change its
    documents, in their order (docs/transforms.md). `note` is kept beside the snapshot, which stays the same byte for
    byte.

    Raises TransformFailed, UsageError, AccessError, BusyError, SnapshotCorrupt (of the base) or ServiceError.
    """
    endpoint = find_endpoint(source, "source", token)
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    changes = find_transforms(transforms)
    earlier = BaseSnapshot(Path(base), trust_version_lists=trust_version_lists) if base else None
    with single_error():
        report = await export_endpoint(
            endpoint,
            Path(directory),
            options or ReadOptions(),
            connector,
            base=earlier,
            defer=connector.monitor.defers,
            transforms=changes,
        )
    if note:
        write_note(Files(Path(directory)), note)
    return report


async def export_endpoint(
    source: Endpoint,
    directory: Path,
    options: ReadOptions,
    connector: Connector,
    *,
    pacer: Pacer | None = None,
    base: BaseSnapshot | None = None,
    defer: bool = False,
    transforms: Sequence[Transform] = (),
) -> ExportReport:
    """An export that may share its limits (`pacer`) with another operation.

    With `defer` its working directory is removed when the monitor hears that it was reported.
    """
    monitor = connector.monitor
    monitor.expected = {}
    own = source.system.read_options(options)
    async with connector.run(source, pacer) as run:
        snapshot = await export_run.export(
            run, directory, own, base=base, clear=not defer, transforms=transforms
        )
    if defer:
        monitor.when_reported.append(partial(clear_work, Files(directory)))
    return export_report(source, snapshot, own, base, monitor, transformed=bool(transforms))


def export_report(
    source: Endpoint,
    snapshot: Snapshot,
    own: ReadOptions,
    base: BaseSnapshot | None,
    monitor: Monitor,
    *,
    transformed: bool = False,
) -> ExportReport:
    """What is reported of a snapshot that was just read with these options of its system."""
    # The fewest requests of a narrowed export depend on what had to be read to find its part; those of one with
    # transforms on what these have left out.
    is_whole = not own.is_narrow and not transformed
    minimum = {} if not is_whole else fewest_reads(source, snapshot, own, base.reused if base else {})
    return ExportReport(
        snapshot=snapshot,
        objects=counts(snapshot),
        gaps=snapshot.gaps(),
        limits=snapshot.limits(),
        requests=monitor.requests,
        minimum=minimum,
        seconds=monitor.seconds,
        reused=None if base is None else {**base.reused},
    )


def fewest_reads(
    source: Endpoint, snapshot: Snapshot, options: ReadOptions, reused: Mapping[str, int]
) -> dict[str, int]:
    """The fewest requests that could have made a snapshot, of which so many records were `reused` from a base."""
    sizes = {stream: snapshot.digests()[name].size for stream, name in snapshot.stream_files()}
    return source.system.export_minimum(
        snapshot.record_counts(), snapshot.objects, options, sizes=sizes, reused=reused
    )
