"""Narrowed exports and imports, planned with a dict: what is wanted next, what is cut, what a view shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_records import MemoryRecords, MemoryTables

from stackferry.model import Stream
from stackferry.providers.contentstack.exporting import listings, selection
from stackferry.providers.contentstack.exporting.plan import ContentstackExportPlan
from stackferry.providers.contentstack.importing.selection import select
from stackferry.providers.selection import Selection, selection_from_json
from stackferry.providers.source import Listing, LocalRecords, ReadOptions, Rounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Request

PAGES = frozenset({"page"})
names = st.text("abc", min_size=1, max_size=2)
choices = st.builds(
    Selection,
    types=st.frozensets(names),
    locales=st.frozensets(names),
    query=st.sampled_from(["", '{"a":1}']),
    limit=st.integers(0, 9),
    with_references=st.none() | st.integers(0, 9),
)


def rows(*entries: tuple[str, str, tuple[str, ...]], kind: str = "page") -> MemoryRecords:
    """A stack of pages: uid, language, the uids that it refers to."""
    staged = MemoryRecords()
    staged.locale("en-us")
    staged.locale("fr-fr", "en-us")
    link: JsonObject = {"uid": "links", "data_type": "reference", "reference_to": ["page"], "multiple": True}
    picture: JsonObject = {"uid": "picture", "data_type": "file"}
    for uid in ("note", "page"):
        staged.put("content_types", {"uid": uid, "schema": [link, picture]})
    for uid, locale, links in entries:
        put(staged, uid, locale, links, kind)
    return staged


def put(
    staged: MemoryRecords, uid: str, locale: str, links: tuple[str, ...], kind: str = "page", **more: Any
) -> None:
    there: list[Any] = [{"uid": one, "_content_type_uid": "page"} for one in links]
    number = more.get("_version", 0)
    stream = "versions" if number else "entries"
    staged.put(stream, {"uid": uid, "locale": locale, "links": there, **more}, kind, locale, number)


def params(request: Request) -> dict[str, str]:
    return dict(request.params)


def want(staged: MemoryRecords, **options: Any) -> list[tuple[str, str, Any]]:
    """What the next level asks for: locale, uid, level."""
    notes = [
        job for job in selection.next_level(staged, ReadOptions(**options)) if isinstance(job, LocalRecords)
    ]
    return [(stream.locale, line.uid, line.body["level"]) for note in notes for stream, line in note.records]


def carry(staged: MemoryRecords, notes: Iterator[Any]) -> None:
    """What a driver does with notes."""
    for note in notes:
        for stream, line in note.records:
            staged.put(stream.kind, line.body, stream.type, stream.locale)


def test_the_next_level_is_what_is_not_at_hand() -> None:
    """What the entries refer to and what is not staged, in every language, each once."""
    staged = rows(("a", "en-us", ("b", "c", "a")), ("b", "fr-fr", ("c",)))
    found = want(staged, types=PAGES, limit=1, with_references=1)
    assert found == [("en-us", "c", 1), ("fr-fr", "c", 1)]


def test_levels_end_where_they_were_asked_to() -> None:
    """No level beyond the depth; with all of them, one after the other until nothing new is named."""
    staged = rows(("a", "en-us", ("b",)))
    assert want(staged, limit=1, with_references=0) == []
    carry(staged, selection.next_level(staged, ReadOptions(limit=1, with_references=1)))
    put(staged, "b", "en-us", ("c", "a"))
    assert want(staged, limit=1, with_references=1) == []
    assert want(staged, limit=1, with_references=None) == [("en-us", "c", 2), ("fr-fr", "c", 2)]


def test_what_was_asked_for_is_not_asked_for_again() -> None:
    """An entry that the service did not give ends the search for it."""
    staged = rows(("a", "en-us", ("gone",)))
    carry(staged, selection.next_level(staged, ReadOptions(limit=1, with_references=None)))
    assert want(staged, limit=1, with_references=None) == []


def test_types_that_are_listed_whole_are_not_looked_through_again() -> None:
    """Where all pages were chosen, a page that is not among them does not exist."""
    staged = rows(("a", "en-us", ("gone",)))
    assert want(staged, types=PAGES, with_references=None) == []
    assert want(staged, types=frozenset({"note"}), with_references=None) != []


def test_older_versions_refer_too() -> None:
    """An old version and a variant count as well as the latest document."""
    staged = rows(("a", "en-us", ()))
    put(staged, "a", "en-us", ("old",), _version=1)
    variant: Any = {"links": [{"uid": "new", "_content_type_uid": "page"}]}
    staged.put("variants", {"uid": "a", "variant": variant}, "page", "en-us")
    assert {uid for _, uid, _ in want(staged, limit=1, with_references=1)} == {"old", "new"}


def test_a_level_is_fetched_by_hundreds() -> None:
    """Uids in pages of a hundred, in their own language, each page under a name of its own."""
    staged = rows()
    for number in range(150):
        staged.put(".wanted", {"uid": f"e{number:03}", "level": 1}, "page", "fr-fr")
    jobs = [
        job for job in selection.referenced_entries(staged, ReadOptions(limit=1)) if isinstance(job, Listing)
    ]
    assert [job.name for job in jobs] == ["referenced/page/fr-fr/1/0", "referenced/page/fr-fr/1/1"]
    asked = params(jobs[1].request(0))
    members = ",".join(f'"e{number:03}"' for number in range(100, 150))
    assert asked["query"] == f'{{"locale":"fr-fr","uid":{{"$in":[{members}]}}}}'
    assert asked["locale"] == "fr-fr"


def test_a_query_of_ones_own() -> None:
    """It goes along with the language; where it speaks of the language itself, both hold."""
    for query, sent in (
        ('{"tags":"x"}', '{"locale":"en-us","tags":"x"}'),
        ('{"locale":{"$ne":"x"}}', '{"$and":[{"locale":"en-us"},{"locale":{"$ne":"x"}}]}'),
    ):
        jobs = listings.entries(rows(), ReadOptions(query=query))
        (job,) = [one for one in jobs if one.name == "entries/page/en-us"]
        assert isinstance(job, Listing)
        assert params(job.request(0))["query"] == sent


def test_a_limit_is_what_is_asked_for() -> None:
    """The last page is as small as it has to be, and the count says no more than the limit."""
    listing = listings.entry_listing("x", "page", "en-us", limit=150)
    assert [params(listing.request(skip))["limit"] for skip in (0, 100)] == ["100", "50"]
    assert listing.read({"entries": [], "count": 1000}).total == 150
    assert listing.read({"entries": [], "count": 3}).total == 3
    assert listing.read({"entries": []}).total is None


def test_the_first_of_all_languages_stay() -> None:
    """A limit counts uids over all languages; later ones are dropped in each of them."""
    staged = rows(("b", "en-us", ()), ("c", "en-us", ()), ("a", "fr-fr", ()), ("b", "fr-fr", ()))
    notes = [job for job in selection.selected(staged, ReadOptions(limit=2)) if isinstance(job, LocalRecords)]
    assert [note.dropped for note in notes if note.name == "chosen/page"] == [
        [(Stream("entries", "page", "en-us"), "c")]
    ]


def test_an_entry_that_a_query_found_comes_whole() -> None:
    """The languages in which it did not meet the query are asked for by uid."""
    staged = rows(("a", "en-us", ()), ("b", "en-us", ()), ("b", "fr-fr", ()))
    carry(
        staged,
        (one for one in selection.selected(staged, ReadOptions(query="{}")) if isinstance(one, LocalRecords)),
    )
    assert [row["uid"] for row in staged.objects(Stream(".wanted", "page", "fr-fr"))] == ["a"]
    assert list(staged.objects(Stream(".wanted", "page", "en-us"))) == []


def test_a_whole_export_has_no_narrow_stages() -> None:
    """With nothing narrowed no stage of the closure yields a job, whatever the depth says."""
    staged = rows(("a", "en-us", ("gone",)))
    narrow = [step for step in ContentstackExportPlan().stages if isinstance(step, Rounds)]
    assert narrow
    for rounds in narrow:
        for stage in rounds.stages:
            assert list(stage(staged, ReadOptions(with_references=None, versions="all"))) == []


def test_cuts_are_told_by_place() -> None:
    """Entry, content type, language, path; what is at hand is no cut."""
    staged = rows(("a", "en-us", ("b", "x")), ("b", "en-us", ()))
    notes = [
        job for job in selection.cut_references(staged, ReadOptions(limit=2)) if isinstance(job, LocalRecords)
    ]
    (gap,) = [gap for note in notes for gap in note.gaps]
    assert (gap.kind, gap.type, gap.uid, gap.locale, gap.path) == (
        "references", "page", "a", "en-us", "/links/1/uid",
    )  # fmt: skip
    assert " x," in gap.reason


def test_what_is_gone_was_not_cut() -> None:
    """An entry of a type that is no more, or one that was sought in vain, is not for a seed to tell."""
    staged = rows(("a", "en-us", ("sought",)))
    old: Any = [{"uid": "x", "_content_type_uid": "removed"}]
    staged.put("entries", {"uid": "b", "locale": "en-us", "links": old}, "page", "en-us")
    staged.put(".wanted", {"uid": "sought", "level": 1}, "page", "en-us")
    assert list(selection.cut_references(staged, ReadOptions(limit=2))) == []


@given(choices)
def test_a_choice_is_recorded_and_found_again(choice: Selection) -> None:
    """What a manifest or a checkpoint records is the choice; the whole stack records nothing."""
    assert selection_from_json(choice.narrowing_json()) == choice
    assert (choice.narrowing_json() == {}) == (not choice.is_narrow and choice.with_references == 0)


@pytest.mark.parametrize(
    "facts", [{"limit": "3"}, {"content_types": 3}, {"with_references": "deep"}, {"locales": [3]}]
)
def test_a_record_of_another_form_chooses_nothing(facts: Any) -> None:
    """A damaged record is no choice, and no error."""
    assert selection_from_json(facts) == Selection()


def uids(staged: Any, kind: str) -> list[Any]:
    return [
        row["uid"] for stream in staged.streams() if stream.kind == kind for row in staged.objects(stream)
    ]


def test_a_view_of_a_snapshot() -> None:
    """The chosen entries with their closure, the assets that these name; other kinds as they are."""
    staged = rows(("a", "en-us", ("b",)), ("b", "en-us", ("c",)), ("c", "en-us", ("a",)), ("d", "fr-fr", ()))
    put(staged, "b", "en-us", ("c",), picture="p")
    for uid in ("p", "q"):
        staged.put("assets", {"uid": uid})
        staged.put("files", {"uid": uid}, number=1)
    view = select(staged, Selection(limit=1, with_references=1), "pinned", MemoryTables())
    assert (uids(view, "entries"), uids(view, "assets"), uids(view, "files")) == (["a", "b"], ["p"], ["p"])
    assert uids(view, "content_types") == ["note", "page"]
    assert view.get(Stream("entries", "page", "en-us"), "c") is None
    assert view.get(Stream("entries", "page", "en-us"), "b") is not None
    assert view.get(Stream("files"), "q", 1) is None
    everything = select(staged, Selection(limit=1, with_references=None), "pinned", MemoryTables())
    assert uids(everything, "entries") == ["a", "b", "c"]
    french = select(staged, Selection(locales=frozenset({"fr-fr"})), "pinned", MemoryTables())
    assert [stream.locale for stream in french.streams() if stream.kind == "entries"] == ["fr-fr"]
    assert select(staged, Selection(with_references=None), "pinned", MemoryTables()) is staged


@pytest.mark.parametrize(("versions", "found"), [("latest", ["a"]), ("pinned", ["a"]), ("all", ["a", "b"])])
def test_only_versions_that_are_replayed_bring_something(versions: str, found: list[str]) -> None:
    """What only an unwanted old version refers to stays out."""
    staged = rows(("a", "en-us", ()), ("b", "en-us", ()))
    put(staged, "a", "en-us", ("b",), _version=1)
    assert (
        uids(select(staged, Selection(limit=1, with_references=1), versions, MemoryTables()), "entries")
        == found
    )
