"""What is really published after variants were: the variants, and the entries that they belong to.

A service that does not know the key `variants` takes the call for one that publishes the entry itself, in its latest
version; a service that knows it publishes an entry that is not live along with its variant. So both are read back: of
each entry the list of its variants, and a page of a hundred entries. What an entry shows else than before is
published again, once, or taken down where the source does not show it; then its variants are looked at once more.
Pure.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from stackferry import exact_json
from stackferry.core.batches import batched, name_of
from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.publications import publish_details, stored_publications
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.publishing.batches import single_request
from stackferry.providers.contentstack.importing.publishing.singly import alone
from stackferry.providers.contentstack.importing.publishing.variants import published_variants
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.entries import list_entries, list_variants
from stackferry.providers.contentstack.requests.publishing import publish
from stackferry.providers.contentstack.target_names import target_environment, target_locale
from stackferry.providers.target import Await, Observation, PreparedWrite, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from stackferry.model import Gap, JsonObject, Request
    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication
    from stackferry.providers.contentstack.importing.publishing.plan import PublishPlan
    from stackferry.providers.contentstack.importing.publishing.variants import PublishedVariant
    from stackferry.providers.target import ImportContext, Step

_MOVED = "bases_moved"  # the identity that remembers which entries show something else


class _Base(NamedTuple):
    """An entry of the target where its variants were published, and what it should show there."""

    one: PublishedVariant
    uid: str
    environment: str  # in the source
    place: str  # in the target
    expected: TargetPublication | None

    @property
    def name(self) -> str:
        stream = self.one.source.stream
        return f"{stream.type}/{self.one.source.uid}/{self.one.locale}/{self.environment}"


class VariantCheck:
    """The check of what one import published of variants."""

    def __init__(self, context: ImportContext, publishing: PublishPlan) -> None:
        self._context, self._publishing = context, publishing

    def confirm_variants(self) -> Iterator[Step]:
        """One read for the variants of an entry in one language."""
        return self._await_all("look", None)

    def _await_all(self, name: str, wanted: AbstractSet[tuple[Stream, str]] | None) -> Iterator[Step]:
        rows: defaultdict[tuple[Stream, str], list[tuple[PublishedVariant, int]]] = defaultdict(list)
        for one, made in published_variants(self._context):
            rows[one.source.stream, one.source.uid].append((one, made))
        for (stream, uid), found in sorted(rows.items(), key=lambda row: row[0]):
            if wanted is None or (stream, uid) in wanted:
                yield self._await_variants(name, stream, uid, found)

    def confirm(self) -> Iterator[Step]:
        """One read for a hundred entries of a type and language."""
        return self._read_bases("bases", [*self._bases()], final=False)

    def publish_again(self) -> Iterator[Step]:
        for base in self._moved():
            yield Write(
                key=f"publish-base/{base.name}",
                kind="publications",
                build=partial(PreparedWrite, request=self._put_right(base)),
                read=Noticed(alone(base.one.source.uid)),
                failed=base.one.source.gap("the target refused to publish its entry as it was"),
                optional=True,
            )

    def _put_right(self, base: _Base) -> Request:
        """What makes an entry show again what it should, or nothing."""
        if base.expected is not None:
            return single_request(base.expected, [base.expected.environment])
        place, locale = target_environment(self._context, base.environment), self._locale(base)
        return publish("unpublish", base.one.source.stream.type, base.uid, [place], [locale], locale=locale)

    def confirm_variants_again(self) -> Iterator[Step]:
        """Those of entries that were taken down: no page says that their variants stay live."""
        taken = {(one.one.source.stream, one.one.source.uid) for one in self._moved() if one.expected is None}
        return self._await_all("look again", taken)

    def confirm_again(self) -> Iterator[Step]:
        return self._read_bases("bases-again", [*self._moved()], final=True)

    def _target(self, kind: str, uid: str) -> str:
        return self._context.identity.target(kind, uid) or ""

    def _await_variants(
        self, name: str, stream: Stream, uid: str, found: Sequence[tuple[PublishedVariant, int]]
    ) -> Await:
        expected = {
            f"{one.key}/{place}": (
                one,
                self._target("variants", one.source.variant),
                (self._target("environments", place), target_locale(self._context, one.locale), made),
            )
            for one, made in found
            for place in one.environments
            if self._target("environments", place)
        }

        def observe(answer: JsonObject) -> Observation:
            shown = {
                (text(as_object(row.get("_variant")).get("_uid")), detail)
                for row in objects(answer.get("entries"))
                for detail in publish_details(row)
            }
            lost = [name for name, (_, variant, detail) in expected.items() if (variant, detail) not in shown]
            return Observation(pending=[("variants_missing", name, "1") for name in lost])

        def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
            reason = "version {} was sent for publishing, but the target does not show it"
            lost = {one.key: one for one in (expected[name][0] for _, name, _ in facts)}
            return [one.source.gap(reason.format(one.version)) for one in lost.values()]

        entry, locale = self._target("entries", uid), target_locale(self._context, stream.locale)
        params = (("locale", locale), ("include_publish_details", "true"), *page_params(0))
        return Await(
            key=f"{name}/variants/{stream.type}/{stream.locale}/{uid}",
            kind="variants",
            request=list_variants(stream.type, entry, *params),
            observe=observe,
            required_key="entries",
            next_page=partial(next_page, "entries"),
            gaps=gaps,
        )

    def _bases(self) -> Iterator[_Base]:
        """Each entry once in every place where a variant of it was published."""
        if not self._context.options.includes("entries"):
            return
        seen: set[str] = set()
        for one, _ in published_variants(self._context):
            kind, uid = one.source.stream.type, one.source.uid
            sources = self._context.once(stored_publications).of(kind, uid)
            wanted = {
                (found.source.environment, found.source.locale): found
                for found in self._publishing.targets_of(sources)
            }
            for environment in one.environments:
                place = self._target("environments", environment)
                expected = wanted.get((environment, one.locale))
                base = _Base(one, self._target("entries", uid), environment, place, expected)
                if place and base.name not in seen and not self._was_shown(base):
                    seen.add(base.name)
                    yield base

    def _was_shown(self, base: _Base) -> bool:
        """Whether the target showed the entry there before, although the source does not: that is left as it is."""
        if base.expected is not None:
            return False
        locale = self._locale(base)
        held = self._context.target.get(Stream("entries", base.one.source.stream.type, locale), base.uid)
        return any(detail[:2] == (base.place, locale) for detail in publish_details(held or {}))

    def _locale(self, base: _Base) -> str:
        return target_locale(self._context, base.one.locale)

    def _moved(self) -> Iterator[_Base]:
        return (
            base for base in self._bases() if self._context.identity.target(_MOVED, base.name) is not None
        )

    def _read_bases(self, name: str, bases: Sequence[_Base], *, final: bool) -> Iterator[Step]:
        cells: defaultdict[tuple[str, str], dict[str, list[_Base]]] = defaultdict(dict)
        for base in bases:
            owner = base.expected.owner if base.expected else self._locale(base)
            cells[base.one.source.stream.type, owner].setdefault(base.uid, []).append(base)
        for (kind, locale), rows in sorted(cells.items()):
            for uids in batched(sorted(rows), PAGE):
                members = [base for uid in uids for base in rows[uid]]
                key = f"look/{name}/{kind}/{locale}/{name_of(base.name for base in members)}"
                yield self._await_bases(key, kind, locale, members, final=final)

    def _await_bases(self, key: str, kind: str, locale: str, bases: Sequence[_Base], *, final: bool) -> Await:
        by_name = {base.name: base for base in bases}

        def is_moved(base: _Base, answer: JsonObject) -> bool:
            code = self._locale(base)
            shown = [
                version
                for row in objects(answer.get("entries"))
                for environment, language, version in publish_details(row)
                if (row.get("uid"), environment, language) == (base.uid, base.place, code)
            ]
            right = {None} if base.expected is None else self._publishing.held.right_versions(base.expected)
            return len(shown) > 1 or next(iter(shown), None) not in right

        def observe(answer: JsonObject) -> Observation:
            moved = [name for name, base in by_name.items() if is_moved(base, answer)]
            return Observation(pending=[(_MOVED, name, "1") for name in moved])

        def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
            found = (by_name[name] for _, name, _ in facts) if final else ()
            return [base.one.source.gap(self._reason(base)) for base in found]

        uids = sorted({base.uid for base in bases})
        query = exact_json.dumps({"uid": {"$in": [*uids]}}).decode()
        params = (("locale", locale), ("query", query), ("include_publish_details", "true"), *page_params(0))
        return Await(
            key=key,
            kind="publications",
            request=list_entries(kind, *params),
            observe=observe,
            required_key="entries",
            next_page=partial(next_page, "entries"),
            gaps=gaps,
        )

    def _reason(self, base: _Base) -> str:
        where = f"{target_environment(self._context, base.environment)}, {base.one.locale}"
        if base.expected is None:
            told = f"its entry was published along with it in {where}, where the source does not show it"
            return f"{told}, and the target did not take it down: unpublish it"
        version = base.expected.source.version
        return f"its entry was published along with it in {where}, where version {version} should be: publish that"
