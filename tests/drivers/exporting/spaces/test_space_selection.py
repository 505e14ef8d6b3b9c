"""Narrowed exports of a space: types, languages, a query, a number, a release; and what selected entries refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind, rich_text
from small_space import asset, content_type, entry, field, ids, link, locale, put_entries, store_file
from space_bench import SpaceBench, make_space_bench
from space_edits import edit_after
from workbench import Cut, RecordingTransport, cut_at, file_digests, memory_directory

from stackferry.emulators.faults import Fault
from stackferry.errors import BadAnswer, Refused, UsageError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space
    from stackferry.io.storage.snapshot import Snapshot


def fill_linked(space: Space, environment: Environment) -> None:
    """front → menu → about, about ↔ team in rich text; a live body and JSON of authors link, too; notes do not."""
    environment.put("locales", locale("en-US", default=True))
    environment.put("locales", locale("de", "en-US"))
    links = field("links", "Array", items={"type": "Link", "linkType": "Entry"}, localized=False)
    picture = field("picture", "Link", linkType="Asset")
    fields = (
        links,
        field("body", "RichText"),
        field("data", "Object"),
        picture,
        field("slug", localized=False),
    )
    environment.put_content_type(content_type("page", *fields))
    environment.put_content_type(content_type("note", field("text", "Text")))
    paths = {
        name: store_file(space, f"/{space.id}/{name}/token/{name}.png") for name in ("logo", "photo", "old")
    }
    for name, path in paths.items():
        environment.put_asset(asset(name, {"en-US": path}))

    def to(*names: str) -> Any:
        return {"en-US": [link("Entry", name) for name in names]}

    def put(uid: str, fields: Any, live: Any = None) -> None:
        raw = entry(uid, {"title": uid, "slug": uid, **fields}, 5 if live else 2, 2 if live else 1)
        environment.put_entry(raw, live and entry(uid, {"title": uid, **live}, 3, 2))

    put("front", {"links": to("menu", "gone"), "picture": link("Asset", "logo")})
    put("menu", {"links": to("about")})
    put("about", {"body": {"en-US": rich_text("Who we are", "team")}})
    put("team", {"body": {"en-US": rich_text("Who they are", "about")}, "picture": link("Asset", "photo")})
    put("other", {"data": {"en-US": {"app": link("Entry", "menu")}}}, {"links": to("team")})
    environment.put_entry(
        entry("memo", {"title": {"de": "Notiz"}, "text": {"de": "nur hier"}}, 2, 1, kind="note")
    )
    environment.put_entry(entry("hint", {"title": "Hint"}, 2, 1, kind="note"))


@pytest.fixture
def bench() -> Iterator[SpaceBench]:
    with memory_directory() as path:
        yield make_space_bench(path, fill_linked)


def held(snapshot: Snapshot, kind: str = "entries") -> list[str]:
    return [
        uid
        for stream, _ in snapshot.stream_files()
        if stream.kind == kind
        for uid in ids(snapshot.objects(stream))
    ]


def cut(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    return [(gap["uid"], gap["path"]) for gap in snapshot.gaps() if gap["kind"] == "references"]


def test_entries_of_a_type_come_with_the_assets_that_they_name(bench: SpaceBench) -> None:
    snapshot = bench.export(types=frozenset({"page"}))
    assert held(snapshot) == ["about", "front", "menu", "other", "team"]
    assert held(snapshot, "assets") == ["logo", "photo"]
    assert len([*snapshot.objects(Stream("files"))]) == 2
    assert held(snapshot, "content_types") == ["note", "page"]
    assert cut(snapshot) == [("front", "/fields/links/en-US/1")]
    assert not {"releases", "release_actions"} & {stream.kind for stream, _ in snapshot.stream_files()}
    snapshot.check()


def test_links_are_followed_level_by_level(bench: SpaceBench) -> None:
    one: Any = {"types": frozenset({"page"}), "query": '{"sys.id": "front"}'}
    levels = {
        0: ["front"],
        1: ["front", "menu"],
        2: ["about", "front", "menu"],
        3: ["about", "front", "menu", "team"],
    }
    for level, expected in levels.items():
        snapshot = bench.export(f"{level}", **one, with_references=level)
        assert held(snapshot) == expected
    whole = bench.export("all", **one, with_references=None)
    assert held(whole) == levels[3]
    assert held(whole, "assets") == ["logo", "photo"]
    # What is asked for and not there was deleted: nothing is cut.
    assert whole.gaps() == []


def test_a_cut_link_is_a_gap(bench: SpaceBench) -> None:
    snapshot = bench.export(query='{"sys.id[in]": ["front", "about"]}')
    assert held(snapshot) == ["about", "front"]
    assert cut(snapshot) == [
        ("about", "/fields/body/en-US/content/1/data/target"),
        ("front", "/fields/links/en-US/0"),
        ("front", "/fields/links/en-US/1"),
    ]


def test_links_of_what_is_live_count_and_json_of_authors_does_not(bench: SpaceBench) -> None:
    snapshot = bench.export(query='{"sys.id": "other"}', with_references=1)
    assert held(snapshot) == ["other", "team"]
    assert held(snapshot, "published_entries") == ["other"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('{"fields.slug": "menu"}', ["menu"]),
        ('{"fields.slug[in]": ["menu", "team"]}', ["menu", "team"]),
        ('{"sys.version[gt]": 2}', ["other"]),
        ('{"fields.picture[exists]": true}', ["front", "team"]),
    ],
)
def test_a_query_is_the_services_own(bench: SpaceBench, query: str, expected: list[str]) -> None:
    assert held(bench.export(types=frozenset({"page"}), query=query)) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('{"fields.slug": "menu"}', "give --content-type"),
        ('{"limit": 3}', "the query may not hold 'limit'"),
        ('{"sys.id": {"$in": ["a"]}}', "neither a text"),
    ],
)
def test_a_query_that_cannot_be_asked_is_a_usage_error(bench: SpaceBench, query: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        bench.export(query=query)
    assert bench.emulator.log == []


def test_a_number_of_entries_of_each_type(bench: SpaceBench) -> None:
    assert held(bench.export(limit=2)) == ["hint", "memo", "about", "front"]


def test_a_language_leaves_out_the_values_of_others(bench: SpaceBench) -> None:
    snapshot = bench.export(locales=frozenset({"de"}))
    assert held(snapshot) == ["memo"]
    assert snapshot.gaps() == [], "entries without these languages are not new"
    assert bench.paths().count("entries") == 2, "the list, and a look at it"
    german = bench.export("english", locales=frozenset({"en-US"}), types=frozenset({"page"}))
    assert held(german) == ["about", "front", "menu", "other", "team"]
    (memo,) = snapshot.objects(Stream("entries", "note"))
    assert memo["fields"] == {"title": {"de": "Notiz"}, "text": {"de": "nur hier"}}


def test_what_is_not_localized_belongs_to_every_language(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    snapshot = bench.export(locales=frozenset({"de"}))
    bodies: Any = {row["sys"]["id"]: row["fields"] for row in snapshot.objects(Stream("entries", "page"))}  # type: ignore[call-overload, index]
    assert bodies["hen"]["title"] == {"de": "Huhn"}
    assert bodies["hen"]["slug"] == {"en-US": "hen"}
    assert "fox" not in bodies
    (picture, *_) = snapshot.objects(Stream("assets"))
    file: Any = picture["fields"]
    assert sorted(file["file"]) == ["de", "en-US"], "it falls back"


def test_a_release_selects_its_items_with_their_bodies(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    by_title, by_id = bench.export("title", release="Campaign"), bench.export("id", release="campaign")
    assert held(by_title) == held(by_id) == ["egg", "hen"]
    assert held(by_id, "releases") == ["campaign"]
    assert held(by_id, "release_entries") == ["chick", "egg", "hen"]
    assert held(by_id, "scheduled_actions") == ["of-release", "off"]
    assert held(by_id, "assets") == ["picture", "sound"]
    unknown = bench.export("unknown", release="Nothing")
    assert [gap["reason"] for gap in unknown.gaps()] == [
        "it was asked for, and there is none of this title or id"
    ]


def test_schedules_and_workflows_come_with_what_they_are_about(root: Path) -> None:
    bench = make_space_bench(root, fill_every_kind)
    snapshot = bench.export(query='{"sys.id": "fox"}')
    assert held(snapshot, "scheduled_actions") == ["of-entry"]
    assert held(snapshot, "workflows") == ["of-fox"]
    assert held(bench.export("egg", query='{"sys.id": "egg"}'), "workflows") == []


def test_names_that_nothing_has_are_gaps(bench: SpaceBench) -> None:
    snapshot = bench.export(types=frozenset({"page", "pages"}), locales=frozenset({"en-US", "xx"}))
    found = [(gap["kind"], gap["uid"]) for gap in snapshot.gaps() if gap["kind"] != "references"]
    assert found == [("content_types", "pages"), ("locales", "xx")]


def test_the_same_selection_gives_the_same_bytes_also_after_kills(bench: SpaceBench) -> None:
    asked: Any = {"query": '{"sys.id": "front"}', "with_references": None, "versions": "all"}
    whole = file_digests(bench.export("whole", **asked).root)
    for number in range(2, bench.counts.read, 5):
        transport = RecordingTransport(bench.emulator, cut_at(number, after=number % 2 == 0))
        with pytest.raises(Cut):
            bench.export(f"{number}", transport=transport, **asked)
        assert file_digests(bench.export(f"{number}", **asked).root) == whole


@pytest.mark.parametrize("number", [4, 9, 14, 30])
def test_an_edit_meanwhile_may_select_other_entries(bench: SpaceBench, number: int) -> None:
    """From one entry to another one: the snapshot is as before or as after."""

    def edit(_: Space, environment: Environment) -> None:
        to: Any = {"en-US": [link("Entry", "team")]}
        raw = entry("front", {"title": "front", "links": to}, 3, 1, updatedAt="2030-05-05T08:00:00.000Z")
        environment.put_entry(raw, entry("front", {"title": "front"}, 2, 1))

    asked: Any = {"query": '{"sys.id": "front"}', "with_references": 1}
    before = file_digests(bench.export("before", **asked).root)
    part = bench.export("part", transport=edit_after(bench, number, edit), **asked)
    after = file_digests(bench.export("after", **asked).root)
    assert file_digests(part.root) in (before, after)


def test_many_links_are_asked_for_by_the_hundred(root: Path) -> None:
    def fill(space: Space, environment: Environment) -> None:
        fill_linked(space, environment)
        put_entries(environment, 450)
        all_of_them: Any = {"en-US": [link("Entry", f"entry{number:08d}") for number in range(450)]}
        environment.put_entry(entry("hub", {"title": "hub", "links": all_of_them}, 2, 1))

    bench = make_space_bench(root, fill)
    snapshot = bench.export(query='{"sys.id": "hub"}', with_references=1)
    assert len(held(snapshot)) == 451
    assert snapshot.gaps() == []
    asked = [one for one in bench.paths() if one == "entries"]
    assert len(asked) == (1 + 5) * 2, "each list, and a look at it"


def test_a_query_that_the_service_refuses_ends_every_run(bench: SpaceBench) -> None:
    """With its words, and without a snapshot that lacks the entries."""
    for _ in range(3):
        with pytest.raises(Refused, match=r"(?s)^(?!.*left out)"):
            bench.export(types=frozenset({"page"}), query='{"fields.nothing[near]": "1,2"}')


def test_a_listing_that_cannot_be_had_is_a_gap_in_the_next_run(bench: SpaceBench) -> None:
    """As in an export of everything: the service is up, and asked so by what this export asks first."""
    bench.emulator.faults.add(
        Fault(path="/tags", status=500, body=b"{}", times=1000, carried_out=False),
    )
    with pytest.raises(BadAnswer, match="run the same command again later; if tags does not come"):
        bench.export(types=frozenset({"note"}))
    snapshot = bench.export(types=frozenset({"note"}))
    assert [gap["kind"] for gap in snapshot.gaps()] == ["tags"]
