"""What is really published, read back after the service took it: it publishes after it has answered. Pure.

API pages: "Get all entries", "Get all assets", `include_publish_details`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from stackferry import exact_json
from stackferry.core.batches import name_of
from stackferry.json_values import objects, text
from stackferry.model import Gap
from stackferry.providers.contentstack.content.publications import Publication, document_publications
from stackferry.providers.contentstack.requests.assets import list_assets
from stackferry.providers.contentstack.requests.build import PAGE, next_page, page_params
from stackferry.providers.contentstack.requests.entries import list_entries
from stackferry.providers.target import Await, Observation, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.importing.publishing.batches import TargetPublication

Note: TypeAlias = Callable[[Publication, Publication], Sequence[tuple[str, str, str]]]
"""What is remembered of a publication of the source and of the target's that shows the same."""

Beyond: TypeAlias = Callable[[str, Sequence[Publication]], Sequence[Publication]]
"""Of a document of the source, and all that the target lists of it: what is live there and was not to be."""

Cell: TypeAlias = tuple[str, str]
"""A content type, empty for assets, and a language: what one listing holds."""

# Stored beside every missing publication: without it none need be searched for.
SOME_MISSING = ("missing", "publications", "1")
# Stored where a listing shows more than was sent, or in the end not all of it: a call may have gone elsewhere.
STRAYED = ("strayed", "publications", "1")
# What is shown beyond what was sent, when it is looked at for the last time.
_BEYOND: Final = "published_beyond"


def read_back(
    name: str,
    shown: Iterable[TargetPublication],
    listed_in: Callable[[TargetPublication], str],
    *,
    final: bool,
    note: Note = lambda _source, _target: (),
    beyond: Beyond = lambda _uid, _listed: (),
    is_awaited: Callable[[TargetPublication], bool] = lambda _: True,
) -> Iterator[Step]:
    """One read for each hundred documents of a type and language. `final`: what is not shown then is a gap.

    So is what is shown `beyond` that. `listed_in` answers the language of the document that lists a publication;
    `note` what is remembered of one that is shown, from it and from what the target shows. Of what is not awaited only
    the document is looked at.
    """
    for cell, rows in by_hundreds(shown, lambda one: (one.content_type, listed_in(one))):
        # What was found missing is left out by a run that resumes, so the pieces are others then.
        members = name_of(target.key for uid in sorted(rows) for target in rows[uid])
        key = f"{name}/{cell[0]}/{cell[1]}/{members}"
        awaited = {uid: [one for one in found if is_awaited(one)] for uid, found in rows.items()}
        yield _await(key, *cell, awaited, _Notes(note, beyond, _sources(rows), [STRAYED]), final=final)


def by_hundreds(
    shown: Iterable[TargetPublication], cell_of: Callable[[TargetPublication], Cell]
) -> Iterator[tuple[Cell, dict[str, list[TargetPublication]]]]:
    """Publications by document, those of a hundred documents of one type and language at a time."""
    cells: dict[Cell, dict[str, list[TargetPublication]]] = {}
    for target in shown:
        cell = cell_of(target)
        if len(cells.get(cell, ())) == PAGE and target.uid not in cells[cell]:
            yield cell, cells.pop(cell)
        cells.setdefault(cell, {}).setdefault(target.uid, []).append(target)
    yield from sorted(cells.items())


def read_once(
    key: str,
    cell: tuple[str, str],
    shown: Callable[[], Iterable[TargetPublication]],
    after: Iterable[str],
    tried: Callable[[bool], None],
    unread: Sequence[tuple[str, str, str]],
    note: Note,
    beyond: Beyond,
) -> Await:
    """One read of at most a hundred documents of a type and language, which is not repeated.

    `shown` is called when the steps in `after` are settled; where it gives nothing, nothing is read. `tried` is told
    whether all of it is there; if not, or if nothing was read, `unread` is remembered.
    """
    asked: list[Await] = []

    def request() -> Request | None:
        rows: dict[str, list[TargetPublication]] = {}
        for target in shown():
            rows.setdefault(target.uid, []).append(target)
        notes = _Notes(note, beyond, _sources(rows))
        asked[:] = [_await(key, *cell, rows, notes, final=False)] if rows else []
        return asked[0].asked() if asked else None

    def observe(answer: JsonObject) -> Observation:
        seen = asked[0].observe(answer)
        tried(not seen.pending)
        return Observation([*seen.found, *(unread if seen.pending else ())])

    name = shown_listing(*cell, ())[1]
    return Await(
        key=key,
        kind="publications",
        request=request,
        observe=observe,
        required_key=name,
        next_page=partial(next_page, name),
        after=after,
        unasked=unread,
    )


def shown_listing(content_type: str, locale: str, uids: Iterable[str]) -> tuple[Request, str]:
    """The first page of the listing that shows where these documents are live, and the key of its rows."""
    query = exact_json.dumps({"uid": {"$in": [*sorted(uids)]}}).decode()
    params = (("query", query), ("include_publish_details", "true"), *page_params(0))
    if content_type:
        return list_entries(content_type, ("locale", locale), *params), "entries"
    return list_assets(*params), "assets"


class _Notes(NamedTuple):
    """What is remembered of what a listing shows; `sources` are the source's uids of its documents, by the target's."""

    note: Note
    beyond: Beyond
    sources: Mapping[str, str]
    if_lost: Sequence[tuple[str, str, str]] = ()


def _sources(rows: Mapping[str, Sequence[TargetPublication]]) -> dict[str, str]:
    return {uid: found[0].source.uid for uid, found in rows.items()}


def _await(
    key: str,
    content_type: str,
    locale: str,
    rows: Mapping[str, Sequence[TargetPublication]],
    notes: _Notes,
    *,
    final: bool,
) -> Await:
    """Wait until documents of one type and language are shown where they shall be."""
    request, key_of_list = shown_listing(content_type, locale, rows)
    look = _Look(content_type, key_of_list, rows, notes, final)
    return Await(
        key=key,
        kind="publications",
        request=request,
        observe=look.observe,
        required_key=key_of_list,
        next_page=partial(next_page, key_of_list),
        gaps=look.gaps,
    )


@dataclass
class _Look:
    """What the listing of some documents shows: of what was sent, and beyond that."""

    content_type: str
    key_of_list: str
    rows: Mapping[str, Sequence[TargetPublication]]
    notes: _Notes
    final: bool
    strays: dict[str, Publication] = field(default_factory=dict)

    @property
    def expected(self) -> Iterator[TargetPublication]:
        return (target for uid in sorted(self.rows) for target in self.rows[uid])

    def observe(self, answer: JsonObject) -> Observation:
        listed = self._listed(answer)
        shown = {_shown_as(one): one for found in listed.values() for one in found}
        lost: list[tuple[str, str, str]] = []
        known: list[tuple[str, str, str]] = []
        for target in self.expected:
            one = shown.get((target.uid, target.environment_uid, target.locale, target.version))
            if one is None:
                lost.append(("missing", target.key, "1"))
            else:
                known += self.notes.note(target.source, one)
        more = [one for uid, found in listed.items() for one in self._beyond(uid, found)]
        self.strays = {"/".join(map(str, (self.content_type, *_shown_as(one)))): one for one in more}
        pending = [*lost, SOME_MISSING, *self.notes.if_lost] if lost else []
        beyond = [(_BEYOND, name, "1") for name in self.strays if self.final]
        return Observation([*known, *([STRAYED] if more else [])], [*pending, *beyond])

    def _listed(self, answer: JsonObject) -> dict[str, list[Publication]]:
        """All that is shown of each of these documents, by the target's uids."""
        by_uid = {text(row.get("uid")): row for row in objects(answer.get(self.key_of_list))}
        return {
            uid: [*document_publications(self.content_type, uid, row)]
            for uid, row in by_uid.items()
            if uid in self.rows
        }

    def _beyond(self, uid: str, found: Sequence[Publication]) -> Sequence[Publication]:
        return self.notes.beyond(self.notes.sources[uid], found)

    def gaps(self, facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
        lost = {key for _, key, _ in facts} if self.final else set()
        missing = [_missing_gap(target) for target in self.expected if target.key in lost]
        return missing + [self._stray_gap(one) for key, one in self.strays.items() if key in lost]

    def _stray_gap(self, one: Publication) -> Gap:
        names = {target.environment_uid: target.environment for target in self.expected}
        reason = (
            f"the target shows version {one.version} in {names.get(one.environment, one.environment)}, {one.locale}, "
            "where the source does not show it: the service published it without being asked, or somebody did "
            "meanwhile; take it down by hand"
        )
        return publication_gap(replace(one, uid=self.notes.sources[one.uid]), reason)


def _shown_as(one: Publication) -> tuple[str, str, str, int]:
    return one.uid, one.environment, one.locale, one.version


def _missing_gap(target: TargetPublication) -> Gap:
    reason = (
        f"version {target.version} was sent for publishing to {target.environment}, "
        "but the target does not show it"
    )
    return publication_gap(target.source, reason)


def publication_gap(publication: Publication, reason: str) -> Gap:
    return Gap(
        kind="publications" if publication.content_type else "asset_publications",
        uid=publication.uid,
        type=publication.content_type,
        locale=publication.locale,
        reason=reason,
    )
