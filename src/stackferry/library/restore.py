"""`stackferry.restore`: single entries, assets and releases of a snapshot, back into a place; and what it would do."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackferry.drivers import import_run
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.import_outcome import RENUMBERED
from stackferry.drivers.import_target import TARGET
from stackferry.drivers.run import Confirm, always_confirmed
from stackferry.errors import UsageError
from stackferry.io.clock import SystemClock
from stackferry.io.config import state_directory
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.library.connect import Connector, PlaceLike, Token, find_endpoint, single_error
from stackferry.library.import_ import import_report, own_options, planned, refuse_other_system
from stackferry.library.listing import Listing, did_you_mean_row
from stackferry.library.monitor import Monitor
from stackferry.library.pages import check_outside
from stackferry.library.plan_page import write_plan_page
from stackferry.library.reports import ImportReport, RestorePlan, RestoreReport
from stackferry.library.speed import Speed
from stackferry.library.state import identity_map, name_of, open_snapshot, target_lock
from stackferry.library.words.plan_words import rows_of, tell_writes
from stackferry.providers.selection import Selection
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from stackferry.drivers.import_again import FindMap
    from stackferry.drivers.import_run import FinishedDryRun
    from stackferry.drivers.run import Run
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Endpoint
    from stackferry.library.words.plan_words import OnWrite
    from stackferry.model import JsonObject
    from stackferry.providers.system import NamedObject, System

_SHOWN = 10  # objects of one name that a message lists


async def restore(
    names: str | Collection[str],
    snapshot: str | Path | Snapshot,
    place: PlaceLike,
    *,
    version: int = 0,
    locales: str | Collection[str] = (),
    publish: str = "",
    token: Token = None,
    state: str | Path | None = None,
    identities: str | Path | None = None,
    confirm: Confirm = always_confirmed,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> RestoreReport:
    """Write single entries, assets and releases of a snapshot into a place, and nothing else. Run again, it resumes.

    `names` are uids; or titles or urls of entries, titles, file names or urls of assets, names of releases. `locales`:
    only these languages of entries. `publish`: "same" makes live what the snapshot has live of these objects, and
    nothing else of them; "none" leaves that alone. `version`: the content of that version becomes a new latest one;
    nothing is published then. Of documents that are there only the fields that differ are written.

    `state` is a directory for checkpoints; None: one in the platform's state directory that belongs to this snapshot,
    this place and these objects. The identities are those of imports between the two places. `confirm` is asked once,
    before the first write, with what the place holds; False ends it.

    Raises UsageError before the first write for a name that is none or several, a version or a language that the
    snapshot does not hold, a content type or a language that the place does not have; AccessError, BusyError,
    CorruptError or ServiceError.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor(), confirm=_once(confirm))
    with single_error():
        asked = _Asked(names, version, [locales] if isinstance(locales, str) else locales, publish)
        found = _find(asked, snapshot, place, token, state, connector)
        find, reports = identity_map(identities, state), list[ImportReport]()
        async with connector.run(found.endpoint) as run:
            for part in found.parts:
                result = await import_run.import_snapshot(
                    run, found.snapshot, part.state, part.options, identities=find, lock=target_lock
                )
                reports.append(import_report(found.snapshot, result, part.state, connector.monitor))
                # The next run reads the place anew.
                Files(part.state).remove(TARGET, missing_ok=True)
        return _report(found, reports)


async def plan_restore(
    names: str | Collection[str],
    snapshot: str | Path | Snapshot,
    place: PlaceLike,
    *,
    version: int = 0,
    locales: str | Collection[str] = (),
    publish: str = "",
    token: Token = None,
    state: str | Path | None = None,
    identities: str | Path | None = None,
    html: str | Path | None = None,
    on_write: OnWrite | None = None,
    speed: Speed | None = None,
    on_event: Emit = silent,
    monitor: Monitor | None = None,
) -> RestorePlan:
    """What `restore` with the same arguments would do now. Sends no write. Raises what it raises before one.

    `html` is a file that gets it as a page for people; `on_write` as in `plan_import`.
    """
    connector = Connector(speed or Speed(), on_event, monitor or Monitor())
    with single_error():
        asked = _Asked(names, version, [locales] if isinstance(locales, str) else locales, publish)
        found = _find(asked, snapshot, place, token, state, connector)
        if html is not None:
            check_outside(Path(html), (found.snapshot,))
        async with connector.run(found.endpoint) as run, AsyncExitStack() as stack:
            find = identity_map(identities, state)
            runs = [await stack.enter_async_context(_dry_run(run, found, part, find)) for part in found.parts]
            plan = _plan(found, [planned(done, found.endpoint, connector, None) for done in runs], runs)
            if on_write is not None:
                for done in runs:
                    tell_writes(done, found.endpoint.system, on_write)
            if html is not None:
                write_plan_page(
                    Path(html),
                    runs,
                    found.endpoint.system,
                    plan.planned_requests,
                    plan.planned_seconds,
                    found.snapshot.root,
                )
            return plan


def _once(confirm: Confirm) -> Confirm:
    """Asks once, however many parts there are; what always agrees stays what it is."""
    if confirm is always_confirmed:
        return confirm
    answers: list[bool] = []

    def ask(content: Sequence[str]) -> bool:
        answers[:] = answers or [confirm(content)]
        return answers[0]

    return ask


@dataclass(frozen=True, slots=True)
class _Asked:
    names: str | Collection[str]
    version: int
    locales: Collection[str]
    publish: str

    def distinct_names(self) -> list[str]:
        return [*dict.fromkeys([self.names] if isinstance(self.names, str) else self.names)]


@dataclass(frozen=True, slots=True)
class _Part:
    """Objects that are restored together: the options of that import, and the directory of its checkpoint."""

    options: WriteOptions
    state: Path


@dataclass(frozen=True, slots=True)
class _Found:
    """What the arguments mean."""

    endpoint: Endpoint
    snapshot: Snapshot
    state: Path
    named: Sequence[NamedObject]
    parts: Sequence[_Part]

    def rows(self) -> list[JsonObject]:
        """A row for each object that was named, for a report."""
        rows: list[JsonObject] = []
        for one in self.named:
            of_type: JsonObject = {"content_type": one.type} if one.type else {}
            rows.append({"kind": one.kind, "uid": one.uid, **of_type, "title": one.title})
        return rows


def _find(
    asked: _Asked,
    snapshot: str | Path | Snapshot,
    place: PlaceLike,
    token: Token,
    state: str | Path | None,
    connector: Connector,
) -> _Found:
    endpoint = find_endpoint(place, "target", token)
    held = open_snapshot(snapshot, connector.emit)
    refuse_other_system(held, endpoint)
    if held.manifest.get("transforms"):
        raise UsageError(
            f"{held.root} was changed since it was exported (its manifest names transforms), so it is not what was "
            "there: nothing of it can be restored; name a snapshot as it was exported"
        )
    named = _named(held, endpoint.system, asked.distinct_names())
    _check(asked, named)
    where = _state(held, endpoint, named, asked) if state is None else Path(state)
    connector.monitor.state = where
    numbers = sorted({one.part for one in named})
    parts = [
        _Part(
            _options(asked, endpoint, [one for one in named if one.part == number]), where / f"part-{number}"
        )
        for number in numbers
    ]
    return _Found(endpoint, held, where, named, parts)


def _named(snapshot: Snapshot, system: System, names: Collection[str]) -> list[NamedObject]:
    """The object that each name means. Raises UsageError for a name of none, or of several."""
    if not names or "" in names:
        raise UsageError(
            "say what to restore: the uid, the title or the url of an entry, an asset or a release"
        )
    with closing(SnapshotIndex(snapshot, system.record_key)) as index:
        found = system.find_named(index, names)
    for name, members in found.items():
        if not members:
            raise UsageError(
                f"{snapshot.root} holds nothing with the uid, title, url or name '{name}' that can be restored: "
                f"'stackferry ls {snapshot.root} entries' lists entries, and so on{_near(snapshot, name)}"
            )
        if len(members) > 1:
            raise _several(name, members)
    return [*dict.fromkeys(members[0] for members in found.values())]


def _near(snapshot: Snapshot, name: str) -> str:
    """The end of a message that names what may have been meant."""
    listing = Listing(snapshot)
    kinds = (*listing.reader.live_kinds, "releases")
    return did_you_mean_row(name, (row for kind in kinds for row in listing.rows(kind)))


def _several(name: str, members: Sequence[NamedObject]) -> UsageError:
    more = f" and {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
    shown = "; ".join(one.label for one in members[:_SHOWN])
    is_told_apart = len({one.uid for one in members}) == len(members)
    by = "its uid" if is_told_apart else " or ".join(one.selected_by for one in members[:_SHOWN])
    return UsageError(f"'{name}' means several objects of the snapshot: {shown}{more}: name one by {by}")


def _check(asked: _Asked, named: Sequence[NamedObject]) -> None:
    """Raise UsageError for what these objects cannot be asked for in."""
    if asked.version < 0:
        raise UsageError(f"version={asked.version!r}: it must be 0 (the latest) or more")
    if asked.publish not in ("", "same", "none"):
        raise UsageError(f"publish={asked.publish!r}: it must be one of '', 'same', 'none'")
    if asked.version and len(named) > 1:
        raise UsageError("a version is one of a single object: name one")
    if asked.version and not named[0].has_versions:
        raise UsageError(f"{named[0].label} has no versions: leave --version out")
    if asked.version and asked.publish == "same":
        raise UsageError(
            f"version {asked.version} becomes a new draft, and nothing is published: leave --publish same out, and "
            "publish it when you have looked at it"
        )
    if asked.locales and not any(one.has_languages for one in named):
        raise UsageError(f"{named[0].label} has no languages: leave --locale out")


def _options(asked: _Asked, endpoint: Endpoint, named: Iterable[NamedObject]) -> WriteOptions:
    """The options of the import of some objects and nothing else."""
    publish = "none" if asked.version else asked.publish or "same"
    members = [*named]
    is_pinning = (
        members[0].part > 0
    )  # what a release names is matched in its older versions, and not published
    options = WriteOptions(
        versions="latest" if publish == "none" and not is_pinning else "pinned",
        publish="none" if is_pinning else publish,
        on_conflict="update",
        only=frozenset(one.kind for one in members),
        selection=Selection(
            uids=frozenset(one.selected_by for one in members),
            # Items of a release are what they are in every language.
            locales=frozenset(asked.locales) if any(one.has_languages for one in members) else frozenset(),
            version=asked.version,
        ),
        now=SystemClock().wall(),
    )
    return own_options(endpoint, options)


def _state(snapshot: Snapshot, target: Endpoint, named: Iterable[NamedObject], asked: _Asked) -> Path:
    """Where the checkpoints of this restore lie: the same from every folder, another one for other objects."""
    uids, locales = sorted(one.selected_by for one in named), sorted(asked.locales)
    manifest = snapshot.files.digest("manifest.json").sha256
    facts = (str(snapshot.root.resolve()), manifest, target.place.identity, str(asked.version))
    return state_directory() / "restores" / name_of(*facts, *uids, "", *locales)


def _report(found: _Found, reports: Sequence[ImportReport]) -> RestoreReport:
    """The reports of all parts as one."""
    files = Files(found.state)
    lines = (line for one in reports for line in Files(one.renumbered.parent).lines(one.renumbered.name))
    # A part may also number what it only matches.
    files.write_atomically(RENUMBERED, dict.fromkeys(lines))
    resumed: JsonObject = {**_sum(one.resumed for one in reports)}
    return RestoreReport(
        objects=_sum(one.objects for one in reports),
        gaps=[gap for one in reports for gap in one.gaps],
        left=[row for one in reports for row in one.left],
        remarks=_joined(one.remarks for one in reports),
        requests=reports[-1].requests,
        seconds=reports[-1].seconds,
        state=found.state,
        renumbered=found.state / RENUMBERED,
        resumed=resumed,
        named=found.rows(),
    )


def _dry_run(
    run: Run, found: _Found, part: _Part, find: FindMap
) -> AbstractAsyncContextManager[FinishedDryRun]:
    return import_run.dry_run(run, found.snapshot, part.state, part.options, identities=find)


def _plan(found: _Found, facts: Sequence[dict[str, Any]], runs: Sequence[FinishedDryRun]) -> RestorePlan:
    """The plans of all parts as one."""

    def rows(name: str) -> list[JsonObject]:
        return [row for one in facts for row in one[name]]

    def values(name: str) -> list[Any]:
        return [one[name] for one in facts]

    return RestorePlan(
        objects={},
        gaps=rows("gaps"),
        left=rows("left"),
        remarks=_joined(values("remarks")),
        requests=facts[-1]["requests"],
        seconds=facts[-1]["seconds"],
        plan={kind: counts for one in values("plan") for kind, counts in one.items()},
        planned_requests=_sum(values("planned_requests")),
        planned_seconds=sum(values("planned_seconds")),
        planned_waits=sum(values("planned_waits")),
        events=_sum(values("events")),
        named=found.rows(),
        writes=[
            {name: value for name, value in row.items() if name != "line"}
            for done in runs
            for row in rows_of(done)
        ],
    )


def _sum(counts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _joined(remarks: Iterable[Mapping[str, Sequence[JsonObject]]]) -> dict[str, list[JsonObject]]:
    """Lists of the same name as one."""
    found: dict[str, list[JsonObject]] = {}
    for one in remarks:
        for name, rows in one.items():
            found.setdefault(name, []).extend(rows)
    return found
