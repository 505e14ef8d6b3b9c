"""Taxonomies in other languages: names of taxonomies, and of terms in those that have one.

A language's list names the taxonomies that are translated into it; only of these the terms are asked for. A target
gets all names of a taxonomy in a language with one import of a file, as the vendor's own CLI sends it. Pure.
On no API page; as the vendor's own CLI asks: list and terms with `locale`, "Import a taxonomy" with `locale`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import jsonio
from stackferry.model import Budget, Gap, JsonObject, Line, Part, Request, Shelf
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.answers import integer, objects, own_row, text
from stackferry.providers.contentstack.documents import master_locale
from stackferry.providers.contentstack.reading import API, get, inside, paging, uids
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.provider import Built, Listing, Outcome, Page, Probe, Replay, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    """One import for each taxonomy and language; what the target says already is not touched."""
    held = translated(replay.target)
    for (taxonomy, code), names in translated(replay.source).items():
        theirs = held.get((taxonomy, to_locale(replay, code)))
        yield _write(replay, taxonomy, code, names, theirs)


def _write(replay: Replay, taxonomy: str, code: str, names: Names, theirs: Names | None) -> Write:
    there = to_locale(replay, code)
    path = f"{API}{kinds.TAXONOMIES.path}"
    gap = Gap(kind="translations", uid=taxonomy, locale=code, reason="the target refused it")

    def build() -> Built:
        if theirs is None:
            part = Part("taxonomy", _file(taxonomy, names), filename=f"{taxonomy}.json", content_type=_JSON)
            params = (("locale", there),)
            return Built(request=_import(f"{path}/import", params, part))
        return Built(gaps=[] if replay.options.on_conflict == "skip" else [*_apart(gap, names, theirs)])

    def probe(_: JsonObject) -> Probe:
        request = get(f"{kinds.TAXONOMIES.path}/{quote(taxonomy, safe='')}", ("locale", there))
        return Probe(request=request, found=lambda answer: _found(answer, there))

    return Write(
        key=f"translations/{taxonomy}/{code}",
        kind="translations",
        build=build,
        read=lambda _: Outcome(),
        failed=gap,
        probe=probe,
    )


_JSON = "application/json"


def _import(path: str, params: tuple[tuple[str, str], ...], part: Part) -> Request:
    return Request(
        method="POST", path=path, params=params, parts=(part,), budget=Budget.WRITE, repeatable=False
    )


def _file(taxonomy: str, names: Names) -> bytes:
    """The form in which a taxonomy is exported and imported: itself and its terms."""
    keys = ("uid", "name", "parent_uid", "order")
    terms = [{key: row[key] for key in keys if key in row} for term, row in names.items() if term]
    return jsonio.dumps({"taxonomy": {"uid": taxonomy, **said(names.get("", {}))}, "terms": [*terms]})


def _apart(gap: Gap, names: Names, theirs: Names) -> Iterator[Gap]:
    for term, row in names.items():
        if said(row) != said(theirs.get(term, {})):
            reason = "the target already says something else in this language; it was left alone"
            yield Gap(kind=gap.kind, uid=gap.uid, locale=gap.locale, path=term, reason=reason)


def _found(answer: JsonObject, code: str) -> list[JsonObject]:
    return [answer] if own_row(answer.get("taxonomy")).get("locale") == code else []
