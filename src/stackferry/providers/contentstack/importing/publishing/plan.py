"""The plan for publish state: each version that is published in the source, published in the same places.

1. Localized documents go through bulk publish: ten items, one language and the same environments a request. So does
   what a language falls back to, where the latest version is live.
2. An older version that a language falls back to goes through single publish, under the language of its document: in a
   bulk call its version may count for its own language only.
3. The service publishes after it has answered, so what is really published is read back; what is not is published
   singly, read back again, and what is then still not published is a gap.

Into a target without content, publishing runs beside the writing of entries: a request leaves when its documents are
there. What goes into one request follows from the snapshot alone, so it is the same on every resume; the target's
uids and versions are filled in when the request leaves. Pure; one entry at a time.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain, filterfalse
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.model import Budget, Gap, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.publications import (
    Publication,
    asset_publications,
    document_publications,
    stored_publications,
)
from stackferry.providers.contentstack.importing.answers import Noticed, read_notice
from stackferry.providers.contentstack.importing.assets.keys import version_keys
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.deleted import ANEW
from stackferry.providers.contentstack.importing.entries.second_look import moved_since
from stackferry.providers.contentstack.importing.entries.withheld import not_published
from stackferry.providers.contentstack.importing.promotion import is_of_kept
from stackferry.providers.contentstack.importing.publishing.batches import (
    Batch,
    PublishItem,
    TargetPublication,
    batches,
    bulk_request,
    publish_items,
    requests,
    single_request,
)
from stackferry.providers.contentstack.importing.publishing.fallbacks import Fallbacks
from stackferry.providers.contentstack.importing.publishing.held import HeldPublications
from stackferry.providers.contentstack.importing.publishing.listed_in import ListedIn
from stackferry.providers.contentstack.importing.publishing.live_again import live_since
from stackferry.providers.contentstack.importing.publishing.live_beyond import live_beyond
from stackferry.providers.contentstack.importing.publishing.read_back import (
    SOME_MISSING,
    publication_gap,
    read_back,
)
from stackferry.providers.contentstack.importing.publishing.readings import Readings
from stackferry.providers.contentstack.importing.publishing.singly import alone, single_publication
from stackferry.providers.contentstack.target_names import environment_name, target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Step, WaitFor, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion
    from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
    from stackferry.providers.contentstack.importing.same_versions import VersionPair
    from stackferry.providers.target import Steps

_EVERYTHING = "everything"  # no step has this key: a step that waits for it waits until everything is written
_SOME_LATE = ("late", "", "yes")  # stored beside every late item: without it none need be searched for
_TAKEN = "published_singly"  # the identity of a publication whose single call the service took
_ITEMS_A_TURN = 20  # documents that are gone through before other tasks have their turn
_KEPT = 256  # entries whose publications are kept
_PREVENT_EARLY = ("content_types", "assets", "publish_rules")


class PublishPlan:
    """The publishing of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        environments = context.source.objects(Stream("environments"))
        self._names = {text(row.get("uid")): text(row.get("name")) for row in environments}
        self._master = master_locale(context.source)
        self._fallbacks = Fallbacks(context)
        self.held = HeldPublications(context)
        # Those of the last entries are kept, because the documents of some entries are written in turns.
        self._of = lru_cache(_KEPT)(self._read)
        self.listed_in = ListedIn(context, self._fallbacks)
        self._readings = Readings(context, self.listed_in, self._of, self._is_last, self._sent)
        held = (row for kind in _PREVENT_EARLY for row in context.target.objects(Stream(kind)))
        self.is_alongside = next(held, None) is None
        """Whether publishing may begin while entries are written: the target holds no content and no publish rule."""

    def early(self, entry: Entry, document: EntryVersion, after: Sequence[str]) -> Iterator[Write]:
        """What must be published before `document` makes its language one of its own.

        The source still shows a version of what this language falls back to: in this language, or in one that falls
        back to it. Once the language has a document of its own, no call can publish that version there.
        """
        first = next(version for version in entry.versions if version.locale == document.locale)
        options = self._context.options
        if document is first and options.includes("entries") and options.publish != "none":
            for publication in self._of(entry.content_type, entry.uid):
                if self._fallbacks.hidden_by(publication) == document.locale:
                    place = f"{publication.locale}/{publication.environment}/{publication.version}"
                    key = f"publish-early/{entry.content_type}/{entry.uid}/{place}"
                    yield single_publication(
                        key, publication, partial(self._prepare_early, publication), after
                    )

    def publish_alongside(self, plan: EntryPlan) -> Steps:
        """What can be published while entries are written, in the order in which the documents are finished."""
        order = partial(self._in_order_of_writing, plan)
        expected = order if self._context.running_export is None else self._expected
        for batch in batches(order, lambda: self._readings.counted(expected())):
            if isinstance(batch, Batch):
                step = self._step("publish", batch, self._is_finished)
                yield step
                yield from self._readings.after(batch, step.key)
            else:
                yield batch
        yield from self._readings.rest()

    def publish(self) -> Steps:
        """Everything else that is to be published, now that all is settled; and gaps for what cannot be."""
        if not self.is_alongside or self._context.identity.target(*_SOME_LATE[:2]):
            for batch in batches(lambda: self._items(filter(self._is_still_to_publish, self._all()))):
                yield self._step("publish-late", batch, lambda _: True) if isinstance(batch, Batch) else batch
        yield Write(
            key="publish/untranslated",
            kind="publications",
            build=lambda: PreparedWrite(gaps=[one for one in self.translated() if isinstance(one, Gap)]),
            read=read_notice,
            failed=Gap(kind="publications", uid="*", reason=""),
        )

    def requests(self) -> tuple[int, int]:
        """How many single and how many bulk requests publish everything, once all has its target name."""
        return requests(self._items(target.source for target in self._targets()))

    def pairs(self) -> Iterator[VersionPair]:
        """What both sides show in the same places, in versions of other numbers."""
        for target in () if self.is_alongside else self._targets():
            yield from self.held.instead_of(target)

    def confirm(self) -> Iterator[Step]:
        """Look for what was sent; what the target showed before was not."""
        note, rest = self._context.once(Fork).in_both, self._readings.unread(self._all())
        listed_in, beyond = self.listed_in.surely, partial(live_beyond, self._context)
        return read_back("confirm", self._sent(rest), listed_in, final=False, note=note, beyond=beyond)

    def _sent(self, publications: Iterable[Publication]) -> Iterator[TargetPublication]:
        """What was sent of these and not refused; what the target showed before was not."""
        known = (one for one in self.targets_of(publications) if self.is_alongside or not self.held.has(one))
        return (one for one in known if self._context.identity.target("missing", one.key) is None)

    def publish_again(self) -> Iterator[Step]:
        """What a bulk request did not publish, singly."""
        for target in self._missing():
            if self._is_from_fallback(target.source):
                continue  # the language is localized by now
            document = f"{target.content_type}/{target.source.uid}/{target.version}"
            key = f"publish-again/{target.locale}/{target.environment}/{document}"
            request = single_request(target, [target.environment])
            step = single_publication(key, target.source, partial(PreparedWrite, request=request))
            yield replace(step, read=Noticed((_TAKEN, target.key, "1"), alone(target.source.uid)))

    def confirm_again(self) -> Iterator[Step]:
        """Look for what was taken then, and for what no call could publish; what was refused is told already.

        And remember what branches of a stack both showed before.
        """
        awaited = (
            one
            for one in self._missing()
            if self._is_from_fallback(one.source)
            or self._context.identity.target(_TAKEN, one.key) is not None
        )
        note = self._context.once(Fork).in_both
        known = self.held.in_both(() if self.is_alongside else self._targets())
        return chain(
            known, read_back("confirm-again", awaited, self.listed_in.perhaps, final=True, note=note)
        )

    def translated(self) -> Iterator[TargetPublication | Gap]:
        """Every publication in the target's uids and versions, or the gap where the target lacks one of them."""
        return map(self._translated, self._all())

    def targets_of(self, publications: Iterable[Publication]) -> Iterator[TargetPublication]:
        """Those of these publications that the target can show."""
        found = map(self._translated, publications)
        return (target for target in found if isinstance(target, TargetPublication))

    def confirmed(self, content_type: str, uid: str) -> Iterator[TargetPublication]:
        """What the target shows of an entry or an asset of the source as it is to."""
        return self._sent(self._of(content_type, uid))

    def _targets(self) -> Iterator[TargetPublication]:
        return (target for target in self.translated() if isinstance(target, TargetPublication))

    def _missing(self) -> Iterator[TargetPublication]:
        identity = self._context.identity
        if identity.target(*SOME_MISSING[:2]) is None:
            return iter(())
        return (target for target in self._targets() if identity.target("missing", target.key))

    def _all(self) -> Iterator[Publication]:
        includes = self._context.options.includes
        assets = asset_publications(self._context.source) if includes("assets") else ()
        entries = self._context.once(stored_publications) if includes("entries") else ()
        return filterfalse(partial(is_of_kept, self._context), chain(assets, entries))

    def _is_last(self, publication: Publication) -> bool:
        """Whether it is read when everything is published: it is published late, or was before a localization."""
        some_late = self._context.identity.target(*_SOME_LATE[:2]) is not None
        return self._is_from_fallback(publication) or (some_late and self._is_late(publication))

    def _read(self, content_type: str, uid: str) -> tuple[Publication, ...]:
        """The publications of an entry or an asset."""
        if content_type:
            return tuple(self._context.once(stored_publications).of(content_type, uid))
        return tuple(document_publications("", uid, self._context.source.get(Stream("assets"), uid) or {}))

    def _expected(self) -> Iterator[PublishItem]:
        """Everything that the listings must show in the end. A version that is not in the target is never sent."""
        return self._items(one for one in self._all() if not self._is_from_fallback(one))

    def _in_order_of_writing(self, plan: EntryPlan) -> Iterator[PublishItem | WaitFor | None]:
        """Everything in the order in which it is written; last the entries without a master document.

        These wait until everything is written: the service may have made a master document that is removed first.
        None now and then, so that other tasks have their turn while nothing is found.
        """
        includes, has_masterless = self._context.options.includes, False
        for item in self._items(asset_publications(self._context.source) if includes("assets") else ()):
            yield replace(
                item, after=version_keys(self._context.source, item.publication.uid, item.publication.version)
            )
        for number, found in enumerate(plan.finished() if includes("entries") else ()):
            if number % _ITEMS_A_TURN == 0:
                yield None
            if isinstance(found, WaitFor):
                yield found
            elif self._is_masterless(found[0]):
                has_masterless = True
            else:
                yield from self._items_of(*found)
        for found in plan.finished() if has_masterless else ():
            if not isinstance(found, WaitFor) and self._is_masterless(found[0]):
                yield from self._items_of(*found[:2], (_EVERYTHING,))

    def _items_of(
        self, entry: Entry, document: EntryVersion, after: tuple[str, ...]
    ) -> Iterator[PublishItem]:
        """The publications of one document, with the steps that they wait for."""
        own = (
            one
            for one in self._of(entry.content_type, entry.uid)
            if (one.document_locale, one.version) == (document.locale, document.version)
        )
        if self._context.identity.target(ANEW, entry.uid) is not None:
            after = (_EVERYTHING,)
        return self._items((one for one in own if not self._is_from_fallback(one)), after)

    def _items(
        self, publications: Iterable[Publication], after: tuple[str, ...] = ()
    ) -> Iterator[PublishItem]:
        return publish_items(publications, after, is_latest=self._is_latest)

    def _is_latest(self, publication: Publication) -> bool:
        """Whether a bulk call surely publishes a fallback's right version.

        A target that held content may hold newer ones; there it is asked when all versions have their numbers.
        """
        if not self._fallbacks.is_latest_in_source(publication):
            return False
        target = None if self.is_alongside else self._translated(publication)
        return not isinstance(target, TargetPublication) or self._fallbacks.is_latest_in_target(target)

    def _is_masterless(self, entry: Entry) -> bool:
        return entry.versions[0].locale != self._master

    def _is_from_fallback(self, publication: Publication) -> bool:
        """Whether a language still shows what it fell back to before a language was localized."""
        return bool(self._fallbacks.hidden_by(publication))

    def _is_finished(self, publication: Publication) -> bool:
        """Whether a version has its last number: one in which the service filled in fields is written again."""
        identity, key = self._context.identity, publication.version_key
        return identity.target("inherited", key) is None or identity.target("emptied", key) is not None

    def _is_still_to_publish(self, publication: Publication) -> bool:
        """Whether no request published it before, and the target did not show it before the import began."""
        target = self._translated(publication)
        if isinstance(target, Gap) or self._is_from_fallback(publication):
            return False
        if self.is_alongside:
            return self._is_late(publication)
        return not self.held.has(target)

    def _is_late(self, publication: Publication) -> bool:
        """Whether its version had not its last number when the others were published."""
        return self._context.identity.target("late", publication.shown_version_key) is not None

    def _is_too_late(self, target: TargetPublication) -> bool:
        """Whether the language was localized before the import began, and shows something else than it should."""
        stream = Stream("entries", target.content_type, target.locale)
        is_localized = self._context.target.get(stream, target.uid) is not None
        return is_localized and self._is_from_fallback(target.source) and not self.held.has(target)

    def _prepare_early(self, publication: Publication) -> PreparedWrite:
        """Called when the version that it publishes has its number in the target."""
        target = self._translated(publication)
        if isinstance(target, Gap):
            return PreparedWrite()
        return PreparedWrite(request=single_request(target, [target.environment]))

    def _step(self, name: str, batch: Batch, is_ready: Callable[[Publication], bool]) -> Write:
        """One request. Items that are not ready when it leaves are remembered, and published late."""
        first, singly = batch.items[0].publication, batch.items[0].goes_alone

        def build() -> PreparedWrite:
            ready = [item for item in batch.items if is_ready(item.publication)]
            waiting = [item.publication for item in batch.items if item not in ready]
            late = [("late", one.shown_version_key, "yes") for one in waiting]
            late += [_SOME_LATE] if late else []
            shown = [found for item in ready if (found := self._everywhere(item, batch.environments))]
            if not shown:
                return PreparedWrite(identities=late)
            items = [targets[0] for targets in shown]
            environments = sorted({target.environment for target in shown[0]})
            if singly:
                request = single_request(items[0], environments)
            else:
                request = bulk_request(items, environments, self._context.options)
            return PreparedWrite(request=request, identities=late)

        after = [key for item in batch.items for key in item.after]
        # What was written again since an earlier run is published again.
        marks = [self._context.identity.target(ANEW, item.publication.uid) for item in batch.items]
        again = "".join(f"/{mark}" for mark in sorted({mark for mark in marks if mark}))
        step = single_publication(f"{name}/{batch.name}{again}", first, build, after)
        # What a bulk request does not publish is found by `confirm`, and published singly.
        if singly:
            return step
        refused = partial(self._refused, batch)
        return replace(step, read=read_notice, reported_later=True, budget=Budget.BULK, fallback=refused)

    def _refused(self, batch: Batch) -> PreparedWrite:
        """What was refused together is published singly, and not waited for before."""
        shown = (one for item in batch.items for one in self._everywhere(item, batch.environments))
        return PreparedWrite(identities=[SOME_MISSING, *(("missing", one.key, "1") for one in shown)])

    def _everywhere(self, item: PublishItem, environments: Iterable[str]) -> list[TargetPublication]:
        """The publications of an item in those of the environments that the target has."""
        found = (self._translated(replace(item.publication, environment=uid)) for uid in environments)
        return [target for target in found if isinstance(target, TargetPublication)]

    def _translated(self, publication: Publication) -> TargetPublication | Gap:
        target, place = self._context.identity.target, publication.environment
        documents, versions = (
            ("entries", "versions") if publication.content_type else ("assets", "asset_versions")
        )
        uid, environment = target(documents, publication.uid), target("environments", place)
        version = target(versions, publication.version_key)
        name, owner = self._names.get(place, ""), publication.document_locale
        where = f"{name or place}, {publication.locale}"
        if environment is None:
            return publication_gap(publication, f"published in environment {place}, which is not there")
        found = TargetPublication(
            source=publication,
            locale=target_locale(self._context, publication.locale),
            uid=uid or "",
            owner=target_locale(self._context, owner) if owner else "",
            version=int(version or publication.version),
            environment=environment_name(self._context.options, name),
            environment_uid=environment,
        )
        if uid is None or (version is None and not self.held.is_untouched(found)):
            is_there = uid is not None
            reason = not_published(self._context, publication, where, is_entry_there=is_there)
            return publication_gap(publication, reason)
        if self._is_too_late(found):
            reason = (
                f"{where} shows version {publication.version} of {owner}, from before the entry was localized; in the "
                f"target it is localized already, and no call publishes that: unlocalize it there and import again"
            )
            return publication_gap(publication, reason)
        moved = moved_since(self._context, uid, found.owner) or live_since(self._context, found)
        if moved and not self.held.has(found):
            reason = f"version {publication.version} is published in {where}, but {moved}: it stays as it is"
            return publication_gap(publication, reason)
        return found
