"""Some entries of a snapshot go into a space: these, what they need and the target lacks, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import content_type, entry, field, fill_small, link, locale
from space_bench import SOURCE, TARGET, make_space_bench
from space_editor import edit, state
from space_state import differences
from states_space import fill_states

from stackferry.errors import UsageError
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space


def only(uid: str, **more: Any) -> Selection:
    return Selection(query=f'{{"sys.id": "{uid}"}}', **more)


def touched(bench: SpaceBench) -> set[str]:
    """The objects of the target that were written, as "entries/ID"."""
    writes = [path for method in ("PUT", "POST", "DELETE") for path in bench.paths(method)]
    return {"/".join(path.split("/")[:2]) for path in writes}


def test_one_entry_is_written_and_nothing_else(root: Path) -> None:
    """Into a space that was edited since: its types, tags and other entries are its own."""
    bench = make_space_bench(root / "bench", fill_small)
    bench.import_snapshot(bench.export("first"))
    page: Any = bench.target.master.content_types["page"].body
    page["description"] = "ours"
    for key, title in ((SOURCE, "new"), (TARGET, "theirs")):
        edit(
            bench,
            *(
                (("PUT", f"/entries/{one}", {"fields": {"title": {"en-US": title}}}))
                for one in ("live", "draft")
            ),
            key=key,
        )
    snapshot, before = bench.export("second"), state(bench, TARGET)
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot, "again", selection=only("live"), on_conflict="update")
    assert done.gaps == []
    assert touched(bench) == {"entries/live"}
    changed = differences(before, state(bench, TARGET))
    assert [row[0] for row in changed] == [("entries", "live")]
    assert changed[0][2]["body"]["fields"]["title"] == {"en-US": "new"}
    assert bench.verify(snapshot, "again").differences == []
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "third", selection=only("live"), on_conflict="update")
    assert bench.writes() == 0


def fill_linked(space: Space, environment: Environment) -> None:
    """A page with a tag, an author, a picture, and a link to a page that is linked further."""
    fill_small(space, environment)
    environment.put("tags", {"sys": {"type": "Tag", "id": "blue", "visibility": "public"}, "name": "Blue"})
    environment.put_content_type(content_type("author"))
    for name in ("next", "by"):
        page: Any = environment.content_types["page"].body
        page["fields"].append(field(name, "Link", linkType="Entry"))
    page["fields"].append(field("picture", "Link", linkType="Asset"))
    environment.put_entry(entry("anna", {"title": "Anna"}, kind="author"))
    values = {"title": "hub", "next": link("Entry", "live"), "by": link("Entry", "anna")}
    hub = entry("hub", {**values, "picture": link("Asset", "boat")})
    hub["metadata"]["tags"] = [link("Tag", "blue")]
    environment.put_entry(hub)


def fill_other(bench: SpaceBench) -> None:
    """The target is in use for something else."""
    bench.target.master.put_content_type(content_type("other"))
    bench.target.master.put_entry(entry("theirs", {"title": "theirs"}, 2, 1, kind="other"))


def test_what_it_needs_is_made_where_it_is_missing(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_linked)
    fill_other(bench)
    snapshot = bench.export()
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot, selection=only("hub", with_references=1), on_conflict="update")
    assert done.gaps == []
    made = {key for key, _, _ in differences({}, state(bench, TARGET))}
    wanted = {
        ("entries", "hub"),
        ("entries", "live"),
        ("entries", "anna"),
        ("assets", "boat"),
        ("tags", "blue"),
    }
    wanted |= {("content_types", "page"), ("content_types", "author"), ("locales", "de")}
    wanted |= {("editor_interfaces", "page"), ("editor_interfaces", "author")}
    theirs = {("content_types", "other"), ("entries", "theirs"), ("locales", "en-US")}
    assert made - {("editor_interfaces", "other")} == wanted | theirs
    assert bench.verify(snapshot).differences == []


def test_a_link_that_is_cut_off_is_a_gap(root: Path) -> None:
    """It stays a link: what the target has is led to, what it lacks is named, field and locale."""
    bench = make_space_bench(root / "bench", fill_linked)
    fill_other(bench)
    bench.target.master.put_entry(entry("anna", {"title": "Anna"}, kind="other"))
    for snapshot, how in (
        (bench.export(), only("hub")),
        (bench.export("narrow", query='{"sys.id": "hub"}'), Selection()),
    ):
        done = bench.import_snapshot(snapshot, f"state of {how.query}", selection=how, on_conflict="update")
        (gap,) = done.gaps
        assert (gap["kind"], gap["uid"], gap["path"], gap["locale"]) == (
            "references",
            "hub",
            "/fields/next/en-US",
            "en-US",
        )
        assert "entry live" in str(gap["reason"])
        body: Any = bench.target.master.entries["hub"].body
        assert body["fields"]["next"] == {"en-US": link("Entry", "live")}


def test_one_locale_is_written_and_the_others_stay(root: Path) -> None:
    """Bodies and states: in the other locales they are the target's."""
    bench = make_space_bench(root / "bench", fill_states)
    bench.import_snapshot(bench.export("first"))
    for key, word in ((SOURCE, "new"), (TARGET, "theirs")):
        words = {"en-US": f"{word} en", "de": f"{word} de"}
        for uid in ("all", "draft"):
            edit(bench, ("PUT", f"/entries/{uid}", {"fields": {"title": words}}), key=key)
    edit(bench, ("PUT", "/entries/all/published", {"add": {"fields": {"*": ["de"]}}}))
    edit(bench, ("PUT", "/entries/draft/published", {"add": {"fields": {"*": ["en-US"]}}}))
    snapshot = bench.export("second")
    asked: dict[str, Any] = {"selection": Selection(locales=frozenset({"de"})), "on_conflict": "update"}
    done = bench.import_snapshot(snapshot, "again", **asked)
    assert done.gaps == []
    whole, draft = (bench.target.master.entries[uid] for uid in ("all", "draft"))
    bodies: list[Any] = [whole.body, whole.live, draft.body]
    titles = [one["fields"]["title"] for one in bodies]
    assert titles[0] == titles[2] == {"en-US": "theirs en", "de": "new de"}
    assert (titles[1]["en-US"], titles[1]["de"]) == ("All", "new de")
    assert draft.live is None
    assert bench.verify(snapshot, "again").differences == []
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "third", **asked)
    assert bench.writes() == 0


def test_a_new_entry_in_one_locale_has_what_is_of_all(root: Path) -> None:
    """And a snapshot that was made of some locales empties none of those that the target has."""
    bench = make_space_bench(root / "bench", fill_states)
    bench.import_snapshot(bench.export("first"))
    del bench.target.master.entries["all"]
    before = state(bench, TARGET)
    narrow = bench.export("narrow", locales=frozenset({"de"}))
    assert bench.import_snapshot(narrow, "again", on_conflict="update").left == []
    changed = differences(before, state(bench, TARGET))
    assert [row[0] for row in changed] == [("entries", "all")]
    made = bench.target.master.entries["all"]
    assert made.body["fields"] == {"title": {"de": "Alle"}}
    assert sorted(made.live_locales) == ["de"]


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        (Selection(types=frozenset({"pgae"})), "no content type 'pgae'; it holds 'page'"),
        (Selection(locales=frozenset({"xx"})), "no locale 'xx'; it holds 'de', 'en-US'"),
        (Selection(release="Spring"), "no release 'Spring'; it holds none"),
        (only("lvie"), "no entry 'lvie'"),
        (Selection(query='{"query": "words"}'), "cannot check 'query'"),
    ],
)
def test_what_nothing_is_called_is_refused(root: Path, selection: Selection, told: str) -> None:
    bench = make_space_bench(root / "bench", fill_small)
    snapshot = bench.export()
    with pytest.raises(UsageError, match=told):
        bench.import_snapshot(snapshot, selection=selection)
    assert bench.writes() == 0


def test_a_type_that_lacks_a_field_costs_that_field(root: Path) -> None:
    """Entries alone, of a type that the target has otherwise: a gap for each field, and the rest is written."""
    bench = make_space_bench(root / "bench", fill_small)
    for code in ("de",):
        bench.target.master.put("locales", locale(code, "en-US"))
    bench.target.master.put_content_type(content_type("page", field("own")))
    bench.target.master.put_entry(entry("draft", {"title": "theirs", "own": "ours"}))
    words = {"fields": {"title": {"en-US": "hen"}, "body": {"en-US": "words"}}}
    edit(bench, ("PUT", "/entries/draft", words))
    snapshot = bench.export()
    asked: dict[str, Any] = {"only": frozenset({"entries", "published_entries"}), "on_conflict": "update"}
    done = bench.import_snapshot(snapshot, **asked)
    told = [(gap["uid"], gap["path"]) for gap in done.gaps]
    assert told == [("draft", "/fields/body")]
    body: Any = bench.target.master.entries["draft"].body
    assert body["fields"] == {"title": {"en-US": "hen"}, "own": {"en-US": "ours"}}
    bench.emulator.log.clear()
    again = bench.import_snapshot(snapshot, "again", **asked)
    assert bench.writes() == 0
    assert [(gap["uid"], gap["path"]) for gap in again.gaps] == told


@pytest.mark.parametrize("on_conflict", ["", "update"])
def test_a_release_comes_with_what_it_links_to(root: Path, on_conflict: str) -> None:
    """What its items link to is made where it is missing; what the target has of it stays as it is."""

    def fill(space: Space, environment: Environment) -> None:
        fill_linked(space, environment)
        items = [{"entity": link("Entry", "hub"), "action": "publish"}]
        sys: Any = {
            "type": "Release",
            "id": "spring",
            "version": 1,
            "schemaVersion": "Release.v2",
            "status": "active",
        }
        entities: Any = {"sys": {"type": "Array"}, "items": items}
        environment.put_release({"sys": sys, "title": "Spring", "entities": entities})

    bench = make_space_bench(root / "bench", fill)
    if on_conflict:
        bench.import_snapshot(bench.export("all"), only=frozenset({"content_types", "locales", "tags"}))
        bench.target.master.put_entry(entry("anna", {"title": "ours"}, kind="author"))
    snapshot = bench.export()
    asked: dict[str, Any] = {"selection": Selection(release="Spring"), "on_conflict": on_conflict}
    done = bench.import_snapshot(snapshot, "again", **asked)
    assert done.gaps == []
    assert sorted(bench.target.master.entries) == ["anna", "hub", "live"]
    anna: Any = bench.target.master.entries["anna"].body
    assert anna["fields"]["title"] == {"en-US": "ours" if on_conflict else "Anna"}
    assert [one.raw["title"] for one in bench.target.master.releases.values()] == ["Spring"]
    assert bench.verify(snapshot, "again").differences == []
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "third", **{**asked, "on_conflict": "update"})
    assert bench.writes() == 0


def test_what_is_live_and_what_releases_hold_lose_fields_as_well(root: Path) -> None:
    """Each is a gap of its own, and explains what a comparison finds."""

    def fill(space: Space, environment: Environment) -> None:
        fill_small(space, environment)
        values = [
            {"title": f"hen, {state}", "body": f"words, {state}"} for state in ("edited", "live", "planned")
        ]
        edited, live, planned = (entry("hen", one, 5, 2) for one in values)
        environment.put_entry(edited, live)
        sys: Any = {"type": "Release", "id": "spring", "version": 1, "schemaVersion": "Release.v2"}
        items: Any = [{"entity": link("Entry", "hen"), "action": "publish"}]
        planned["sys"] |= {"release": link("Release", "spring"), "entity": link("Entry", "hen")}
        entities: Any = {"sys": {"type": "Array"}, "items": items}
        environment.put_release({"sys": sys, "title": "Spring", "entities": entities}, [planned])

    bench = make_space_bench(root / "bench", fill)
    bench.target.master.put("locales", locale("de", "en-US"))
    bench.target.master.put_content_type(content_type("page"))
    snapshot = bench.export()
    kinds = {"entries", "published_entries", "releases", "release_entries"}
    done = bench.import_snapshot(snapshot, only=frozenset(kinds), on_conflict="update")
    told = {(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps}
    hen = {("entries", "hen", path) for path in ("/fields/body", "/published/fields/body")}
    assert told == hen | {("release_entries", "spring/hen", "/fields/body")}
    assert bench.verify(snapshot).differences == []


@pytest.mark.parametrize("key", [TARGET, SOURCE])
def test_addresses_of_files_in_texts_are_told(root: Path, key: str) -> None:
    """In another space they lead to the source's: a gap for each entry, field and locale; no difference is hidden."""
    own, other = (
        f"https://images.ctfassets.net/{uid}/boat/token/boat.png?w=3" for uid in (SOURCE, "foreign")
    )
    mark: Any = {"nodeType": "hyperlink", "data": {"uri": own}, "content": []}
    text: Any = {"nodeType": "document", "data": {}, "content": [mark]}

    def fill(space: Space, environment: Environment) -> None:
        fill_small(space, environment)
        page: Any = environment.content_types["page"].body
        page["fields"] += [field("rich", "RichText"), field("raw", "Object")]
        words = {"en-US": f"see {other}", "de": f"siehe {own}"}
        environment.put_entry(
            entry(
                "hen",
                {"title": own[6:], "body": words, "rich": {"de": text}, "raw": {"en-US": [{"at": own}]}},
            )
        )

    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    asked: dict[str, Any] = {"in_place": True} if key == SOURCE else {}
    for name in ("first", "second"):
        done = bench.import_snapshot(snapshot, name, key=key, on_conflict="update", **asked)
        told = {(gap["kind"], gap["uid"], gap["path"], gap["locale"]) for gap in done.gaps}
        places = (("title", "en-US"), ("body", "de"), ("rich", "de"), ("raw", "en-US"))
        wanted = {("references", "hen", f"/fields/{name}/{code}", code) for name, code in places}
        assert told == (wanted if key == TARGET else set())
    if key == TARGET:
        edit(bench, ("PUT", "/entries/hen", {"fields": {"title": {"en-US": "spoilt"}}}), key=TARGET)
        found = {one["path"] for one in bench.verify(snapshot, "second").differences}
        assert "/fields/title/en-US" in found


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_space_that_publishes_whole_documents_says_what_became_of_it(root: Path, is_refused: bool) -> None:
    """A publish of all locales that is refused makes none of them live, and nothing says so."""
    bench = make_space_bench(root / "bench", fill_states)
    bench.target.locale_publishing = False
    page: Any = bench.source.master.content_types["page"].body
    page["fields"][0]["required"] = is_refused
    snapshot = bench.export()
    bench.import_snapshot(snapshot, "model", only=frozenset({"content_types", "locales"}))
    kinds = frozenset({"entries", "published_entries"})  # so that no type is softened
    done = bench.import_snapshot(snapshot, selection=only("all", locales=frozenset({"de"})), only=kinds)
    (gap,) = done.gaps
    made = bench.target.master.entries["all"]
    assert ("refused" in str(gap["reason"])) is is_refused
    assert ("it shows en-US, fr, pl as published" in str(gap["reason"])) is not is_refused
    assert bool(made.live_locales) is not is_refused
