"""The plan for publish state: each version that is published in the source, published in the same places.

1. Localized documents go through bulk publish: ten items, one language and the same environments a request. In a bulk
   call over several languages an item's version would count only for its own language.
2. What a language only falls back to goes through single publish, under the language of its document.
3. The service publishes after it has answered, so what is really published is read back; what is not is published
   singly, read back again, and what is then still not published is a gap.

Into a target without content, publishing runs beside the writing of entries: a request leaves when its documents are
there. What goes into one request follows from the snapshot alone, so it is the same on every resume; the target's
uids and versions are filled in when the request leaves. Pure; one entry at a time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from stackferry.json_values import integer, text
from stackferry.model import Budget, Gap, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.publications import (
    Publication,
    asset_publications,
    publish_details,
    stored_publications,
)
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.importing.assets import asset_keys
from stackferry.providers.contentstack.importing.publishing.batches import (
    Batch,
    PublishItem,
    batches,
    publish_items,
    requests,
)
from stackferry.providers.contentstack.importing.publishing.target_publication import (
    LOOK,
    SOME_MISSING,
    TargetPublication,
    bulk_request,
    look,
    single_request,
)
from stackferry.providers.contentstack.target_names import environment_name, target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Step, WaitFor, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion
    from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
    from stackferry.providers.target import Steps

_EVERYTHING = "everything"  # no step has this key: a step that waits for it waits until everything is written
_SOME_LATE = ("late", "", "yes")  # stored beside every late item: without it no item need be looked up
_ITEMS_A_TURN = 20  # documents that are looked at before other tasks have their turn
_PREVENT_EARLY = ("content_types", "assets", "publish_rules")


class PublishPlan:
    """The publishing of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._names = {
            text(row.get("uid")): text(row.get("name"))
            for row in context.source.objects(Stream("environments"))
        }
        self._master = master_locale(context.source)
        self._last: tuple[Entry, list[Publication]] | None = None
        held = (row for kind in _PREVENT_EARLY for row in context.target.objects(Stream(kind)))
        self.is_alongside = next(held, None) is None
        """Whether publishing may begin while entries are written: the target holds no content and no publish rule."""

    def early(self, entry: Entry, document: EntryVersion, after: Sequence[str]) -> Iterator[Write]:
        """What must be published before `document` makes its language one of its own.

        The source shows there what the language fell back to at the time; once it is localized, no call does.
        """
        first = next(version for version in entry.versions if version.locale == document.locale)
        options = self._context.options
        if document is first and options.includes("entries") and options.publish != "none":
            for publication in self._of(entry):
                if publication.locale == document.locale and self._is_from_fallback(publication):
                    yield self._early(publication, after)

    def _early(self, publication: Publication, after: Sequence[str]) -> Write:
        """Built when the version that it publishes has its number in the target."""

        def build() -> PreparedWrite:
            target = self._translated(publication)
            return PreparedWrite(
                request=single_request(target, [target.environment])
                if isinstance(target, TargetPublication)
                else None
            )

        place = f"{publication.locale}/{publication.environment}/{publication.version}"
        return _write(
            f"publish-early/{publication.content_type}/{publication.uid}/{place}", publication, build, after
        )

    def publish_alongside(self, plan: EntryPlan) -> Steps:
        """What can be published while entries are written, in the order in which the documents are finished."""
        expected = None if self._context.running_export is None else self._expected
        for batch in batches(lambda: self._in_order_of_writing(plan), expected):
            yield self._step("publish", batch, self._is_finished) if isinstance(batch, Batch) else batch

    def publish(self) -> Steps:
        """Everything else that is to be published, now that all is settled."""
        if not self.is_alongside or self._context.identity.target(*_SOME_LATE[:2]):
            for batch in batches(lambda: publish_items(filter(self._is_still_to_publish, self._facts()))):
                yield self._step("publish-late", batch, lambda _: True) if isinstance(batch, Batch) else batch
        yield self._report_untranslated()

    def requests(self) -> tuple[int, int]:
        """How many single and how many bulk requests publish everything, once all has its target name."""
        shown = (
            publication
            for publication in self._facts()
            if isinstance(self._translated(publication), TargetPublication)
        )
        return requests(publish_items(shown))

    def confirm(self) -> Iterator[Step]:
        yield from _looks("confirm", self.shown(), final=False)

    def publish_again(self) -> Iterator[Step]:
        """What a bulk request did not publish, singly."""
        for target in self._missing():
            document = f"{target.content_type}/{target.source}/{target.version}"
            key = f"publish-again/{target.locale}/{target.environment}/{document}"
            request = single_request(target, [target.environment])
            publication = Publication(
                target.content_type, target.source, target.locale, "", "", target.version
            )
            yield _write(key, publication, partial(PreparedWrite, request=request))

    def confirm_again(self) -> Iterator[Step]:
        yield from _looks("confirm-again", self._missing(), final=True)

    def _missing(self) -> Iterator[TargetPublication]:
        if self._context.identity.target(*SOME_MISSING[:2]) is None:
            return iter(())
        return (target for target in self.shown() if self._context.identity.target("missing", target.key))

    def shown(self) -> Iterator[TargetPublication]:
        """Everything to be published, in the target's uids and versions."""
        return (target for target in self.translated() if isinstance(target, TargetPublication))

    def translated(self) -> Iterator[TargetPublication | Gap]:
        """Every publication in the target's uids and versions, or the gap where the target lacks one of them."""
        return (self._translated(publication) for publication in self._facts())

    def _facts(self) -> Iterator[Publication]:
        includes = self._context.options.includes
        assets = asset_publications(self._context.source) if includes("assets") else ()
        return chain(assets, self._context.once(stored_publications) if includes("entries") else ())

    def _of(self, entry: Entry) -> list[Publication]:
        """The publications of an entry. The last entry's are kept, because its documents follow each other."""
        if self._last is None or self._last[0] is not entry:
            known = self._context.once(stored_publications)
            self._last = (entry, [*known.of(entry.content_type, entry.uid)])
        return self._last[1]

    def _expected(self) -> Iterator[PublishItem]:
        """Everything that the listings show; a version that is not in the target later is published by no request."""
        return publish_items(
            publication for publication in self._facts() if not self._is_from_fallback(publication)
        )

    def _in_order_of_writing(self, plan: EntryPlan) -> Iterator[PublishItem | WaitFor | None]:
        """Everything in the order in which it is written; last the entries without a master document.

        These wait until everything is written: the service may have made a master document that is removed first.
        None now and then, so that other tasks have their turn while nothing is found.
        """
        includes, last = self._context.options.includes, False
        for item in publish_items(asset_publications(self._context.source) if includes("assets") else ()):
            yield replace(item, after=self._uploads(item.fact))
        for number, found in enumerate(plan.finished() if includes("entries") else ()):
            if number % _ITEMS_A_TURN == 0:
                yield None
            if isinstance(found, WaitFor):
                yield found
                continue
            entry, document, after = found
            if self._is_masterless(entry):
                last = True
            else:
                yield from self._items_of(entry, document, after)
        for found in plan.finished() if last else ():
            if not isinstance(found, WaitFor) and self._is_masterless(found[0]):
                yield from self._items_of(*found[:2], (_EVERYTHING,))

    def _items_of(
        self, entry: Entry, document: EntryVersion, after: tuple[str, ...]
    ) -> Iterator[PublishItem]:
        """The publications of one document, with the steps that they wait for."""
        place = (document.locale, document.version)
        facts = (
            publication
            for publication in self._of(entry)
            if (publication.document_locale, publication.version) == place
        )
        for item in publish_items(
            publication for publication in facts if not self._is_from_fallback(publication)
        ):
            yield replace(item, after=after)

    def _is_masterless(self, entry: Entry) -> bool:
        return entry.versions[0].locale != self._master

    def _uploads(self, publication: Publication) -> tuple[str, ...]:
        """The steps that make a version of an asset; none where the snapshot lacks it."""
        asset = self._context.source.get(Stream("assets"), publication.uid) or {}
        if (integer(asset.get("_version")) or 1) == publication.version:
            return asset_keys(asset)
        older = self._context.source.get(Stream("asset_versions"), publication.uid, publication.version)
        return asset_keys(older) if older is not None else ()

    def _is_from_fallback(self, publication: Publication) -> bool:
        """Whether a localized language still shows what it fell back to before: that is published early."""
        if not publication.content_type or publication.document_locale == publication.locale:
            return False
        stream = Stream("entries", publication.content_type, publication.locale)
        return self._context.source.get(stream, publication.uid) is not None

    def _is_finished(self, publication: Publication) -> bool:
        """Whether a version has its last number: one in which the service filled in fields is written again."""
        identity, key = self._context.identity, publication.version_key
        return identity.target("inherited", key) is None or identity.target("emptied", key) is not None

    def _is_still_to_publish(self, publication: Publication) -> bool:
        target = self._translated(publication)
        if isinstance(target, Gap) or self._is_from_fallback(publication):
            return False
        if self.is_alongside:
            return self._context.identity.target("late", publication.shown_version_key) is not None
        return not self._is_shown_already(target)

    def _is_shown_already(self, target: TargetPublication) -> bool:
        """Whether the target showed this version in this place before the import began."""
        stream = (
            Stream("entries", target.content_type, target.owner) if target.content_type else Stream("assets")
        )
        document = self._context.target.get(stream, target.uid)
        return document is not None and (target.environment_uid, target.locale, target.version) in set(
            publish_details(document)
        )

    def _step(self, name: str, batch: Batch, is_ready: Callable[[Publication], bool]) -> Write:
        """One request. Items that are not ready when it leaves are remembered, and published late."""
        first, singly = batch.items[0].fact, batch.items[0].falls_back

        def build() -> PreparedWrite:
            ready = [item for item in batch.items if is_ready(item.fact)]
            late = [("late", item.fact.shown_version_key, "yes") for item in batch.items if item not in ready]
            late += [_SOME_LATE] if late else []
            shown = [self._everywhere(item, batch.environments) for item in ready]
            items = [places[0] for places in shown if places]
            environments = next(
                (sorted({target.environment for target in places}) for places in shown if places), []
            )
            if not items:
                return PreparedWrite(identities=late)
            if singly:
                return PreparedWrite(request=single_request(items[0], environments), identities=late)
            return PreparedWrite(
                request=bulk_request(items, environments, self._context.options), identities=late
            )

        after = [key for item in batch.items for key in item.after]
        step = _write(f"{name}/{batch.name}", first, build, after)
        # What a bulk request does not publish is found by `confirm`, and published singly.
        return step if singly else replace(step, reported_later=True, budget=Budget.BULK)

    def _everywhere(self, item: PublishItem, environments: Iterable[str]) -> list[TargetPublication]:
        """The publications of an item in those of the environments that the target has."""
        found = (self._translated(replace(item.fact, environment=uid)) for uid in environments)
        return [target for target in found if isinstance(target, TargetPublication)]

    def _translated(self, publication: Publication) -> TargetPublication | Gap:
        identity = self._context.identity
        kind = "entries" if publication.content_type else "assets"
        uid, environment = (
            identity.target(kind, publication.uid),
            identity.target("environments", publication.environment),
        )
        versions = "versions" if publication.content_type else "asset_versions"
        version = identity.target(versions, publication.version_key)
        if uid is None or environment is None or version is None:
            return _gap(publication, uid, environment, self._names)
        name = self._names.get(publication.environment, "")
        return TargetPublication(
            content_type=publication.content_type,
            locale=target_locale(self._context, publication.locale),
            uid=uid,
            owner=target_locale(self._context, publication.document_locale)
            if publication.document_locale
            else "",
            version=int(version),
            environment=environment_name(self._context.options, name),
            environment_uid=environment,
            source=publication.uid,
        )

    def _report_untranslated(self) -> Write:
        """A step that writes nothing and reports what cannot be published as gaps."""
        return Write(
            key="publish/untranslated",
            kind="publications",
            build=lambda: PreparedWrite(
                gaps=[target for target in self.translated() if isinstance(target, Gap)]
            ),
            read=read_notice,
            failed=Gap(kind="publications", uid="*", reason=""),
        )


def _gap(publication: Publication, uid: str | None, environment: str | None, names: dict[str, str]) -> Gap:
    where = f"{names.get(publication.environment, publication.environment)}, {publication.locale}"
    if environment is None:
        reason = f"published in environment {publication.environment}, which is not there"
    elif uid is None:
        reason = f"published in {where}, but it could not be imported"
    else:
        reason = (
            f"version {publication.version} is published in {where}, but neither the snapshot nor what the target held "
            "before has that version"
        )
    kind = "publications" if publication.content_type else "asset_publications"
    return Gap(
        kind=kind,
        uid=publication.uid,
        type=publication.content_type,
        locale=publication.locale,
        reason=reason,
    )


def _write(
    key: str, publication: Publication, build: Callable[[], PreparedWrite], after: Sequence[str] = ()
) -> Write:
    """A write that publishes. Publishing what is published already changes nothing, so it may be repeated."""
    failed = Gap(
        kind="publications" if publication.content_type else "asset_publications",
        uid=publication.uid,
        type=publication.content_type,
        locale=publication.locale,
        reason="the target refused to publish it",
    )
    return Write(
        key=key,
        kind="publications",
        build=build,
        read=read_notice,
        failed=failed,
        after=after,
        optional=True,
    )


def _looks(name: str, shown: Iterable[TargetPublication], *, final: bool) -> Iterator[Step]:
    """One reading for each hundred documents of a type and language."""
    cells: dict[tuple[str, str], dict[str, list[TargetPublication]]] = {}
    numbers: Counter[tuple[str, str]] = Counter()

    def looked(cell: tuple[str, str]) -> Step:
        key = f"{name}/{cell[0]}/{cell[1]}/{numbers[cell]}"
        numbers[cell] += 1
        return look(key, *cell, cells.pop(cell), final=final)

    for target in shown:
        cell = (target.content_type, target.owner)
        if len(cells.get(cell, ())) == LOOK and target.uid not in cells[cell]:
            yield looked(cell)
        cells.setdefault(cell, {}).setdefault(target.uid, []).append(target)
    for cell in sorted(cells):
        yield looked(cell)
