"""The plan for publish state: each version that is shown in the source, shown in the same places of the target.

Localized documents go through bulk publish, ten items, one language and the same environments a request: in
a bulk call over several languages an item's version would count only for its own language. What a language
merely falls back to goes through single publish, under the language of its document. Publishing is
asynchronous, so what is really published is read back; what is not is published singly, and what then is
still not there is a gap. Pure.
API pages: "Publish an entry", "Publish entries and assets in bulk".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import jsonio
from stackferry.core.batches import batched
from stackferry.model import Budget, Gap, JsonObject, Request, Shelf
from stackferry.providers.contentstack.answers import objects, text
from stackferry.providers.contentstack.published import (
    Publication,
    asset_publications,
    details,
    entry_publications,
)
from stackferry.providers.contentstack.reading import API, entries_path, get
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.provider import Await, Built, Outcome, Replay, Staged, Step, Write, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import Json
    from stackferry.providers.contentstack.documents import Document, Entry

BULK_ITEMS = 10  # "a maximum of 10 items per request"
BULK_ENVIRONMENTS = 10
LOOK = 100  # rows of one reading
_NESTED = (("api_version", "3.2"),)


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A publication in the target's own terms. `owner` is empty for an asset."""

    content_type: str
    locale: str
    uid: str
    owner: str
    version: int
    environment: str
    environment_uid: str
    source: str
    early: bool = False

    @property
    def key(self) -> str:
        return "\0".join((self.content_type, self.uid, self.locale, self.environment, str(self.version)))


@dataclass(frozen=True, slots=True)
class Batch:
    """Items that one request publishes: one language, the same environments."""

    locale: str
    environments: tuple[str, ...]
    items: tuple[Shown, ...]


def brought_publications(staged: Staged, options: WriteOptions) -> list[Publication]:
    """What is published of the kinds that are replayed."""
    entries = entry_publications(staged) if options.brings("entries") else ()
    return [*entries, *(asset_publications(staged) if options.brings("assets") else ())]


class PublishPlan:
    """The publishing of one import."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._names = {
            text(row.get("uid")): text(row.get("name"))
            for row in replay.source.objects(Shelf("environments"))
        }
        self.gaps: list[Gap] = []
        self._shown: list[Shown] | None = None
        self._before: dict[tuple[str, str], list[Publication]] | None = None

    def shown(self) -> list[Shown]:
        """Everything to be published, once its entries, versions and environments have their target names."""
        if self._shown is None:
            facts = brought_publications(self._replay.source, self._replay.options)
            self._shown = sorted(found for fact in facts if (found := self._translated(fact)) is not None)
        return self._shown

    def early(self, entry: Entry, document: Document, after: Sequence[str]) -> Iterator[Write]:
        """What must be published before `document` makes its language one of its own.

        The source shows there what the language fell back to at the time; once it is localized, no call does.
        """
        first = next(one for one in entry.documents if one.locale == document.locale)
        if document is first:
            for fact in self._kept_from_before().get((entry.uid, document.locale), ()):
                yield self._early(fact, after)

    def _kept_from_before(self) -> dict[tuple[str, str], list[Publication]]:
        if self._before is None:
            self._before = {}
            options = self._replay.options
            is_wanted = options.brings("entries") and options.publish != "none"
            for fact in entry_publications(self._replay.source) if is_wanted else ():
                if self._is_from_before(fact):
                    self._before.setdefault((fact.uid, fact.locale), []).append(fact)
        return self._before

    def _is_from_before(self, fact: Publication) -> bool:
        shelf = Shelf("entries", fact.content_type, fact.locale)
        return fact.owner != fact.locale and self._replay.source.get(shelf, fact.uid) is not None

    def _early(self, fact: Publication, after: Sequence[str]) -> Write:
        """Decided when the version that it shows has its number in the target."""

        def build() -> Built:
            one = self._translated(fact)
            return Built() if one is None else Built(request=_single_request(one, (one.environment,)))

        key = f"publish-early/{fact.content_type}/{fact.uid}/{fact.locale}/{fact.environment}/{fact.version}"
        return _write(key, fact.uid, fact.content_type, fact.locale, build, after)

    def publish(self) -> Iterator[Step]:
        """One request for each batch, and one for each document shown where it only serves as a fallback."""
        wanted = [one for one in self.shown() if not self._already(one) and not one.early]
        for batch in _batches(one for one in wanted if not one.owner or one.owner == one.locale):
            yield _bulk(batch, self._replay.options)
        for one, environments in _by_document(one for one in wanted if one.owner and one.owner != one.locale):
            yield _single(one, environments, "fallback")
        yield self._recorded()

    def requests(self) -> tuple[int, int]:
        """How many single and how many bulk requests publish everything, once all has its target name."""
        own = [one for one in self.shown() if not one.owner or one.owner == one.locale]
        singly = _by_document(one for one in self.shown() if one.owner and one.owner != one.locale)
        return sum(1 for _ in singly), sum(1 for _ in _batches(own))

    def confirm(self) -> Iterator[Step]:
        yield from self._looks("confirm", self.shown(), final=False)

    def publish_again(self) -> Iterator[Step]:
        """What a bulk request did not bring about, singly."""
        for one in self._missing():
            yield _single(one, (one.environment,), "again")

    def confirm_again(self) -> Iterator[Step]:
        yield from self._looks("confirm-again", self._missing(), final=True)

    def _missing(self) -> list[Shown]:
        return [one for one in self.shown() if self._replay.identity.target("missing", one.key)]

    def _translated(self, fact: Publication) -> Shown | None:
        identity = self._replay.identity
        kind = "entries" if fact.content_type else "assets"
        uid, environment = identity.target(kind, fact.uid), identity.target("environments", fact.environment)
        version = self._version(fact)
        if uid is None or environment is None or version is None:
            self.gaps.append(_untranslated(fact, uid, environment, self._names))
            return None
        name = self._names.get(fact.environment, "")
        return Shown(
            content_type=fact.content_type,
            locale=to_locale(self._replay, fact.locale),
            uid=uid,
            owner=to_locale(self._replay, fact.owner) if fact.owner else "",
            version=int(version),
            environment=self._replay.options.environments.get(name, name),
            environment_uid=environment,
            source=fact.uid,
            early=bool(fact.content_type) and self._is_from_before(fact),
        )

    def _version(self, fact: Publication) -> str | None:
        if not fact.content_type:
            return self._replay.identity.target("asset_versions", f"{fact.uid}\0{fact.version}")
        key = "\0".join((fact.content_type, fact.uid, fact.owner, str(fact.version)))
        return self._replay.identity.target("versions", key)

    def _already(self, one: Shown) -> bool:
        """Whether the target showed this very version there before the import began."""
        shelf = Shelf("entries", one.content_type, one.owner) if one.content_type else Shelf("assets")
        document = self._replay.target.get(shelf, one.uid)
        return document is not None and (one.environment_uid, one.locale, one.version) in set(
            details(document)
        )

    def _recorded(self) -> Write:
        """The publications that cannot be translated, as gaps of a step that writes nothing."""
        return Write(
            key="publish/untranslated",
            kind="publications",
            build=lambda: Built(gaps=self.gaps),
            read=lambda _: Outcome(),
            failed=Gap(kind="publications", uid="*", reason=""),
        )

    def _looks(self, name: str, facts: Sequence[Shown], *, final: bool) -> Iterator[Step]:
        cells: dict[tuple[str, str], list[Shown]] = {}
        for one in facts:
            cells.setdefault((one.content_type, one.owner), []).append(one)
        for (content_type, locale), members in sorted(cells.items()):
            uids = sorted({one.uid for one in members})
            for number, chosen in enumerate(batched(uids, LOOK)):
                expected = [one for one in members if one.uid in set(chosen)]
                key = f"{name}/{content_type}/{locale}/{number}"
                yield _look(key, content_type, locale, chosen, expected, final=final)


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
    return Gap(kind=kind, uid=fact.uid, content_type=fact.content_type, locale=fact.locale, reason=reason)


def _batches(facts: Iterator[Shown] | list[Shown]) -> Iterator[Batch]:
    """Batches of documents that go to the same environments in one language."""
    groups: dict[tuple[str, tuple[str, ...]], list[Shown]] = {}
    for one, environments in _by_document(facts):
        for some in batched(environments, BULK_ENVIRONMENTS):
            groups.setdefault((one.locale, some), []).append(one)
    for (locale, environments), members in sorted(groups.items()):
        for items in batched(members, BULK_ITEMS):
            yield Batch(locale, environments, items)


def _by_document(facts: Iterator[Shown] | list[Shown]) -> Iterator[tuple[Shown, tuple[str, ...]]]:
    """Each document and version once per language, with all the environments that show it there."""
    found: dict[tuple[str, str, str, str, int], tuple[Shown, list[str]]] = {}
    for one in facts:
        key = (one.content_type, one.locale, one.uid, one.owner, one.version)
        found.setdefault(key, (one, []))[1].append(one.environment)
    for one, environments in found.values():
        yield one, tuple(sorted(environments))


def _bulk(batch: Batch, options: WriteOptions) -> Write:
    first = batch.items[0]
    where = f"{batch.locale}/{','.join(batch.environments)}"
    key = f"publish/{where}/{first.content_type}/{first.source}/{first.version}"
    request = _bulk_request(batch, options)
    step = _write(key, first.source, first.content_type, batch.locale, lambda: Built(request=request))
    return replace(step, retold=True)  # what is not published is looked for, and published singly


def _bulk_request(batch: Batch, options: WriteOptions) -> Request:
    asked = {"skip_workflow_stage_check": options.skip_workflow_stage_check, "approvals": options.approvals}
    switches = tuple((name, "true") for name, wanted in asked.items() if wanted)
    body: JsonObject = {"locales": [batch.locale], "environments": [*batch.environments]}
    entries: list[Json] = [
        {"uid": one.uid, "content_type": one.content_type, "version": one.version, "locale": one.locale}
        for one in batch.items
        if one.content_type
    ]
    assets: list[Json] = [
        {"uid": one.uid, "version": one.version} for one in batch.items if not one.content_type
    ]
    body |= {"entries": entries} if entries else {}
    body |= {"assets": assets} if assets else {}
    return Request(
        method="POST",
        path=f"{API}/bulk/publish",
        params=(("x-bulk-action", "publish"), *switches),
        headers=_NESTED,
        body=jsonio.dumps(body),
        budget=Budget.BULK,
    )


def _single(one: Shown, environments: tuple[str, ...], why: str) -> Write:
    where = f"{one.locale}/{','.join(environments)}"
    key = f"publish-{why}/{where}/{one.content_type}/{one.source}/{one.version}"
    request = _single_request(one, environments)
    return _write(key, one.source, one.content_type, one.locale, lambda: Built(request=request))


def _single_request(one: Shown, environments: tuple[str, ...]) -> Request:
    kind = "entry" if one.content_type else "asset"
    path = (
        entries_path(one.content_type, one.uid) if one.content_type else f"/assets/{quote(one.uid, safe='')}"
    )
    body: JsonObject = {
        kind: {"environments": [*environments], "locales": [one.locale]},
        "version": one.version,
    }
    if one.owner:
        body["locale"] = one.owner
    return Request(
        method="POST",
        path=f"{API}{path}/publish",
        headers=_NESTED,
        body=jsonio.dumps(body),
        budget=Budget.WRITE,
    )


def _write(
    key: str, uid: str, content_type: str, locale: str, build: Callable[[], Built], after: Sequence[str] = ()
) -> Write:
    """Publishing what is published already changes nothing, so these writes may be repeated."""
    failed = Gap(
        kind="publications" if content_type else "asset_publications",
        uid=uid,
        content_type=content_type,
        locale=locale,
        reason="the target refused to publish it",
    )
    return Write(
        key=key,
        kind="publications",
        build=build,
        read=lambda _: Outcome(),
        failed=failed,
        after=after,
        optional=True,
    )


def _look(
    key: str, content_type: str, locale: str, uids: Sequence[str], expected: Sequence[Shown], *, final: bool
) -> Await:
    query = jsonio.dumps({"uid": {"$in": [*uids]}}).decode()
    params = (("query", query), ("include_publish_details", "true"), ("limit", str(LOOK)))
    own = (("locale", locale),) if content_type else ()
    request = get(entries_path(content_type) if content_type else "/assets", *own, *params)

    def missing(answer: JsonObject) -> list[tuple[str, str, str]]:
        rows = objects(answer.get("entries" if content_type else "assets"))
        there = {
            (text(row.get("uid")), environment, code, version)
            for row in rows
            for environment, code, version in details(row)
        }
        return [
            ("missing", one.key, "1")
            for one in expected
            if (one.uid, one.environment_uid, one.locale, one.version) not in there
        ]

    def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        lost = {key for _, key, _ in facts} if final else set()
        return [_unshown(one) for one in expected if one.key in lost]

    return Await(key=key, kind="publications", request=request, missing=missing, gaps=gaps)


def _unshown(one: Shown) -> Gap:
    return Gap(
        kind="publications" if one.content_type else "asset_publications",
        uid=one.source,
        content_type=one.content_type,
        locale=one.locale,
        reason=f"version {one.version} was sent for publishing to {one.environment}, but the target does not show it",
    )
