"""`export`: reads a place into a sealed snapshot, or resumes an unfinished one.

Must never touch a directory that holds anything but an unfinished snapshot of the same source and options.
"""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.drivers.exporter import Exporter
from stackferry.drivers.nothing_selected import warn_if_nothing_selected
from stackferry.drivers.transforming import (
    check_staged_types,
    check_transforms,
    is_transformed,
    named_transforms,
    transform_staged,
    transforms_json,
)
from stackferry.drivers.working_directory import working_directory
from stackferry.errors import NoSuchPlace, UsageError
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.files import Files, changed_at
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import BASE, LOCK, MANIFEST, STAGING, WORK, Snapshot, clear_work
from stackferry.io.storage.staging import Staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.drivers.run import Run
    from stackferry.model import JsonObject
    from stackferry.providers.source import ReadOptions
    from stackferry.transforms.transform import Transform


async def export(
    run: Run,
    directory: Path,
    options: ReadOptions,
    *,
    base: BaseSnapshot | None = None,
    disk: Callable[[Path], Files] = Files,
    clear: bool = True,
    transforms: Sequence[Transform] = (),
) -> Snapshot:
    """Read a place into `directory` as a complete snapshot, beginning or resuming; `transforms` change its documents.

    With a `base`, what an earlier snapshot of the same place holds is not asked for again. `disk` opens the
    directory; tests give one that fails. Without `clear` the working directory is left, by which the next run sees that
    nobody was told of this one: the caller removes it. Raises UsageError for a directory that holds something else and
    for a base of another place, SnapshotCorrupt for a damaged base, BusyError while another run works in the directory.
    Where the place answers nothing no directory is left behind.
    """
    if not (directory / WORK).is_dir():  # before anything is asked for
        check_directory(directory)
    check_transforms(run.system, run.place.system, transforms)
    resolved = await run.resolved()
    return await export_resolved(
        resolved, directory, options, base=base, disk=disk, clear=clear, transforms=transforms
    )


async def export_resolved(
    run: Run,
    directory: Path,
    options: ReadOptions,
    *,
    base: BaseSnapshot | None = None,
    disk: Callable[[Path], Files] = Files,
    clear: bool = True,
    transforms: Sequence[Transform] = (),
) -> Snapshot:
    """The same for a run whose place is no alias (`Run.resolved`)."""
    if is_sealed_but_not_cleaned(directory, run, options, transforms):
        return _sealed_before(directory, base, clear=clear)
    check_directory(directory)
    if base:
        await base.check(run)
        base.refuse_transforms(transforms)
    with open_export(directory, run, options, base, disk, clear=clear, transforms=transforms) as opened:
        staging = opened.staging
        if not is_transformed(staging):  # else all was read, and nothing that is staged is as it was read
            await _read(run, opened, options, base, transforms)
            warn_if_nothing_selected(run.system, staging, options)
            transform_staged(run.system, run.place.system, staging, transforms)
        head = {**manifest_head(run, options, staging), **transforms_json(transforms)}
        seal(opened.files, staging, head, base.snapshot if base else None)
        opened.is_sealed = True
        if base:
            base.reused.update(staging.reused_counts())
    return Snapshot(directory)


async def _read(
    run: Run,
    opened: OpenExport,
    options: ReadOptions,
    base: BaseSnapshot | None,
    transforms: Sequence[Transform],
) -> None:
    """Bring everything into the staging store. What `transforms` name is checked as soon as types are there."""
    staging, index = opened.staging, opened.files.path(BASE)
    with base.indexed(run, staging, options, index) if base else nullcontext():
        exporter = Exporter(run, staging, BlobStore(opened.files), options, base)
        try:
            if transforms:
                await exporter.run([exporter.plan.field_descriptions])
                check_staged_types(run.system, staging, transforms)
            await exporter.run()
        except* UsageError as refused:
            # A place that is gone in the middle of an export may come back: it is resumed then.
            opened.is_refused = refused.split(NoSuchPlace)[1] is not None
            raise
        await exporter.look_again()


def _sealed_before(directory: Path, base: BaseSnapshot | None, *, clear: bool) -> Snapshot:
    """The snapshot that an earlier run has sealed, and of which it told nobody."""
    files = Files(directory)
    with files.lock(LOCK):
        if base and files.exists(STAGING):
            with closing(Staging(files.path(STAGING))) as staging:
                base.reused.update(staging.reused_counts())
        if clear:
            clear_work(files)
    return Snapshot(directory)


@dataclass(slots=True)
class OpenExport:
    """An export that was begun: its directory, and its staging store, which is removed once it `is_sealed`.

    Of one that `is_refused`, because of what was read, nothing stays: the next one must read it anew.
    """

    files: Files
    staging: Staging
    is_sealed: bool = False
    is_refused: bool = False


@contextmanager
def open_export(
    directory: Path,
    run: Run,
    options: ReadOptions,
    base: BaseSnapshot | None = None,
    disk: Callable[[Path], Files] = Files,
    *,
    clear: bool = True,
    transforms: Sequence[Transform] = (),
) -> Iterator[OpenExport]:
    """One export, locked for this run, new or as an earlier run left it.

    Raises UsageError where another export was begun in the directory, BusyError while another run works there.
    """
    with working_directory(directory, LOCK, [WORK], disk) as work:
        with closing(Staging(work.files.path(STAGING))) as staging:
            opened = OpenExport(work.files, staging)
            try:
                _check_claim(staging, directory, run, options, base, transforms)
                yield opened
            finally:
                work.keep = not staging.is_empty() and not opened.is_refused
        if (
            opened.is_sealed and clear
        ):  # after the staging store is closed: it lies in the directory that is removed
            clear_work(opened.files)


def is_sealed_but_not_cleaned(
    directory: Path, run: Run, options: ReadOptions, transforms: Sequence[Transform] = ()
) -> bool:
    """Whether this export was sealed here, and stopped before its working directory was removed."""
    if not (directory / MANIFEST).is_file() or not (directory / WORK).is_dir():
        return False
    manifest = Snapshot(directory).manifest
    passed = {name: manifest[name] for name in ("transforms",) if name in manifest}
    is_alike = manifest.get("options") == options.as_json() and passed == transforms_json(transforms)
    return run.is_origin_of(manifest) and is_alike


def manifest_head(run: Run, options: ReadOptions, staging: Staging) -> JsonObject:
    """What the manifest says besides its files. No time, so that the same source gives the same bytes (I6)."""
    return {"source": run.source_facts, "options": options.as_json(), **run.system.describe(staging, options)}


def check_directory(directory: Path) -> None:
    """Raise UsageError for a directory that holds anything but an unfinished export."""
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is a file; name a directory for the snapshot")
    if (directory / MANIFEST).exists():
        since = changed_at(directory / MANIFEST)
        raise UsageError(
            f"{directory} already holds a complete snapshot, since {since}; nothing was read; name a new directory"
        )
    if directory.is_dir() and not (directory / WORK).is_dir() and any(directory.iterdir()):
        raise UsageError(f"{directory} holds something else; name a new or empty directory")


def _check_claim(
    staging: Staging,
    directory: Path,
    run: Run,
    options: ReadOptions,
    base: BaseSnapshot | None,
    transforms: Sequence[Transform],
) -> None:
    """An unfinished snapshot is resumed only with the place, options and base that it was begun with."""
    changes = transforms_json(transforms)
    claim: JsonObject = {"place": run.place.identity, "options": options.as_json(), **changes}
    if base:
        claim["base"] = base.fingerprint()
    begun = staging.fact("claim")
    if begun is None:
        staging.set_fact("claim", claim)
    elif begun.get("transforms") != claim.get("transforms"):
        raise UsageError(
            f"{directory} holds an unfinished export with {named_transforms(begun)}, and this one is with "
            f"{named_transforms(claim)}: run it again as it was, or name a new directory"
        )
    elif begun != claim:
        raise UsageError(
            f"{directory} holds an unfinished export of {begun.get('place')} with options {begun.get('options')}; "
            "run it again as it was, or name a new directory"
        )
