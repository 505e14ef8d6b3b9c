"""`stackferry.evidence`: who deployed what and who approved it, from snapshots alone."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.core.time_range import check_range
from stackferry.errors import UsageError
from stackferry.formats.evidence.page import page
from stackferry.formats.evidence.table import table
from stackferry.io.storage.named_file import write_named
from stackferry.io.storage.snapshot import MANIFEST, Snapshot, SnapshotIndex
from stackferry.io.storage.stored_rows import StoredRows
from stackferry.json_values import as_object
from stackferry.library.pages import check_outside
from stackferry.library.state import open_snapshot, system_of_snapshot
from stackferry.providers.evidence import Evidence, KeepsEvidence, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stackferry.model import JsonObject


def evidence(
    snapshots: str | Path | Snapshot | Sequence[str | Path | Snapshot],
    *,
    definitions: str | Iterable[str] = (),
    stages: str | Iterable[str] = (),
    since: str = "",
    until: str = "",
    csv: str | Path | None = None,
    html: str | Path | None = None,
) -> Evidence:
    """One row for each attempt to deploy a release that these snapshots know, for an auditor; nothing is asked online.

    `definitions` are names or ids, `stages` names, one or several; `since` and `until` bound when an attempt was
    queued. Where several snapshots know an attempt, the newest one's row is taken. The bytes of logs are not read.
    `csv` and `html` are files that are written anew: a table, and a page.

    Raises UsageError for a system that has no deployments, for a name that no snapshot knows, and for a file inside of
    a snapshot; SnapshotCorrupt for a damaged snapshot.
    """
    check_range(since, until, flags=("since", "until"))
    wanted = Wanted(_names(definitions), _names(stages), since, until)
    named = [snapshots] if isinstance(snapshots, str | Path | Snapshot) else snapshots
    found = _found([open_snapshot(each) for each in named], wanted, csv, html)
    if csv is not None:
        write_named(Path(csv), table(found.rows))
    if html is not None:
        write_named(Path(html), page(found, wanted.as_json()))
    return found


def _names(names: str | Iterable[str]) -> frozenset[str]:
    return frozenset([names] if isinstance(names, str) else names)


def _found(held: list[Snapshot], wanted: Wanted, *files: str | Path | None) -> Evidence:
    """What the snapshots know, when it is clear that the files may be written."""
    if not held:
        raise UsageError("name a snapshot")
    system = _system(held)
    for file in _files(*files):
        check_outside(file, held)
    for snapshot in held:
        snapshot.check(only=frozenset())
    with ExitStack() as stack:
        stores = [stack.enter_context(closing(SnapshotIndex(each, system.record_key))) for each in held]
        found = system.evidence(stores, wanted, stores[0].scratch, StoredRows)
    for archive, snapshot in zip(found.archives, held, strict=True):
        archive.update(_origin(snapshot))
    return found


def _files(*files: str | Path | None) -> list[Path]:
    named = [Path(file).absolute() for file in files if file is not None]
    if len({*named}) < len(named):
        raise UsageError(f"{named[0]} is named for two files")
    return named


def _system(snapshots: list[Snapshot]) -> KeepsEvidence:
    """The system of all the snapshots. Raises UsageError where one is of a system without evidence."""
    found: list[KeepsEvidence] = []
    for snapshot in snapshots:
        system = system_of_snapshot(snapshot)
        if not isinstance(system, KeepsEvidence):
            raise UsageError(f"{snapshot.root}: evidence is about deployments, and {system.name} has none")
        found.append(system)
    return found[0]


def _origin(snapshot: Snapshot) -> JsonObject:
    """Which snapshot an archive is, and the digest by which it can be told from a changed one."""
    source = as_object(snapshot.manifest.get("source"))
    return {
        "snapshot": str(snapshot.root),
        "source": str(system_of_snapshot(snapshot).place_of(source)),
        "manifest_sha256": snapshot.files.digest(MANIFEST).sha256,
    }
