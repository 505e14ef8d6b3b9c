"""Taxonomies are published as they were: one call for each set of environments and languages.

The service publishes after it has answered, and fails without a word in a language in which a taxonomy has no name: so
what the listing shows afterwards counts. What a call for several brought to nothing is sent once more by itself. Pure.
API page: Taxonomy, "Publish a taxonomy". The header `api_version` is that of the vendor's clients.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.core.batches import batched, name_of
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.locales import master_locale
from stackferry.providers.contentstack.content.taxonomy_publications import (
    LiveTaxonomy,
    live_of,
    live_taxonomies,
)
from stackferry.providers.contentstack.importing.answers import Noticed, report_gaps
from stackferry.providers.contentstack.importing.taxonomies.term_order import Tree
from stackferry.providers.contentstack.importing.taxonomies.translations import own_names
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.objects import list_objects
from stackferry.providers.contentstack.requests.publishing import publish_taxonomies
from stackferry.providers.contentstack.target_names import environment_name, target_locale
from stackferry.providers.target import (
    Await,
    ImportContext,
    ImportStage,
    Observation,
    PreparedWrite,
    Write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Json
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import Step

    Places = Sequence[LiveTaxonomy]
    _Part = tuple[str, str]
    _Where = tuple[tuple[str, ...], tuple[str, ...]]  # environments and languages

# Identities: a publication that was sent, and what the target shows of it.
_SENT, _AGAIN = "taxonomies_sent", "taxonomies_again"
_SHOWN, _LIVE, _MISSING = "taxonomies_shown", "live", "missing"


class TaxonomyPublishing:
    """The taxonomies that the source has live, and that an import publishes."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        rows = context.source.objects(Stream("environments"))
        self._names = {text(row.get("uid")): text(row.get("name")) for row in rows}

    def stages(self) -> Iterator[ImportStage]:
        """A taxonomy is published with its terms, in all languages."""
        kinds, needed = ("taxonomies",), ("terms put in order", "single translations", "environments")
        sent, seen = "taxonomies published", "publishing of taxonomies checked"
        again, checked = "single taxonomies published", "single taxonomies checked"
        yield ImportStage(sent, kinds, self.publish, needed)
        yield ImportStage(seen, kinds, self.confirm, (sent,))
        yield ImportStage(again, kinds, self.publish_again, (seen,))
        yield ImportStage(checked, kinds, self.confirm_again, (again,))
        yield ImportStage("taxonomies not published", kinds, self.report, (checked,))

    def requests(self) -> int:
        """How many calls publish everything, if the target has what they name."""
        return len(self._grouped(self._places()))

    def _groups(self) -> dict[_Where, list[LiveTaxonomy]]:
        return self._grouped([place for place in self._places() if self._has_all(place)])

    def _grouped(self, places: Places) -> dict[_Where, list[LiveTaxonomy]]:
        """By environments and languages in the target's terms: each group is one call."""
        by_language: defaultdict[tuple[str, str], list[LiveTaxonomy]] = defaultdict(list)
        for place in places:
            by_language[place.uid, place.locale].append(place)
        together: defaultdict[tuple[str, tuple[str, ...]], list[LiveTaxonomy]] = defaultdict(list)
        for (uid, _), some in by_language.items():
            together[uid, tuple(sorted({one.environment for one in some}))] += some
        found: defaultdict[_Where, list[LiveTaxonomy]] = defaultdict(list)
        for (_, environments), some in together.items():
            codes = tuple(sorted({target_locale(self._context, one.locale) for one in some}))
            found[tuple(map(self._name, environments)), codes] += some
        return dict(found)

    # --- steps ---

    def publish(self) -> Iterator[Step]:
        for (environments, codes), places in self._groups().items():
            key = f"taxonomies/publish/{'+'.join(environments)}/{'+'.join(codes)}"
            yield self._write(key, places, environments, codes)

    def confirm(self) -> Iterator[Step]:
        yield from self._listings("publish", self._sent())

    def publish_again(self) -> Iterator[Step]:
        """What the target does not show, or refused as a part of more, by itself."""
        if not self._sent():
            return  # the service has no such call
        for places in self._groups().values():
            for place in places if len(places) > 1 else ():
                if not self._is(_SENT, place) or self._shown(place) == _MISSING:
                    key = f"taxonomies/again/{'/'.join(place)}"
                    code = target_locale(self._context, place.locale)
                    write = self._write(key, [place], (self._name(place.environment),), (code,))
                    sent = [(kind, "\0".join(place), "1") for kind in (_SENT, _AGAIN)]
                    yield replace(write, read=Noticed(*sent))

    def confirm_again(self) -> Iterator[Step]:
        yield from self._listings("again", [one for one in self._sent() if self._is(_AGAIN, one)])

    def report(self) -> Iterator[Step]:
        """A gap for what is not live. A dry run has sent what it reports as such, and reads nothing."""
        if gaps := [gap for place in self._places() for gap in self._gaps(place)]:
            yield report_gaps("taxonomies/unpublished", "publications", gaps)

    # --- what is to be done ---

    def _places(self) -> list[LiveTaxonomy]:
        """What the source has live. What the target has live stays as it is, unless the import changes the taxonomy."""
        there, changes = live_taxonomies(self._context.target), self._context.once(_Changes)
        return [
            one
            for one in sorted(live_taxonomies(self._context.source))
            if self._in_target(one) not in there or changes.is_changed(one.uid)
        ]

    def _in_target(self, place: LiveTaxonomy) -> LiveTaxonomy:
        environment = self._context.identity.target("environments", place.environment) or ""
        return place._replace(environment=environment, locale=target_locale(self._context, place.locale))

    def _has_all(self, place: LiveTaxonomy) -> bool:
        """Whether the target has the taxonomy, the environment and the language."""
        needed = (("taxonomies", place.uid), ("environments", place.environment), ("locales", place.locale))
        return all(self._context.identity.target(*one) is not None for one in needed)

    def _name(self, environment: str) -> str:
        return environment_name(self._context.options, self._names.get(environment, environment))

    # --- what was done ---

    def _is(self, kind: str, place: LiveTaxonomy) -> bool:
        return self._context.identity.target(kind, "\0".join(place)) is not None

    def _shown(self, place: LiveTaxonomy) -> str | None:
        return self._context.identity.target(_SHOWN, "\0".join(place))

    def _sent(self) -> list[LiveTaxonomy]:
        return [place for places in self._groups().values() for place in places if self._is(_SENT, place)]

    def _write(self, key: str, places: Places, environments: Sequence[str], codes: Sequence[str]) -> Write:
        uids = sorted({place.uid for place in places})
        request = publish_taxonomies(environments, codes, uids)
        sent = [(_SENT, "\0".join(place), "1") for place in places]
        return Write(
            key=key,
            kind="publications",
            build=lambda: PreparedWrite(request=request),
            # The answer is a notice, or the number of a job: a listing shows what came of it.
            read=Noticed(*sent),
            failed=_gap(places[0], "the target refused to publish it"),
            optional=True,
            reported_later=True,
        )

    def _listings(self, name: str, places: Iterable[LiveTaxonomy]) -> Iterator[Await]:
        """A language at a time: a row lists what is live in its own."""
        by_code: defaultdict[str, list[LiveTaxonomy]] = defaultdict(list)
        for place in places:
            by_code[place.locale].append(place)
        for code, some in by_code.items():
            uids = sorted({place.uid for place in some})
            for page in batched(uids, PAGE):
                members = [one for one in some if one.uid in page]
                key = f"taxonomies/{name}/{code}/{name_of(map(chr(0).join, members))}"
                yield self._listing(key, code, page, members)

    def _listing(self, key: str, code: str, uids: Sequence[str], places: Places) -> Await:
        language = target_locale(self._context, code)
        asked = (("query", exact_json.dumps({"uid": {"$in": [*uids]}}).decode()), *page_params(0))
        is_master = code == master_locale(self._context.source)
        locale = () if is_master else (("locale", language),)

        def observe(answer: JsonObject) -> Observation:
            rows = objects(answer.get(kinds.TAXONOMIES.list_key))
            live = {one for row in rows for one in live_of(row, language)}
            found: list[tuple[str, str, str]] = []
            missing: list[tuple[str, str, str]] = []
            for place in places:
                is_live = self._in_target(place) in live
                (found if is_live else missing).append(
                    (_SHOWN, "\0".join(place), _LIVE if is_live else _MISSING)
                )
            return Observation(found, missing)

        return Await(
            key=key,
            kind="publications",
            request=list_objects(kinds.TAXONOMIES, *kinds.TAXONOMIES.params, *locale, *asked),
            observe=observe,
            required_key=kinds.TAXONOMIES.list_key,
            next_page=partial(next_page, kinds.TAXONOMIES.list_key),
        )

    def _gaps(self, place: LiveTaxonomy) -> Iterator[Gap]:
        where = (
            f"it was published to {self._names.get(place.environment, place.environment)} in {place.locale}"
        )
        if not self._has_all(place):
            yield _gap(place, f"{where}, one of which the target lacks")
        elif not self._is(_SENT, place):
            reason = "this target has no taxonomy publishing, or refused it: publish it by hand"
            yield _gap(place, f"{where}; {reason}")
        elif self._shown(place) == _MISSING:
            yield _gap(place, f"{where}; the target took it, but does not show it there")


def _gap(place: LiveTaxonomy, reason: str) -> Gap:
    return Gap(kind=kinds.TAXONOMIES.name, uid=place.uid, locale=place.locale, reason=reason)


class _Changes:
    """Which taxonomies of the target an import changes: what is live there is then older than what was live."""

    def __init__(self, context: ImportContext) -> None:
        self._is_update = context.options.on_conflict == "update"
        self._source = _parts(context.source, partial(target_locale, context))
        self._target = _parts(context.target, str)
        codes = (text(row.get("code")) for row in context.source.objects(Stream("locales")))
        # Of names in other languages nobody can tell whether the target has them: its branch does not list them.
        self._languages = {"", *(context.in_target("locales", code) for code in codes)}

    def is_changed(self, uid: str) -> bool:
        found, theirs = self._source[uid], self._target[uid]
        ours = {part: value for part, value in found.items() if part[0] in self._languages}
        if not ours.keys() <= theirs.keys():
            return True
        return self._is_update and any(theirs[part] != value for part, value in ours.items())


def _parts(rows: RecordStore, code: Callable[[str], str]) -> defaultdict[str, dict[_Part, Json]]:
    """Everything of each taxonomy that an import writes: by language ("" is the master) and term ("" is itself)."""
    found: defaultdict[str, dict[_Part, Json]] = defaultdict(dict)
    terms: defaultdict[str, list[JsonObject]] = defaultdict(list)
    for row in rows.objects(Stream("taxonomies")):
        found[text(row.get("uid"))]["", ""] = own_names(row)
    for row in rows.objects(Stream("terms")):
        terms[text(row.get("taxonomy"))].append(as_object(row.get("term")))
    for uid, some in terms.items():
        tree = Tree(some)
        for parent, siblings in tree.siblings.items():
            for place, term in enumerate(siblings):
                found[uid]["", term] = [tree.terms[term].get("name"), parent, place]
    for row in rows.objects(Stream("translations")):
        part = code(text(row.get("locale"))), text(row.get("term"))
        found[text(row.get("taxonomy"))][part] = own_names(as_object(row.get("names")))
    return found
