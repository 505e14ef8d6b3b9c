"""The drivers, called with a report and a bar: what export, import, copy and demo have in common."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from stackferry.cli.connect import connected
from stackferry.cli.target_lock import target_lock
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from stackferry.cli.connect import Reached
    from stackferry.cli.options import Speed
    from stackferry.cli.progress import Progress
    from stackferry.cli.report import Report
    from stackferry.core.rate_limit import Pacer
    from stackferry.drivers.dry_run import Forecast
    from stackferry.drivers.import_run import ImportResult
    from stackferry.drivers.incremental_base import BaseSnapshot
    from stackferry.drivers.run import Run
    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.io.http.session import Session
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import JsonObject, Place
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions


# Kinds of lines that are part of other steps of an import, or of none.
_NO_STEPS = frozenset({"versions", "history", "files", "asset_versions"})


def _run(reached: Reached, session: Session, bar: Progress) -> Run:
    from stackferry.drivers.run import Run

    return Run(reached.system, session, reached.place, bar.emit)


def _lock(place: Place) -> AbstractContextManager[object]:
    return target_lock(place, named(str(place)))


async def back_up(
    source: Reached,
    directory: Path,
    reading: ReadOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
    pacer: Pacer | None = None,
    base: BaseSnapshot | None = None,
) -> Snapshot:
    """Export; the report then says what the snapshot holds and lacks."""
    from stackferry.drivers.export_run import export

    bar.expect({})
    async with connected(source, speed, report, bar, pacer) as session:
        made = await export(_run(source, session, bar), directory, reading, base=base)
    report.objects, report.gaps = counted(made), made.gaps()
    if base is not None:
        report.facts["base"] = {**base.reused}
    if not reading.is_narrow:  # how few requests bring a part depends on what was looked through for it
        report.minimum |= _without(_fewest_reads(source, made, reading), base.reused if base else {})
    return made


def _fewest_reads(source: Reached, made: Snapshot, reading: ReadOptions) -> dict[str, int]:
    return source.system.export_minimum(made.record_counts(), made.objects, reading.versions)


def _without(minimum: dict[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    """The fewest requests where some lines came from a base: each stood for one request."""
    files = taken.get("files", 0)
    return {
        **minimum,
        "read": minimum["read"] - sum(taken.values()) + files,
        "asset": minimum["asset"] - files,
    }


async def bring(
    snapshot: Snapshot,
    target: Reached,
    state: Path,
    writing: WriteOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
    pacer: Pacer | None = None,
) -> None:
    """Import; the report then says what has arrived and what has not."""
    from stackferry.drivers.import_run import import_snapshot

    bar.expect({} if writing.choice.is_narrow or writing.only else _steps(snapshot))
    async with connected(target, speed, report, bar, pacer) as session:
        done = await import_snapshot(_run(target, session, bar), snapshot, state, writing, lock=_lock)
    _brought(snapshot, done, report)


def _brought(snapshot: Snapshot, done: ImportResult, report: Report) -> None:
    report.objects, report.gaps = arrived(snapshot, done.identities), done.gaps
    report.minimum |= done.minimum
    report.lists["renumbered"] = done.renumbered
    report.facts["resumed"] = done.resumed


async def pipe(
    source: Reached,
    target: Reached,
    directory: Path,
    state: Path,
    reading: ReadOptions,
    writing: WriteOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
    pacer: Pacer,
    shared: Pacer | None,
) -> None:
    """Export and import at the same time; the report then says what has arrived and what has not.

    `shared` is the pacer of both sides where they are one service.
    """
    from stackferry.drivers.copy_run import copy

    bar.expect({})
    async with (
        connected(source, speed, report, bar, pacer) as there,
        connected(target, speed, report, bar, shared) as here,
    ):
        sides = (_run(source, there, bar), _run(target, here, bar))
        snapshot, done = await copy(*sides, directory, state, reading, writing, lock=_lock)
    report.minimum |= _fewest_reads(source, snapshot, reading)
    _brought(snapshot, done, report)


async def give_up(target: Reached, state: Path, speed: Speed, report: Report, bar: Progress) -> None:
    """Abandon an import; the report then says how many temporary changes were taken back."""
    from stackferry.drivers.import_run import abandon

    async with connected(target, speed, report, bar) as session:
        report.facts["taken_back"] = await abandon(_run(target, session, bar), state)


async def forecast(
    snapshot: Snapshot,
    target: Reached,
    state: Path,
    writing: WriteOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
) -> None:
    """Rehearse an import; the report then says what it would write, in how many requests and how long."""
    from stackferry.drivers.import_run import forecast as forecast_import

    bar.expect({} if writing.choice.is_narrow or writing.only else _steps(snapshot))
    async with connected(target, speed, report, bar) as session:
        found, gaps = await forecast_import(_run(target, session, bar), snapshot, state, writing)
    report.gaps = gaps
    _planned(found, speed, report)


def _planned(found: Forecast, speed: Speed, report: Report) -> None:
    report.facts["plan"] = found.as_json()
    report.facts["planned_requests"] = {**found.requests}
    report.facts["planned_seconds"] = speed.seconds(found.requests)


async def contrast(
    snapshot: Snapshot,
    target: Reached,
    writing: WriteOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
    pacer: Pacer | None = None,
) -> None:
    """Compare with a target as an import into it would; the report then also says which entries differ."""
    from stackferry.drivers.dry_run_diff import dry_run_diff

    bar.expect({})
    async with connected(target, speed, report, bar, pacer) as session:
        found = await dry_run_diff(_run(target, session, bar), snapshot, writing)
    report.gaps, report.objects = found.gaps, {}
    report.facts["comparison"] = {kind: {**counts} for kind, counts in found.counts.items()}
    report.facts["entries"] = [*found.entries]
    _planned(found.forecast, speed, report)


async def compare(
    snapshot: Snapshot,
    target: Reached,
    state: Path,
    comparing: WriteOptions,
    speed: Speed,
    report: Report,
    bar: Progress,
) -> VerifyResult:
    """Verify a target; the report then says what was compared, what differs and what is missing."""
    from stackferry.drivers.verify_run import verify_target

    bar.expect({})
    async with connected(target, speed, report, bar) as session:
        verdict = await verify_target(_run(target, session, bar), snapshot, state, options=comparing)
    report.objects, report.gaps = verdict.compared, verdict.gaps
    report.facts["differences"] = [*verdict.differences]
    return verdict


def counted(snapshot: Snapshot) -> dict[str, int]:
    """How many lines a snapshot holds of each kind."""
    counts = as_object(snapshot.manifest.get("counts"))
    return {kind: count for kind, count in counts.items() if isinstance(count, int)}


def _steps(snapshot: Snapshot) -> dict[str, int]:
    """How many steps of each kind an import takes, as far as the counts tell: each version is one of an entry's."""
    counts = counted(snapshot)
    steps = {kind: count for kind, count in counts.items() if kind not in _NO_STEPS}
    return steps | {"entries": counts.get("entries", 0) + counts.get("versions", 0)}


def arrived(snapshot: Snapshot, identities: dict[str, int]) -> dict[str, int]:
    """How many objects of each kind have a counterpart in the target; versions are those of every language."""
    kinds = counted(snapshot).keys() - {"versions"}
    found = {kind: count for kind, count in identities.items() if kind in kinds}
    return found | {"entry_versions": identities["versions"]} if "versions" in identities else found


def opened(directory: Path, bar: Progress) -> Snapshot:
    """A snapshot, or a snapshot made of an export by the vendor's own CLI, which is left as it is."""
    from stackferry.drivers.working_directory import remove_new_dirs_on_failure
    from stackferry.formats.csdx.convert import csdx_to_snapshot, is_csdx_export
    from stackferry.io.config import state_directory
    from stackferry.io.storage.snapshot import Snapshot

    if not is_csdx_export(directory):
        return Snapshot(directory)
    kept = state_directory() / "exports" / named(str(directory.resolve()))
    with remove_new_dirs_on_failure(kept):
        return csdx_to_snapshot(directory, kept, emit=bar.emit)


def state_of(snapshot: Snapshot, target: Reached, state: Path | None) -> Path:
    """Where the checkpoint of an import lies."""
    from stackferry.drivers.import_run import state_path
    from stackferry.io.config import state_directory

    return state or state_path(state_directory(), snapshot.root, target.place)


def named(*facts: str) -> str:
    """A directory name that stands for these facts, the same on every run."""
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:32]


def source_of(snapshot: Snapshot) -> str:
    """Where a snapshot comes from, as far as it knows."""
    source: JsonObject = {}
    if isinstance(found := snapshot.manifest.get("source"), dict):
        source = found
    host = source.get("host")
    key = source.get("key") or "?"
    return f"{source.get('system')}://{key}{f'@{host}' if host else ''}/{source.get('branch')}"
