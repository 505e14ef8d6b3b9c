"""The stages of an import, and which of them need which others. Pure.

Types are published before the first entry is written; entries need no order among themselves. Every document gets its
first body before anything is published, because a publish may check that what is linked is there.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.providers.contentful.exporting.plan import LISTED
from stackferry.providers.contentful.exporting.staged import organization
from stackferry.providers.contentful.importing import (
    apps,
    editorial,
    schedules,
    settings,
    space_settings,
    workflows,
)
from stackferry.providers.contentful.importing.assets.compared import compare_held
from stackferry.providers.contentful.importing.assets.plan import AssetPlan
from stackferry.providers.contentful.importing.bulk.entries import IN_BULK, BulkEntries
from stackferry.providers.contentful.importing.document_writes import DocumentWrites
from stackferry.providers.contentful.importing.documents import Documents
from stackferry.providers.contentful.importing.environments.told import Told
from stackferry.providers.contentful.importing.mirror.blocking import Blocking
from stackferry.providers.contentful.importing.mirror.steps import Deletions
from stackferry.providers.contentful.importing.publishing.plan import TURNS, PublishPlan
from stackferry.providers.contentful.importing.publishing.softened import SoftTypes
from stackferry.providers.contentful.importing.publishing.trial import Trial
from stackferry.providers.contentful.importing.releases.bodies import ReleaseBodies
from stackferry.providers.contentful.importing.releases.files import ReleaseFiles
from stackferry.providers.contentful.importing.releases.plan import ReleasePlan
from stackferry.providers.contentful.importing.reports import found, report
from stackferry.providers.contentful.importing.selected import cut_links
from stackferry.providers.contentful.importing.taxonomy import TaxonomyPlan
from stackferry.providers.contentful.importing.types.editor_interfaces import EditorPlan
from stackferry.providers.contentful.importing.types.plan import TypePlan
from stackferry.providers.contentful.importing.work import (
    ARCHIVE,
    BEYOND,
    MAY_BE_FILLED,
    NOT_LIVE,
    SHORT,
    TAKE_DOWN,
    TAKE_DOWN_FIRST,
    TELL,
    UNARCHIVE,
    Work,
)
from stackferry.providers.contentful.kinds import ENTRIES
from stackferry.providers.contentful.requests.build import Root
from stackferry.providers.stage_selection import StageSelection
from stackferry.providers.target import ImportStage, WaitFor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Gap, JsonObject, Place
    from stackferry.providers.target import ImportContext, Steps

_CONTENT: Final = ("entries", "assets")
_FOUND: Final = 500  # documents that are written down together
_PUBLISHED: Final = "publishing reported"
_UNBLOCKED: Final = -1  # in place of a turn


def stages(context: ImportContext, place: Place) -> Iterator[ImportStage | WaitFor]:
    """The stages of one import. Where the source is still being exported, a stage waits for what it needs."""
    yield context.until(LISTED)
    root = Root.of(place)._replace(organization=organization(context.target))
    yield ImportStage("files compared", ("assets", "releases"), partial(compare_held, context, root), ())
    yield ImportStage("locales", (), partial(settings.locales, context, root), ())
    yield ImportStage("locales settled", (), settings.locales_settled, ("locales",))
    # All that follows is planned when it is known which files and which locales the target has.
    yield ImportStage("files known", (), lambda: iter(()), None)
    one, selection = _Stages(context, root), StageSelection(context.options)
    for group in (one.structure(), one.content(), one.releases(), one.last(), one.deletions()):
        yield from selection.of(group)


class _Stages:
    """The stages of one import, in groups."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root
        self._work = context.once(Work)
        self._writes = DocumentWrites(context, context.once(Documents), root)
        self._assets = AssetPlan(context, self._writes, root)
        self._publishing = PublishPlan(context, self._writes, self._assets, root)
        self._bulk = BulkEntries(context, self._writes, root)
        self._types = TypePlan(context, root)
        self._soft = SoftTypes(context, self._types, self._publishing, root)

    def _of(self, steps: Callable[[ImportContext, Root], Steps]) -> Callable[[], Steps]:
        return partial(steps, self._context, self._root)

    def structure(self) -> Iterable[ImportStage]:
        """What assets and entries need."""
        editors, concepts = EditorPlan(self._context, self._root), TaxonomyPlan(self._context, self._root)
        seen, widgets = "editor interfaces read", ("extensions", "app installations")
        yield ImportStage("tags", (), self._of(settings.tags), ())
        yield ImportStage("concepts", (), concepts.concepts, ())
        yield ImportStage("related concepts", (), concepts.related, ("concepts",))
        yield ImportStage("concept schemes", (), concepts.schemes, ("concepts",))
        yield ImportStage("extensions", (), self._of(apps.extensions), ())
        yield ImportStage("app installations", (), self._of(apps.installations), ())
        # Types name schemes and concepts.
        yield ImportStage("types", (), self._types.steps, ("locales", "concept schemes"))
        yield ImportStage("types completed", (), self._types.complete, ("types",))
        yield ImportStage(seen, (), editors.look, ("types completed",))
        yield ImportStage("editor interfaces", (), editors.steps, (seen, *widgets))

    def content(self) -> Iterable[ImportStage]:
        """Entries and assets, wave by wave."""
        before = ("locales", "tags", "types completed")
        yield ImportStage("documents found", _CONTENT, self._found, ())
        yield ImportStage("older versions that stay away", ("entries",), self._not_replayed, ())
        yield ImportStage("links that lead nowhere", ("entries",), partial(cut_links.tell, self._context), ())
        told = Told(self._context)
        yield ImportStage("conflicts", (*_CONTENT, "content_types"), told.conflict_steps, ())
        yield ImportStage("uploads", ("assets",), self._assets.uploads, ())
        yield ImportStage("unarchived", _CONTENT, partial(self._changes, UNARCHIVE), ())
        trial = Trial(self._context, self._writes, self._root)
        yield ImportStage("publishing tried", _CONTENT, trial.steps, (*before, "unarchived"))
        written: tuple[str, ...] = ("publishing tried",)
        for at in range(self._work.waves):
            yield from self._wave(at, written)
            written = (f"{_PUBLISHED} {at}",)
        yield ImportStage("softened types read", _CONTENT, self._soft.read_again, written)
        yield ImportStage("types restored", _CONTENT, self._soft.restore, ("softened types read",))
        yield ImportStage("taken down", _CONTENT, partial(self._take_down, TAKE_DOWN), written)
        yield ImportStage("archived", _CONTENT, partial(self._changes, ARCHIVE), ("taken down",))
        yield ImportStage("types taken down", ("content_types",), self._types.take_down, ("archived",))
        all_kinds = (*_CONTENT, "content_types")
        yield ImportStage("promotion remembered", all_kinds, told.remember, ("types taken down",))

    def releases(self) -> Iterable[ImportStage]:
        """Releases with their bodies; what they hold is there."""
        bodies = ReleaseBodies(self._context, self._root)
        plan = ReleasePlan(self._context, bodies, self._root)
        files = ReleaseFiles(self._context, bodies, self._root)
        steps: list[tuple[str, Callable[[], Steps]]] = [
            ("releases", plan.steps),
            ("bodies in releases read", bodies.look),
            ("files of releases uploaded", files.uploads),
            ("bodies in releases", partial(bodies.steps, files)),
            ("links in releases", partial(cut_links.tell_of_releases, self._context)),
            *_turns(files),
            ("releases looked at", bodies.look_at_joined),
            ("releases completed", plan.complete),
            ("releases archived", plan.archive),
        ]
        after: tuple[str, ...] = ("archived",)
        for name, of_stage in steps:
            yield ImportStage(name, ("releases",), of_stage, after)
            after = (name,)

    def last(self) -> Iterable[ImportStage]:
        """What may hold up publishing, or reacts to it."""
        # An archived release cannot be scheduled, so no schedule waits for that.
        yield ImportStage(
            "schedules", ("scheduled_actions",), self._of(schedules.schedules), ("releases", "archived")
        )
        yield ImportStage("workflow definitions", (), self._of(workflows.definitions), ("types",))
        started = ("workflow definitions", "archived", "releases completed")
        yield ImportStage("workflows", ("workflows",), self._of(workflows.workflows), started)
        yield ImportStage("tasks", ("tasks",), self._of(editorial.tasks), ("archived",))
        yield ImportStage("comments", ("comments",), self._of(editorial.comments), ("workflows", "archived"))
        yield ImportStage("saved views", ("ui_config",), self._of(space_settings.ui_config), ("types",))
        yield ImportStage("roles", ("roles",), self._of(space_settings.roles), ("types", "tags", "archived"))
        # An active webhook would be called for every write of the import.
        yield ImportStage("webhooks", ("webhooks",), self._of(space_settings.webhooks), None)

    def deletions(self) -> Iterable[ImportStage]:
        """What a mirror takes away: releases first, for they name entries and assets."""
        deletions = Deletions(self._context, self._root)
        after: tuple[str, ...] = ("releases archived", "archived", "schedules")
        for number, names in enumerate((("releases",), _CONTENT)):
            steps: list[tuple[str, Callable[[], Steps]]] = [
                ("surplus looked at", partial(deletions.look, *names)),
                ("surplus taken down", partial(deletions.take_down, *names)),
                ("surplus deleted", partial(deletions.delete, *names)),
                ("surplus gone", partial(deletions.confirm, *names)),
            ]
            for name, deleting in steps:
                yield ImportStage(f"{name} {number}", names, deleting, after)
                after = (f"{name} {number}",)

    def _wave(self, at: int, after: tuple[str, ...]) -> Iterator[ImportStage]:
        """The bodies at one place: written, their files processed, and published."""
        assets, entries, first = f"assets {at}", f"entries {at}", f"taken down before {at}"
        if at:  # the current body of what is live otherwise has another before it
            yield ImportStage(first, _CONTENT, partial(self._take_down, TAKE_DOWN_FIRST, at), after)
            after = (first,)
        yield ImportStage(assets, ("assets",), partial(self._assets.bodies, at), after, ("uploads",))
        yield from self._processing(at, assets)
        attempt, in_bulk = f"entries in bulk attempted {at}", f"entries in bulk {at}"
        yield ImportStage(attempt, ("entries",), partial(self._bulk.attempt, at), after)
        yield ImportStage(in_bulk, ("entries",), partial(self._bulk.steps, at), (attempt,))
        yield ImportStage(entries, ("entries",), partial(self._entries, at), (in_bulk,))
        if at == 0:
            written, entries = (entries,), "default values taken out"
            yield ImportStage(entries, ("entries",), self._without_defaults, written)
        yield from self._publishing_of(at, (entries, f"files checked {at}"))

    def _processing(self, at: int, written: str) -> Iterator[ImportStage]:
        """The files of one body, one locale after the other. The last look waits until entries are written."""
        before = (written,)
        for turn in range(self._work.files):
            asked, seen = f"files processed {at} {turn}", f"files seen {at} {turn}"
            is_last = turn == self._work.files - 1
            yield ImportStage(asked, ("assets",), partial(self._assets.process, at, turn), before)
            late = (f"entries {at}",) if is_last else ()
            yield ImportStage(
                seen, ("assets",), partial(self._assets.await_processed, at, turn), (asked, *late)
            )
            before = (seen,)
        yield ImportStage(f"files checked {at}", ("assets",), partial(self._assets.not_processed, at), before)

    def _publishing_of(self, at: int, after: tuple[str, ...]) -> Iterator[ImportStage]:
        """Publishing in bulk, again where something is left, and singly at last."""
        plan, soft = self._publishing, self._soft
        steps: list[tuple[str, Callable[[], Steps]]] = [
            ("published", partial(plan.publish, at, 0)),
            ("locales looked at", partial(plan.look_at_parts, at)),
            ("published looked at", partial(plan.look, at, 0)),
            *(self._unblocking(at) if self._context.options.mirror else ()),
            ("types to soften", partial(soft.read, at)),
            ("types softened", partial(soft.soften, at)),
        ]
        for turn in range(1, TURNS):
            steps.append((f"published again {turn}", partial(plan.publish, at, turn)))
            steps.append((f"looked at again {turn}", partial(plan.look, at, turn)))
        steps += [
            ("published singly", partial(plan.publish_singly, at)),
            (_PUBLISHED, partial(plan.report, at)),
        ]
        for name, of_stage in steps:
            # A publish of a type may change its editor interface, which is written at the version that was read.
            more = ("editor interfaces",) if name == "types softened" else ()
            yield ImportStage(f"{name} {at}", _CONTENT, of_stage, (*after, *more))
            after = (f"{name} {at}",)

    def _unblocking(self, at: int) -> Iterator[tuple[str, Callable[[], Steps]]]:
        """What a mirror is to delete and has a value that something wanted must have alone: deleted before the rest."""
        blocking = Blocking(self._context, self._work, self._publishing, at)
        deletions = Deletions(self._context, self._root, blocking.found)
        yield "blocking looked at", partial(deletions.look, ENTRIES.name)
        yield "blocking taken down", partial(deletions.take_down, ENTRIES.name)
        yield "blocking deleted", partial(deletions.delete, ENTRIES.name)
        unblocked = partial(self._publishing.publish_unblocked, at)
        yield "unblocked published", lambda: unblocked(blocking.blocked())
        yield "unblocked looked at", partial(self._publishing.look, at, _UNBLOCKED)

    def _found(self) -> Steps:
        """The documents that the target held before, many a step; and what is lost of those that nothing is done to."""
        for group in batched(self._work.held(), _FOUND):
            key = f"found/{group[0].key}/{len(group)}"
            yield found(key, [(one.kind, one.uid, one.uid) for one in group])
        for planned in self._work.of(TELL):
            yield report(f"told/{planned.document.key}", [*planned.gaps, *self._work.lacking(planned)])
        for planned in self._work.of(BEYOND):
            gap = planned.document.gap(self._work.stays_live(planned))
            yield report(f"stays live/{planned.document.key}", [gap])
        for planned in self._work.of(NOT_LIVE):
            gap = planned.document.gap(self._work.not_published(planned))
            yield report(
                f"not published/{planned.document.key}", [gap], self._writes.version_left(planned.document)
            )

    def _not_replayed(self) -> Steps:
        """The older versions of documents that the target held before."""
        for planned in self._work.of(SHORT):
            document = planned.document
            row = self._context.source.get(document.stream, document.uid) or {}
            gaps = [*self._work.documents.history.lacking(document, row)]
            yield report(f"{document.key}/versions", gaps)

    def _entries(self, at: int) -> Steps:
        for planned in self._work.bodies(at, ENTRIES.name):
            if self._context.identity.target(IN_BULK, f"{planned.document.key}\0{at}") is not None:
                if gaps := [*planned.gaps, *self._bulk.unstored(planned.document, at)]:
                    yield report(f"{planned.document.key}/{at}/told", gaps)
                continue
            if self._writes.is_written(planned.document, at):
                continue  # with it was tried whether single locales can be published
            content = planned.wanted.bodies[at].content
            yield self._writes.body(planned, at, body=partial(_whole, content))

    def _without_defaults(self) -> Steps:
        for planned in self._work.of(MAY_BE_FILLED):
            yield self._writes.without_defaults(planned, planned.wanted.bodies[0].content)

    def _changes(self, what: str) -> Steps:
        change = self._writes.unarchive if what == UNARCHIVE else self._writes.archive
        for planned in self._work.of(what):
            yield change(planned.document)

    def _take_down(self, what: str, before: int | None = None) -> Steps:
        """`before`: of those documents alone whose current body has this place."""
        after: tuple[str, ...] = ()
        for planned in self._work.of(what):
            if before not in (None, planned.wanted.last):
                continue
            document, locales = planned.document, self._work.moves(planned).takes_down
            is_whole = not planned.wanted.live and not self._work.documents.only.codes
            down = self._writes.take_down(planned, locales, is_whole=is_whole)
            if is_whole or self._work.documents.mode_before is not None:
                yield down
                continue
            # The first one shows what the target's space does with such a request.
            again = self._writes.live_again(document, after=(down.key,))
            yield replace(down, after=after)
            yield again
            after = after or (again.key,)


def _turns(files: ReleaseFiles) -> Iterator[tuple[str, Callable[[], Steps]]]:
    """The files of assets in releases are processed one locale after the other."""
    for turn in range(files.rounds):
        yield f"files of releases processed {turn}", partial(files.process, turn)
        yield f"files of releases seen {turn}", partial(files.look, turn)
    yield "files of releases checked", files.not_processed


def _whole(content: JsonObject) -> tuple[JsonObject, list[Gap]]:
    """A body that is sent as it is planned."""
    return content, []
