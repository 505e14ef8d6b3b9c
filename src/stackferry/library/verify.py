"""`stackferry.verify` and `stackferry.diff`: whether a snapshot is whole, and what is held differently elsewhere."""

from __future__ import annotations

import secrets
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.core.nearest import did_you_mean
from stackferry.drivers.events import Emit, Event, silent
from stackferry.drivers.import_target import origin_of, refuse_unknown_mapped
from stackferry.drivers.verify_run import diff_snapshots, holds_secrets, verify_target
from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.exports import is_export
from stackferry.io import config
from stackferry.io.profiles import read_configuration
from stackferry.io.storage.snapshot import Snapshot, SnapshotIndex
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint, single_error
from stackferry.library.export import export_endpoint
from stackferry.library.monitor import Monitor
from stackferry.library.pages import check_outside, write_diff_page
from stackferry.library.reports import VerifyReport
from stackferry.library.speed import Speed
from stackferry.library.state import (
    checkpoint_directory,
    counts,
    identity_map,
    open_snapshot,
    system_of_snapshot,
)
from stackferry.library.transforming import through_transforms
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.library.connect import Endpoint
    from stackferry.library.transforming import TransformLike
    from stackferry.model import Place
    from stackferry.providers.reading.told import Reader, Told
    from stackferry.providers.system import System

    Side: TypeAlias = "Snapshot | Endpoint"


async def verify(
    snapshot: str | Path | Snapshot,
    against: PlaceLike | None = None,
    *,
    token: Token = None,
    options: WriteOptions | None = None,
    state: str | Path | None = None,
    identities: str | Path | None = None,
    transforms: Sequence[TransformLike] = (),
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> VerifyReport:
    """Check a snapshot: every file, count and digest. With `against`, compare what a place holds with it instead.

    The identities come from the import's checkpoint in `state` (None: where `import_` keeps it), else from the file
    `identities` (as in `import_`), or else are matched by uid and natural key. With the `transforms` of the import the
    snapshot is compared as it is after them. Raises SnapshotCorrupt where a damaged
    snapshot is compared; AccessError or ServiceError.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    if against is None and transforms:
        raise UsageError("transforms are about what a place holds: name the place too")
    if against is None:
        held = snapshot if isinstance(snapshot, Snapshot) else _snapshot_at(Path(snapshot))
        return VerifyReport(
            objects=counts(held),
            gaps=held.gaps(),
            requests=connector.monitor.requests,
            seconds=connector.monitor.seconds,
            damage=damage_of(held, connector.emit),
            files=sum(1 for _ in held.file_entries()),
        )
    endpoint = find_endpoint(against, "target", token)
    with single_error():
        held = open_snapshot(snapshot, on_event)
        _refuse_two_systems((system_of_snapshot(held), held.root), (endpoint.system, endpoint.place))
        where = checkpoint_directory(held, endpoint.place, state)
        own = endpoint.system.write_options(options or WriteOptions())
        find = identity_map(identities, state)
        with through_transforms(held, endpoint, transforms) as changed:
            async with connector.run(endpoint) as run:
                found = await verify_target(run, changed, where, options=own, identities=find)
                return _report(found, connector)


def _snapshot_at(directory: Path) -> Snapshot:
    """The snapshot in a directory. Raises UsageError where there is none."""
    if is_export(directory):
        raise UsageError(
            f"{directory} is an export made by the vendor's tool, which holds nothing to check it by: convert it first "
            f"(stackferry convert {directory} SNAPSHOT)"
        )
    return Snapshot(directory)


def damage_of(snapshot: Snapshot, emit: Emit = silent) -> list[str]:
    """Every difference from the manifest; in a snapshot that has none, what its system finds wrong with its records."""
    emit(Event("verify", "files", total=sum(1 for _ in snapshot.file_entries())))
    if damage := [*snapshot.verify(each=lambda _: emit(Event("verify", "files", done=1)))]:
        return damage
    try:
        system = system_of_snapshot(snapshot)
        with closing(SnapshotIndex(snapshot, system.record_key)) as index:
            return [*system.inconsistencies(index, snapshot.bytes_of)]
    except UsageError:  # of a system that this version does not know: nobody can tell what names a record
        return []
    except SnapshotCorrupt as corrupt:
        return [str(corrupt)]


async def diff(
    left: str | Path | Snapshot | Place | Endpoint,
    right: str | Path | Snapshot | Place | Endpoint,
    *,
    left_token: Token = None,
    right_token: Token = None,
    options: WriteOptions | None = None,
    html: str | Path | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> VerifyReport:
    """What two snapshots or places hold differently. A place is read as it is now.

    A text is the directory of a snapshot or of an export by the vendor's own CLI, a URL, or the name of a profile. Of
    one place, two nights of it for example, each edit between both is one difference, and objects are matched by uid
    alone. Of two places they are matched by uid and natural key; what is ambiguous counts as missing on both sides.

    `html` is a file that gets the differences as a page for people. Raises UsageError where it lies in a snapshot.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error(), tempfile.TemporaryDirectory(prefix="stackferry-") as scratch:
        source = find_side(left, "source", left_token, on_event)
        target = find_side(right, "target", right_token, on_event)
        if html is not None:
            check_outside(Path(html), (source, target))
        (system, here), (other, there) = origin_of_side(source), origin_of_side(target)
        _refuse_two_systems((system, here), (other, there))
        own = system.write_options(options or WriteOptions())
        if isinstance(source, Snapshot):
            refuse_unknown_mapped(system, source, own)
        # Two places number their versions each for itself, so those that are live are compared by what they say.
        is_numbered = system.numbers_name_bodies and here.identity == there.identity
        versions = "latest" if is_numbered else "pinned"
        # Credentials of a place are read as digests, where the other side can tell whether they are equal.
        salt = secrets.token_hex(16)
        reads = [
            ReadOptions(versions=versions, salt=salt if _tells_secrets(side) else "")
            for side in (target, source)
        ]
        read = await _read(source, Path(scratch, "left"), connector, reads[0])
        compared = await _read(target, Path(scratch, "right"), connector, reads[1])
        shown = _Shown(system, None if html is None else Path(html), (_name(source), _name(target)))
        found = diff_snapshots(system, read, compared, own, salt=salt, look=shown.look)
        return replace(_report(found, connector), told=shown.told)


class _Shown:
    """What a comparison found, in words and as a page."""

    def __init__(self, system: System, html: Path | None, names: tuple[str, str]) -> None:
        self._system, self._html, self._names = system, html, names
        self.told: list[Told] = []

    def look(self, found: VerifyResult, reader: Reader) -> None:
        for row in found.differences:
            told = reader.told(row)
            row.update({"label": told.label} if told.label else {})
            self.told.append(told)
        if self._html is not None:
            labels = self._system.words.labels
            write_diff_page(self._html, found, self.told, reader, self._names, labels)


def _name(side: Side) -> str:
    return str(side.root if isinstance(side, Snapshot) else side.place)


def _refuse_two_systems(one: tuple[System, object], other: tuple[System, object]) -> None:
    """Raise UsageError for two sides of different systems."""
    if one[0].name != other[0].name:
        raise UsageError(
            f"{one[1]} is of {one[0].name}, and {other[1]} of {other[0].name}: two of one system are compared"
        )


def find_side(
    where: str | Path | Snapshot | Place | Endpoint,
    role: str,
    token: Token = None,
    emit: Emit = silent,
    branch: str = "",
) -> Side:
    """The snapshot or the place that one side of a `diff` is; `branch` is that of an export. Raises UsageError."""
    if isinstance(where, Snapshot):
        return where
    if isinstance(where, str) and not config.is_place(where) and Path(where).exists():
        where = Path(where)
    if isinstance(where, Path):
        return open_snapshot(Path(where), emit, branch)
    if isinstance(where, str) and not config.is_place(where):
        _refuse_unknown(where)
    return find_endpoint(where, role, token)


def _refuse_unknown(word: str) -> None:
    """Raise UsageError for a word that is no directory, and no profile either."""
    known = read_configuration().names
    if word not in known:
        raise UsageError(
            f"no such directory: {word}; nor is it a place (SYSTEM://KEY@HOST/NAME) or a profile"
            f"{did_you_mean(word, known)}"
        )


def origin_of_side(side: Side) -> tuple[System, Place]:
    """The system and the place that a side's content comes from."""
    if not isinstance(side, Snapshot):
        return side.system, side.place
    system = system_of_snapshot(side)
    return system, origin_of(system, side)


def _tells_secrets(side: Side) -> bool:
    return not isinstance(side, Snapshot) or holds_secrets(side)


async def _read(side: Side, directory: Path, connector: Connector, options: ReadOptions) -> Snapshot:
    if isinstance(side, Snapshot):
        return side
    report = await export_endpoint(side, directory, options, connector)
    return report.snapshot


def _report(found: VerifyResult, connector: Connector) -> VerifyReport:
    return VerifyReport(
        objects=found.compared,
        gaps=found.gaps,
        requests=connector.monitor.requests,
        seconds=connector.monitor.seconds,
        differences=found.differences,
        remarks=found.remarks,
        not_compared=found.not_compared,
    )
