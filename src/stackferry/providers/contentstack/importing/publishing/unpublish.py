"""The plan that takes down what the target publishes and the source does not; see `surplus`.

After everything is written and published: in bulk, what is shown in one language in the same environments, ten a
request. The service takes it down after it has answered, so what it still shows is read back; that, and what was
refused in bulk, goes singly, is read back again, and is then a gap. Pure.
API pages: "Unpublish entries and assets in bulk", "Unpublish an entry", "Unpublish an asset".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from stackferry.core.batches import batched, name_of
from stackferry.json_values import objects, text
from stackferry.model import Budget, Gap, Stream
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.publications import (
    Publication,
    publish_details,
    shown_in_target,
)
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.mirror.surplus import document_goes
from stackferry.providers.contentstack.importing.publishing.batches import (
    BULK_ENVIRONMENTS,
    BULK_ITEMS,
    TargetPublication,
    bulk_request,
    single_request,
)
from stackferry.providers.contentstack.importing.publishing.read_back import publication_gap, shown_listing
from stackferry.providers.contentstack.importing.publishing.singly import alone
from stackferry.providers.contentstack.importing.publishing.surplus import Surplus, surplus
from stackferry.providers.contentstack.requests.build import PAGE, next_page
from stackferry.providers.target import Await, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Row
    from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
    from stackferry.providers.source import Table
    from stackferry.providers.target import ImportContext, Step

UNPUBLISHED = "unpublished"  # the identity of a publication that was taken down: a report counts them
# A publication that a call was taken for, together with others or alone; one that is shown all the same.
_TAKEN, _TAKEN_ALONE, _STAYS = "unpublishing", "unpublishing_singly", "still_published"
_TOO_MUCH = "taken_down_too"  # one that is to stay live, and is not shown any more

Batch = tuple[tuple[str, ...], list[Surplus]]


class UnpublishPlan:
    """The unpublishing of one import."""

    def __init__(self, context: ImportContext, publishing: PublishPlan) -> None:
        self._context, self._publishing = context, publishing
        rows = context.target.objects(Stream("environments"))
        self._names = {text(row.get("uid")): text(row.get("name")) for row in rows}
        self._master = master_locale(context.target)
        self._found: Table | None = None

    def together(self) -> Iterator[Step]:
        """One bulk call for ten objects."""
        for environments, members in self._batches():
            first, name = members[0], name_of(one.key for one in members)
            key = f"unpublish/{first.locale}/{first.content_type}/{first.uid}/{name}"
            items = [self._target(one) for one in _objects(members)]
            names = [self._names.get(uid, uid) for uid in environments]
            request = bulk_request(items, names, self._context.options, "unpublish")
            step = self._write(key, first, partial(PreparedWrite, request=request), _TAKEN, members)
            yield replace(step, reported_later=True, budget=Budget.BULK)

    def confirm(self) -> Iterator[Step]:
        taken = (one for one in self._all() if self._is(_TAKEN, one))
        return self._read_back("unpublished", taken, final=False)

    def singly(self) -> Iterator[Step]:
        """What was refused together, or is still shown."""
        for one in self._all():
            if not self._is(_TAKEN, one) or self._is(_STAYS, one):
                request = single_request(
                    self._target(one), [self._names.get(one.environment, one.environment)], "unpublish"
                )
                build = partial(PreparedWrite, request=request)
                step = self._write(f"unpublish-again/{one.key}", one, build, _TAKEN_ALONE, [one])
                yield replace(step, read=Noticed((_TAKEN_ALONE, one.key, "1"), alone(one.uid)))

    def confirm_singly(self) -> Iterator[Step]:
        taken = (one for one in self._all() if self._is(_TAKEN_ALONE, one))
        return self._read_back("unpublished-again", taken, final=True)

    def _is(self, kind: str, one: Surplus) -> bool:
        return self._context.identity.target(kind, one.key) is not None

    def _all(self) -> Iterator[Surplus]:
        return (one for _, members in self._batches() for one in members)

    def _batches(self) -> Iterator[Batch]:
        """What one request takes down: the environments, and the publications of at most ten objects."""
        if self._found is None:
            self._found = self._context.scratch.table(8, self._rows())
        for (locale, joined), rows in groupby(self._found, key=itemgetter(0, 1)):
            places = text(joined).split(",")
            found = [
                Surplus(kind, uid, target, text(locale), "", owner, version, is_ours=True)
                for _, _, kind, uid, target, owner, version, _ in rows
            ]
            for environments in batched(places, BULK_ENVIRONMENTS):
                for some in batched(found, BULK_ITEMS):
                    yield (
                        environments,
                        [one._replace(environment=uid) for one in some for uid in environments],
                    )

    def _rows(self) -> Iterator[Row]:
        """Each object once for a language and version, with the environments that show it."""
        for _, of_object in groupby(surplus(self._context), key=lambda one: (one.content_type, one.uid)):
            shown: dict[tuple[str, str, int], list[Surplus]] = {}
            for one in of_object:
                if one.is_ours:
                    shown.setdefault((one.locale, one.owner, one.version), []).append(one)
            for (locale, owner, version), same in shown.items():
                first, places = same[0], ",".join(sorted({one.environment for one in same}))
                yield locale, places, first.content_type, first.uid, first.target, owner, version, 0

    def _target(self, one: Surplus) -> TargetPublication:
        source = Publication(one.content_type, one.uid, one.locale, one.environment, one.owner, one.version)
        name = self._names.get(one.environment, one.environment)
        return TargetPublication(
            source, one.locale, one.target, one.owner, one.version, name, one.environment
        )

    def _gap(self, one: Surplus, what: str) -> Gap:
        where = f"{self._names.get(one.environment, one.environment)}, {one.locale}"
        reason = (
            f"the target shows it in {where}, where the source does not, and {what}: unpublish it by hand"
        )
        return publication_gap(self._target(one).source, reason)

    def _write(
        self, key: str, first: Surplus, build: partial[PreparedWrite], kind: str, members: Sequence[Surplus]
    ) -> Write:
        """What is not published any more can be taken down again: so it may be repeated."""
        return Write(
            key=key,
            kind="publications",
            build=build,
            read=Noticed(*((kind, one.key, "1") for one in members)),
            failed=self._gap(first, "refused to take it down"),
            optional=True,
        )

    # --- what is still shown ---

    def _read_back(self, name: str, sent: Iterable[Surplus], *, final: bool) -> Iterator[Step]:
        """One read for a hundred documents of a type and language."""
        rows = ((one.content_type, self._listed_in(one), one.target, *_facts(one)) for one in sent)
        table = self._context.scratch.table(8, rows)
        for (kind, locale), members in groupby(table, key=itemgetter(0, 1)):
            by_object = groupby(members, key=itemgetter(2))
            found = ([_from_row(row) for row in same] for _, same in by_object)
            for some in batched(found, PAGE):
                expected = [one for same in some for one in same]
                key = f"{name}/{kind}/{locale}/{name_of(one.key for one in expected)}"
                yield self._await(key, text(kind), text(locale), expected, final=final)

    def _listed_in(self, one: Surplus) -> str:
        """The language of a document that lists the publication: most often the master one."""
        for code in (self._master, one.owner, one.locale) if one.content_type else ():
            document = self._context.target.get(Stream("entries", one.content_type, code), one.target) or {}
            if any(detail[:2] == (one.environment, one.locale) for detail in publish_details(document)):
                return code
        return one.owner

    def _await(
        self, key: str, content_type: str, locale: str, sent: Sequence[Surplus], *, final: bool
    ) -> Await:
        request, rows_in = shown_listing(content_type, locale, {one.target for one in sent})
        kept = {one.key: one for one in self._kept(content_type, locale, sent)}

        def observe(answer: JsonObject) -> Observation:
            rows = {text(row.get("uid")): row for row in objects(answer.get(rows_in))}
            shown = {(uid, *detail[:2]) for uid, row in rows.items() for detail in publish_details(row)}
            stay = [one for one in sent if (one.target, one.environment, one.locale) in shown]
            # An object that is gone was deleted by somebody.
            gone = [
                key
                for key, one in kept.items()
                if one.target in rows and (one.target, one.environment, one.locale) not in shown
            ]
            return Observation(
                [(UNPUBLISHED, one.key, "1") for one in sent if one not in stay],
                [*((_STAYS, one.key, "1") for one in stay), *((_TOO_MUCH, key, "1") for key in gone)],
            )

        def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
            left = {key for kind, key, _ in facts if kind == _STAYS} if final else set()
            told = [
                self._gap(one, "took it for taking down and still shows it")
                for one in sent
                if one.key in left
            ]
            return told + [self._gap_of_kept(kept[key]) for kind, key, _ in facts if kind == _TOO_MUCH]

        return Await(
            key=key,
            kind="publications",
            request=request,
            observe=observe,
            required_key=rows_in,
            next_page=partial(next_page, rows_in),
            gaps=gaps,
        )

    def _kept(self, content_type: str, locale: str, sent: Sequence[Surplus]) -> Iterator[Surplus]:
        """What else is live of these objects where they are looked at: from before, or published by this import."""
        down = self._context.once(_taken_down)
        for one in {one.target: one for one in sent}.values():
            ours = (
                (new.environment_uid, new.locale, new.version)
                for new in self._publishing.confirmed(one.content_type, one.uid)
            )
            places = {found[:2]: found[2] for found in (*self._held(locale, one), *ours)}
            for (environment, code), version in places.items():
                is_listed = locale in ("", self._master, code)
                if is_listed and not down.of(content_type, one.target, environment, code):
                    yield one._replace(environment=environment, locale=code, version=version)

    def _held(self, locale: str, one: Surplus) -> Iterator[tuple[str, str, int]]:
        """What a document listed before the import, without that of documents that a mirror deletes."""
        stream = Stream("entries", one.content_type, locale) if one.content_type else Stream("assets")
        found = shown_in_target(self._context, one.content_type, one.target) if one.content_type else ()
        owners = {(shown.environment, shown.locale): shown.document_locale for shown in found}
        for detail in publish_details(self._context.target.get(stream, one.target) or {}):
            owner = stream._replace(locale=owners.get(detail[:2], locale))
            if not (one.content_type and document_goes(self._context, owner, one.target)):
                yield detail

    def _gap_of_kept(self, one: Surplus) -> Gap:
        where = f"{self._names.get(one.environment, one.environment)}, {one.locale}"
        reason = (
            f"the target does not show it any more in {where}: the service took it down there without being asked, or "
            "somebody did meanwhile; publish it by hand"
        )
        return publication_gap(self._target(one).source, reason)


def _taken_down(context: ImportContext) -> Table:
    """Content type, uid, environment and language of all that is taken down, in the target's terms."""
    rows = (one for one in surplus(context) if one.is_ours)
    return context.scratch.table(
        4, ((one.content_type, one.target, one.environment, one.locale) for one in rows)
    )


def _objects(members: Sequence[Surplus]) -> Iterator[Surplus]:
    """Each object of a batch once, whatever the environment."""
    return iter({(one.content_type, one.target, one.owner): one for one in members}.values())


def _facts(one: Surplus) -> Row:
    return one.uid, one.locale, one.environment, one.owner, one.version


def _from_row(row: Row) -> Surplus:
    kind, _, target, uid, locale, environment, owner, version = row
    return Surplus(kind, uid, target, locale, environment, owner, version, is_ours=True)
