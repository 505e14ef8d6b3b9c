"""Taxonomies in other languages: names of taxonomies, and of terms in those that have one.

A language's list names the taxonomies that are translated into it; only of these the terms are asked for. A target
gets all names of a taxonomy in a language with one import of a file; what it will not have that way, singly. Pure.
On no API page. As the vendor's own CLI and its client ask: lists, "Import a taxonomy" and "Localize" with `locale`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from stackferry import jsonio
from stackferry.model import Budget, Gap, JsonObject, Line, Part, Request, Shelf
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.answers import integer, objects, own_row, text
from stackferry.providers.contentstack.documents import master_locale
from stackferry.providers.contentstack.reading import API, get, inside, paging, uids
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.contentstack.writes import send
from stackferry.providers.provider import Listing, Page
from stackferry.providers.replaying import Built, Outcome, Probe, Replay, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.provider import Job, ReadOptions, Staged

    Names = Mapping[str, JsonObject]  # the taxonomy under "", its terms under their uids

TRANSLATIONS = Shelf("translations")
_SAID = ("name", "description")


def trees(staged: Staged, _: ReadOptions) -> Iterator[Job]:
    """The terms of every taxonomy, and which taxonomies are translated into which language."""
    taxonomies = [*uids(staged, "taxonomies")]
    for uid in taxonomies:
        path, params = f"/taxonomies/{quote(uid, safe='')}/terms", (*kinds.TERMS.params, ("asc", "uid"))
        yield inside("taxonomy", uid, kinds.TERMS, "term", lambda row: text(row.get("uid")), path, *params)
    for code in other_languages(staged) if taxonomies else ():
        yield _listing(f"taxonomies/{code}", kinds.TAXONOMIES.path, kinds.TAXONOMIES.many, code)


def translated_terms(staged: Staged, _: ReadOptions) -> Iterator[Job]:
    """The terms of every taxonomy in each language that it is translated into."""
    for row in staged.objects(TRANSLATIONS):
        if "term" not in row:
            uid, code = text(row.get("taxonomy")), text(row.get("locale"))
            path = f"/taxonomies/{quote(uid, safe='')}/terms"
            yield _listing(f"terms/{uid}/{code}", path, kinds.TERMS.many, code, uid)


def other_languages(staged: Staged) -> list[str]:
    """Every language but the master one."""
    master = master_locale(staged)
    return [code for code in uids(staged, "locales", key="code") if code != master]


def line(taxonomy: str, code: str, names: JsonObject, *, is_term: bool) -> tuple[Shelf, Line]:
    """What is said of a taxonomy, or of one of its terms, in one language."""
    term = text(names.get("uid")) if is_term else ""
    about: JsonObject = {"taxonomy": taxonomy, "locale": code, "names": names}
    key = f"{taxonomy}\0{code}\0{term}"
    return TRANSLATIONS, Line(key, {**about, "term": term} if is_term else about)


def _listing(name: str, path: str, many: str, code: str, taxonomy: str = "") -> Listing:
    """Rows that are in the language themselves; a service that knows no such thing answers with others."""

    def read(answer: JsonObject) -> Page:
        rows = objects(answer.get(many))
        own = [row for row in rows if text(row.get("locale")).casefold() == code.casefold()]
        lines = [line(taxonomy or text(row.get("uid")), code, row, is_term=bool(taxonomy)) for row in own]
        return Page(lines, len(rows), integer(answer.get("count")))

    params = (("locale", code), *(kinds.TERMS.params if taxonomy else ()), ("asc", "uid"))
    return Listing(
        name=name, request=lambda skip: get(path, *params, *paging(skip)), read=read, optional=True
    )


def translated(staged: Staged) -> Mapping[tuple[str, str], Names]:
    """What a stack says of its taxonomies in other languages: taxonomy and language → names."""
    found: dict[tuple[str, str], dict[str, JsonObject]] = {}
    for row in staged.objects(TRANSLATIONS):
        names = found.setdefault((text(row.get("taxonomy")), text(row.get("locale"))), {})
        names[text(row.get("term"))] = own_row(row.get("names"))
    return found


def said(names: JsonObject) -> JsonObject:
    """What of a translation is anybody's own."""
    return {name: names.get(name) for name in _SAID if names.get(name)}


def translations(replay: Replay) -> Iterator[Step]:
    """One import for each taxonomy and language of which the target says nothing yet."""
    held = translated(replay.target)
    for (taxonomy, code), names in translated(replay.source).items():
        if (taxonomy, to_locale(replay, code)) not in held:
            yield _whole(replay, taxonomy, code, names)


def translations_singly(replay: Replay) -> Iterator[Step]:
    """What no import brought, name by name: it was refused, or the target says some of it already."""
    held = translated(replay.target)
    for (taxonomy, code), names in translated(replay.source).items():
        theirs = held.get((taxonomy, to_locale(replay, code)), {})
        for term, row in names.items():
            yield _single(replay, _Place(taxonomy, code, term), row, theirs.get(term))


class _Place(NamedTuple):
    """Of what a name is, and in which language; of the taxonomy itself where `term` is empty."""

    taxonomy: str
    code: str
    term: str

    @property
    def source(self) -> str:
        return "\0".join(self)

    @property
    def kind(self) -> Kind:
        return kinds.TERMS if self.term else kinds.TAXONOMIES

    @property
    def path(self) -> str:
        path = f"{kinds.TAXONOMIES.path}/{quote(self.taxonomy, safe='')}"
        return f"{path}/terms/{quote(self.term, safe='')}" if self.term else path

    def gap(self, reason: str) -> Gap:
        return Gap(kind="translations", uid=self.taxonomy, locale=self.code, path=self.term, reason=reason)


def _whole(replay: Replay, taxonomy: str, code: str, names: Names) -> Write:
    places = [_Place(taxonomy, code, term) for term in names]
    there = (("locale", to_locale(replay, code)),)
    part = Part("taxonomy", _file(taxonomy, names), filename=f"{taxonomy}.json", content_type=_JSON)
    request = Request(
        method="POST",
        path=f"{API}{kinds.TAXONOMIES.path}/import",
        params=there,
        parts=(part,),
        budget=Budget.WRITE,
        repeatable=False,
    )
    return Write(
        key=f"translations/{taxonomy}/{code}",
        kind="translations",
        build=lambda: Built(request=request),
        read=lambda _: Outcome(identities=[_arrived(place) for place in places]),
        failed=places[0].gap("the target refused it"),
        probe=lambda _: _probe(replay, _Place(taxonomy, code, "")),
        retold=True,
    )


def _single(replay: Replay, place: _Place, row: JsonObject, theirs: JsonObject | None) -> Write:
    def build() -> Built:
        if replay.identity.target("translations", place.source) is not None:
            return Built()
        if theirs is None:
            return Built(request=_send(replay, "POST", place, row))
        if said(row) == said(theirs):
            return Built(identities=[_arrived(place)])
        if replay.options.on_conflict == "update":
            return Built(request=_send(replay, "PUT", place, row))
        reason = (
            "the target already says something else; it was left alone (--on-conflict update overwrites it)"
        )
        return Built(gaps=[] if replay.options.on_conflict == "skip" else [place.gap(reason)])

    return Write(
        key="/".join(("translation", *place)),
        kind="translations",
        build=build,
        read=lambda _: Outcome(identities=[_arrived(place)]),
        failed=place.gap("the target refused it"),
        probe=lambda _: _probe(replay, place),
    )


def _send(replay: Replay, method: str, place: _Place, row: JsonObject) -> Request:
    """What a thing is called in one language: localized with POST, changed with PUT."""
    return send(method, place.path, place.kind, said(row), ("locale", to_locale(replay, place.code)))


def _arrived(place: _Place) -> tuple[str, str, str]:
    return "translations", place.source, place.term or place.taxonomy


def _probe(replay: Replay, place: _Place) -> Probe:
    """Whether the thing has a name in the language: it is not shown there without one."""
    there = to_locale(replay, place.code)

    def found(answer: JsonObject) -> list[JsonObject]:
        return [answer] if own_row(answer.get(place.kind.one)).get("locale") == there else []

    return Probe(request=get(place.path, ("locale", there)), found=found)


_JSON = "application/json"


def _file(taxonomy: str, names: Names) -> bytes:
    """The form in which a taxonomy is exported and imported: itself and its terms."""
    keys = ("uid", "name", "parent_uid", "order")
    terms = [{key: row[key] for key in keys if key in row} for term, row in names.items() if term]
    return jsonio.dumps({"taxonomy": {"uid": taxonomy, **said(names.get("", {}))}, "terms": [*terms]})
