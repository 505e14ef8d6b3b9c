"""Taxonomies in other languages: names of taxonomies, and of terms in those that have one.

A language's list names the taxonomies that are translated into it; terms are asked for in every language, for a term
may have a name where its taxonomy has none. All names of a taxonomy in a language are written with one import of a
file; singly those that the target refuses that way, and those of terms alone, because a file names its taxonomy. Pure.
On no API page. As the vendor's own CLI and its client ask: lists, "Import a taxonomy" and "Localize" with `locale`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from stackferry import exact_json
from stackferry.json_values import as_object, text
from stackferry.model import Gap, JsonObject
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.exporting.translations import TRANSLATIONS
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.requests.build import get, params
from stackferry.providers.contentstack.requests.objects import create_object, import_taxonomy, update_object
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Probe, Step, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.source import RecordStore

    Names = Mapping[str, JsonObject]  # the taxonomy under "", its terms under their uids


def translated(staged: RecordStore) -> Mapping[tuple[str, str], Names]:
    """The names of a stack's taxonomies in other languages: taxonomy and language → names."""
    found: dict[tuple[str, str], dict[str, JsonObject]] = {}
    for row in staged.objects(TRANSLATIONS):
        names = found.setdefault((text(row.get("taxonomy")), text(row.get("locale"))), {})
        names[text(row.get("term"))] = as_object(row.get("names"))
    return found


def own_names(names: JsonObject) -> JsonObject:
    """Of a translation what the service does not set itself."""
    return {name: names[name] for name in ("name", "description") if names.get(name)}


def translations(context: ImportContext) -> Iterator[Step]:
    """One import for each taxonomy and language in which the target has no name yet."""
    held = translated(context.target)
    for (taxonomy, code), names in translated(context.source).items():
        # The service answers 409 where the taxonomy has names in that language. A file would name the taxonomy too.
        if "" in names and (taxonomy, target_locale(context, code)) not in held:
            yield _whole(context, taxonomy, code, names)


def translations_singly(context: ImportContext) -> Iterator[Step]:
    """Name by name what no import wrote: it was refused, or the target has some of the names already."""
    held = translated(context.target)
    for (taxonomy, code), names in translated(context.source).items():
        existing = held.get((taxonomy, target_locale(context, code)), {})
        for term, row in names.items():
            yield _single(context, _Place(taxonomy, code, term), row, existing.get(term))


class _Place(NamedTuple):
    """What a name belongs to, and its language: a term, or where `term` is empty the taxonomy itself."""

    taxonomy: str
    code: str
    term: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """What remembers that the target has the name."""
        return "translations", "\0".join(self), self.term or self.taxonomy

    @property
    def kind(self) -> Kind:
        return kinds.TERMS if self.term else kinds.TAXONOMIES

    @property
    def path(self) -> str:
        path = f"{kinds.TAXONOMIES.path}/{quote(self.taxonomy, safe='')}"
        return f"{path}/terms/{quote(self.term, safe='')}" if self.term else path

    def gap(self, reason: str) -> Gap:
        return Gap(kind="translations", uid=self.taxonomy, locale=self.code, path=self.term, reason=reason)


def _whole(context: ImportContext, taxonomy: str, code: str, names: Names) -> Write:
    places = [_Place(taxonomy, code, term) for term in names]
    request = import_taxonomy(taxonomy, _file(taxonomy, names), params(locale=target_locale(context, code)))
    return Write(
        key=f"translations/{taxonomy}/{code}",
        kind="translations",
        build=lambda: PreparedWrite(request=request),
        read=partial(_read, places),
        failed=places[0].gap("the target refused it"),
        probe=lambda _: _probe(context, _Place(taxonomy, code, "")),
        reported_later=True,  # what is refused here is written name by name
    )


def _single(context: ImportContext, place: _Place, row: JsonObject, existing: JsonObject | None) -> Write:
    def build() -> PreparedWrite:
        locale, names = params(locale=target_locale(context, place.code)), own_names(row)
        if context.identity.target(*place.identity[:2]) is not None:
            return PreparedWrite()
        if existing is None:  # a first name in a language: localized with POST
            return PreparedWrite(request=create_object(place.kind, names, path=place.path, params=locale))
        if names == own_names(existing):
            return PreparedWrite(identities=[place.identity])
        if context.options.on_conflict == "update":
            return PreparedWrite(request=update_object(place.kind, place.path, names, locale))
        reason = "the target already has another name; it was left alone (--on-conflict update overwrites it)"
        return PreparedWrite(gaps=[] if context.options.on_conflict == "skip" else [place.gap(reason)])

    return Write(
        key="/".join(("translation", *place)),
        kind="translations",
        build=build,
        read=partial(_read, [place]),
        failed=place.gap("the target refused it"),
        probe=lambda _: _probe(context, place),
    )


def _read(places: Sequence[_Place], answer: JsonObject) -> WriteResult:
    """The answer names the taxonomy, or the term, whose names were written."""
    object_in(answer, places[0].kind.object_key, "uid")
    return WriteResult(identities=[place.identity for place in places])


def _probe(context: ImportContext, place: _Place) -> Probe:
    """Whether the term or the taxonomy has a name in the language: without one it is not shown in it."""
    locale = target_locale(context, place.code)

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if as_object(answer.get(place.kind.object_key)).get("locale") == locale else []

    return Probe(request=get(place.path, ("locale", locale)), found=found, required_key=place.kind.object_key)


def _file(taxonomy: str, names: Names) -> bytes:
    """The form in which a taxonomy is exported and imported: itself and its terms."""
    keys = ("uid", "name", "parent_uid")
    terms = [{key: row[key] for key in keys if key in row} for term, row in names.items() if term]
    return exact_json.dumps(
        {"taxonomy": {"uid": taxonomy, **own_names(names.get("", {}))}, "terms": [*terms]}
    )
