"""The plan for publish state: each version that is shown in the source, shown in the same places of the target.

Localized documents go through bulk publish, ten items, one language and the same environments a request: in
a bulk call over several languages an item's version would count only for its own language. What a language
merely falls back to goes through single publish, under the language of its document. Publishing is
asynchronous, so what is really published is read back; what is not is published singly, and what then is
still not there is a gap.

Into a target without content, publishing runs alongside the writing of entries: a request leaves when the documents
that it shows are there. What goes into one request follows from the snapshot alone, so it is the same on every
resume; what the items are called in the target is decided when the request leaves. Pure; one entry at a time.
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
    Showing,
    batches,
    requests,
    showings,
)
from stackferry.providers.contentstack.importing.publishing.requests import (
    LOOK,
    SOME_MISSING,
    Shown,
    bulk_request,
    look,
    single_request,
)
from stackferry.providers.contentstack.target_names import environment_name, target_locale
from stackferry.providers.target import PreparedWrite, Replay, Step, WaitFor, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion
    from stackferry.providers.contentstack.importing.entries.plan import EntryPlan
    from stackferry.providers.target import Steps

_EVERYTHING = "everything"  # no step is called so: who waits for it waits until everything is written
_SOME_LATE = ("late", "", "yes")  # beside each of them, so that without it nobody need look
_BREATH = 20  # documents that are looked at in one go
_IN_THE_WAY = ("content_types", "assets", "publish_rules")


class PublishPlan:
    """The publishing of one import."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._names = {
            text(row.get("uid")): text(row.get("name"))
            for row in replay.source.objects(Stream("environments"))
        }
        self._master = master_locale(replay.source)
        self._last: tuple[Entry, list[Publication]] | None = None
        held = (row for kind in _IN_THE_WAY for row in replay.target.objects(Stream(kind)))
        self.is_alongside = next(held, None) is None
        """Whether publishing may begin while entries are written: no content and no rule of the target forbids."""

    def early(self, entry: Entry, document: EntryVersion, after: Sequence[str]) -> Iterator[Write]:
        """What must be published before `document` makes its language one of its own.

        The source shows there what the language fell back to at the time; once it is localized, no call does.
        """
        first = next(one for one in entry.versions if one.locale == document.locale)
        options = self._replay.options
        if document is first and options.includes("entries") and options.publish != "none":
            for fact in self._of(entry):
                if fact.locale == document.locale and self._is_from_before(fact):
                    yield self._early(fact, after)

    def _early(self, fact: Publication, after: Sequence[str]) -> Write:
        """Decided when the version that it shows has its number in the target."""

        def build() -> PreparedWrite:
            one = self._translated(fact)
            return PreparedWrite(
                request=single_request(one, [one.environment]) if isinstance(one, Shown) else None
            )

        key = f"publish-early/{fact.content_type}/{fact.uid}/{fact.locale}/{fact.environment}/{fact.version}"
        return _write(key, fact, build, after)

    def publish_alongside(self, plan: EntryPlan) -> Steps:
        """What can be published while entries are written, in the order in which its documents are finished."""
        expected = None if self._replay.running_export is None else self._expected
        for batch in batches(lambda: self._flow(plan), expected):
            yield self._step("publish", batch, self._is_finished) if isinstance(batch, Batch) else batch

    def publish(self) -> Steps:
        """Everything else that is to be published, now that all is settled."""
        if not self.is_alongside or self._replay.identity.target(*_SOME_LATE[:2]):
            for batch in batches(lambda: showings(filter(self._is_left, self._facts()))):
                yield self._step("publish-late", batch, lambda _: True) if isinstance(batch, Batch) else batch
        yield self._recorded()

    def requests(self) -> tuple[int, int]:
        """How many single and how many bulk requests publish everything, once all has its target name."""
        shown = (fact for fact in self._facts() if isinstance(self._translated(fact), Shown))
        return requests(showings(shown))

    def confirm(self) -> Iterator[Step]:
        yield from _looks("confirm", self.shown(), final=False)

    def publish_again(self) -> Iterator[Step]:
        """What a bulk request did not bring about, singly."""
        for one in self._missing():
            key = (
                f"publish-again/{one.locale}/{one.environment}/{one.content_type}/{one.source}/{one.version}"
            )
            request = single_request(one, [one.environment])
            fact = Publication(one.content_type, one.source, one.locale, "", "", one.version)
            yield _write(key, fact, partial(PreparedWrite, request=request))

    def confirm_again(self) -> Iterator[Step]:
        yield from _looks("confirm-again", self._missing(), final=True)

    def _missing(self) -> Iterator[Shown]:
        if self._replay.identity.target(*SOME_MISSING[:2]) is None:
            return iter(())
        return (one for one in self.shown() if self._replay.identity.target("missing", one.key))

    def shown(self) -> Iterator[Shown]:
        """Everything to be published, once its entries, versions and environments have their target names."""
        return (one for one in self.translated() if isinstance(one, Shown))

    def translated(self) -> Iterator[Shown | Gap]:
        """Every publication in the target's terms, or why it has none."""
        return (self._translated(fact) for fact in self._facts())

    def _facts(self) -> Iterator[Publication]:
        includes = self._replay.options.includes
        assets = asset_publications(self._replay.source) if includes("assets") else ()
        return chain(assets, self._replay.once(stored_publications) if includes("entries") else ())

    def _of(self, entry: Entry) -> list[Publication]:
        """The publications of an entry, kept while its documents are gone through one after the other."""
        if self._last is None or self._last[0] is not entry:
            known = self._replay.once(stored_publications)
            self._last = (entry, [*known.of(entry.content_type, entry.uid)])
        return self._last[1]

    def _expected(self) -> Iterator[Showing]:
        """Everything, as far as the listings tell: a version may turn out not to be had."""
        return showings(fact for fact in self._facts() if not self._is_from_before(fact))

    def _flow(self, plan: EntryPlan) -> Iterator[Showing | WaitFor | None]:
        """Everything in the order in which it is there; last what may first lose a document that the service made.

        None now and then, so that others have their turn while nothing is found.
        """
        includes, last = self._replay.options.includes, False
        for one in showings(asset_publications(self._replay.source) if includes("assets") else ()):
            yield replace(one, after=self._uploads(one.fact))
        for number, found in enumerate(plan.finished() if includes("entries") else ()):
            if number % _BREATH == 0:
                yield None
            if isinstance(found, WaitFor):
                yield found
                continue
            entry, document, after = found
            if self._is_masterless(entry):
                last = True
            else:
                yield from self._showing(entry, document, after)
        for found in plan.finished() if last else ():
            if not isinstance(found, WaitFor) and self._is_masterless(found[0]):
                yield from self._showing(*found[:2], (_EVERYTHING,))

    def _showing(self, entry: Entry, document: EntryVersion, after: tuple[str, ...]) -> Iterator[Showing]:
        """Where one document is shown."""
        place = (document.locale, document.version)
        facts = (fact for fact in self._of(entry) if (fact.document_locale, fact.version) == place)
        for one in showings(fact for fact in facts if not self._is_from_before(fact)):
            yield replace(one, after=after)

    def _is_masterless(self, entry: Entry) -> bool:
        return entry.versions[0].locale != self._master

    def _uploads(self, fact: Publication) -> tuple[str, ...]:
        """The steps that make a version of an asset; none where the snapshot lacks it."""
        asset = self._replay.source.get(Stream("assets"), fact.uid) or {}
        if (integer(asset.get("_version")) or 1) == fact.version:
            return asset_keys(asset)
        older = self._replay.source.get(Stream("asset_versions"), fact.uid, fact.version)
        return asset_keys(older) if older is not None else ()

    def _is_from_before(self, fact: Publication) -> bool:
        """Whether a language shows what it fell back to before it was localized: that is published early."""
        if not fact.content_type or fact.document_locale == fact.locale:
            return False
        stream = Stream("entries", fact.content_type, fact.locale)
        return self._replay.source.get(stream, fact.uid) is not None

    def _is_finished(self, fact: Publication) -> bool:
        """Whether a version has its last number: one that the service filled in is still to be written again."""
        identity, key = self._replay.identity, fact.version_key
        return identity.target("inherited", key) is None or identity.target("emptied", key) is not None

    def _is_left(self, fact: Publication) -> bool:
        one = self._translated(fact)
        if isinstance(one, Gap) or self._is_from_before(fact):
            return False
        if self.is_alongside:
            return self._replay.identity.target("late", fact.shown_version_key) is not None
        return not self._already(one)

    def _already(self, one: Shown) -> bool:
        """Whether the target showed this very version there before the import began."""
        stream = Stream("entries", one.content_type, one.owner) if one.content_type else Stream("assets")
        document = self._replay.target.get(stream, one.uid)
        return document is not None and (one.environment_uid, one.locale, one.version) in set(
            publish_details(document)
        )

    def _step(self, name: str, batch: Batch, is_ready: Callable[[Publication], bool]) -> Write:
        """One request. What is not ready when it leaves is remembered, and published late."""
        first, singly = batch.items[0].fact, batch.items[0].falls_back

        def build() -> PreparedWrite:
            ready = [item for item in batch.items if is_ready(item.fact)]
            late = [("late", item.fact.shown_version_key, "yes") for item in batch.items if item not in ready]
            late += [_SOME_LATE] if late else []
            shown = [self._everywhere(item, batch.environments) for item in ready]
            items = [places[0] for places in shown if places]
            environments = next(
                (sorted({one.environment for one in places}) for places in shown if places), []
            )
            if not items:
                return PreparedWrite(identities=late)
            if singly:
                return PreparedWrite(request=single_request(items[0], environments), identities=late)
            return PreparedWrite(
                request=bulk_request(items, environments, self._replay.options), identities=late
            )

        after = [key for item in batch.items for key in item.after]
        step = _write(f"{name}/{batch.name}", first, build, after)
        # What a bulk request does not publish is looked for, and published singly.
        return step if singly else replace(step, reported_later=True, budget=Budget.BULK)

    def _everywhere(self, item: Showing, environments: Iterable[str]) -> list[Shown]:
        """A document in each of the environments that the target has."""
        found = (self._translated(replace(item.fact, environment=uid)) for uid in environments)
        return [one for one in found if isinstance(one, Shown)]

    def _translated(self, fact: Publication) -> Shown | Gap:
        identity = self._replay.identity
        kind = "entries" if fact.content_type else "assets"
        uid, environment = identity.target(kind, fact.uid), identity.target("environments", fact.environment)
        versions = "versions" if fact.content_type else "asset_versions"
        version = identity.target(versions, fact.version_key)
        if uid is None or environment is None or version is None:
            return _untranslated(fact, uid, environment, self._names)
        name = self._names.get(fact.environment, "")
        return Shown(
            content_type=fact.content_type,
            locale=target_locale(self._replay, fact.locale),
            uid=uid,
            owner=target_locale(self._replay, fact.document_locale) if fact.document_locale else "",
            version=int(version),
            environment=environment_name(self._replay.options, name),
            environment_uid=environment,
            source=fact.uid,
        )

    def _recorded(self) -> Write:
        """The publications that cannot be translated, as gaps of a step that writes nothing."""
        return Write(
            key="publish/untranslated",
            kind="publications",
            build=lambda: PreparedWrite(gaps=[one for one in self.translated() if isinstance(one, Gap)]),
            read=read_notice,
            failed=Gap(kind="publications", uid="*", reason=""),
        )


def _untranslated(fact: Publication, uid: str | None, environment: str | None, names: dict[str, str]) -> Gap:
    where = f"{names.get(fact.environment, fact.environment)}, {fact.locale}"
    if environment is None:
        reason = f"published in environment {fact.environment}, which is not there"
    elif uid is None:
        reason = f"published in {where}, but it could not be brought over"
    else:
        reason = (
            f"version {fact.version} is published in {where}, but neither the snapshot nor what the target held "
            "before has that version"
        )
    kind = "publications" if fact.content_type else "asset_publications"
    return Gap(kind=kind, uid=fact.uid, type=fact.content_type, locale=fact.locale, reason=reason)


def _write(
    key: str, fact: Publication, build: Callable[[], PreparedWrite], after: Sequence[str] = ()
) -> Write:
    """Publishing what is published already changes nothing, so these writes may be repeated."""
    failed = Gap(
        kind="publications" if fact.content_type else "asset_publications",
        uid=fact.uid,
        type=fact.content_type,
        locale=fact.locale,
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


def _looks(name: str, shown: Iterable[Shown], *, final: bool) -> Iterator[Step]:
    """One reading for each hundred documents of a type and language."""
    cells: dict[tuple[str, str], dict[str, list[Shown]]] = {}
    numbers: Counter[tuple[str, str]] = Counter()

    def looked(cell: tuple[str, str]) -> Step:
        key = f"{name}/{cell[0]}/{cell[1]}/{numbers[cell]}"
        numbers[cell] += 1
        return look(key, *cell, cells.pop(cell), final=final)

    for one in shown:
        cell = (one.content_type, one.owner)
        if len(cells.get(cell, ())) == LOOK and one.uid not in cells[cell]:
            yield looked(cell)
        cells.setdefault(cell, {}).setdefault(one.uid, []).append(one)
    for cell in sorted(cells):
        yield looked(cell)
