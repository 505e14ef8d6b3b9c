"""`restore` of a space: single entries, assets and releases go back where they come from, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from restoring import UNLIMITED
from small_space import content_type, entry, field, fill_small, link
from space_bench import SOURCE, TOKEN, make_space_bench
from space_editor import edit, state
from space_state import differences
from states_space import fill_states
from workbench import memory_directory, run_async

import stackferry
from stackferry.emulators.contentful import serve
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space
    from stackferry.io.storage.snapshot import Snapshot

    Open = Callable[[Callable[[Space, Environment], None]], SpaceBench]


@pytest.fixture
def opened() -> Iterator[Open]:
    """A bench on a socket, with a space that is filled as asked."""
    with memory_directory() as root:
        closing: list[Any] = []

        def make(fill: Callable[[Space, Environment], None]) -> SpaceBench:
            bench = make_space_bench(root / "bench", fill)
            served = serve(bench.emulator)
            bench.host = served.__enter__().removeprefix("http://")
            closing.append(served)
            return bench

        yield make
        for served in closing:
            served.__exit__(None, None, None)


def restored(bench: SpaceBench, snapshot: Snapshot, *names: str, **options: Any) -> tuple[Any, list[str]]:
    """What was reported, and the writes that were sent, without the environment's path."""
    asked = {"state": bench.root / "restore", "token": TOKEN, "speed": UNLIMITED, **options}
    before = len(bench.emulator.log)

    async def run() -> Any:
        return await stackferry.restore(names, snapshot, bench.place(), **asked)

    report = run_async(run)
    sent = [one for one in bench.emulator.log[before:] if one.method != "GET"]
    return report, [f"{one.method} {one.path.partition('/master')[2] or one.path}" for one in sent]


def spoil(bench: SpaceBench, *uids: str, **words: str) -> None:
    """An editor gives entries another title, in en-US or in the locales that are named."""
    for uid in uids:
        edit(bench, ("PUT", f"/entries/{uid}", {"fields": {"title": words or {"en-US": "spoilt"}}}))


def fields(bench: SpaceBench, uid: str) -> Any:
    return bench.source.master.entries[uid].body["fields"]


def test_one_entry_is_written_and_nothing_else(opened: Open) -> None:
    """By its id, or by its title; twice is nothing; another object needs no other state."""
    bench = opened(fill_small)
    snapshot, before = bench.export(), state(bench)
    spoil(bench, "draft", "live", "changed")
    report, writes = restored(bench, snapshot, "live")
    assert writes == ["PUT /entries/live", "POST /bulk_actions/publish"]
    assert (report.gaps, report.left, report.remarks) == ([], [], {})
    assert report.named == [{"kind": "entries", "uid": "live", "content_type": "page", "title": "live"}]
    assert {uid for (_, uid), _, _ in differences(before, state(bench))} == {"draft", "changed"}
    assert restored(bench, snapshot, "live")[1] == []
    assert restored(bench, snapshot, "live", state=bench.root / "another")[1] == []
    assert restored(bench, snapshot, "a draft", "changed")[1] != []
    assert differences(before, state(bench)) == []


@pytest.mark.parametrize("name", ["entries/changed", "entries/partly", "entries/draft", "assets/boat"])
def test_what_was_deleted_comes_back_under_its_id(opened: Open, name: str) -> None:
    """With its live body, its current one, its state in each locale, its file."""
    bench = opened(fill_small)
    snapshot, before = bench.export(), state(bench)
    kind, _, uid = name.partition("/")
    del getattr(bench.source.master, kind)[uid]
    report, _ = restored(bench, snapshot, uid)
    assert report.gaps == []
    assert differences(before, state(bench)) == []


def test_an_asset_gets_its_file(opened: Open) -> None:
    bench = opened(fill_states)
    snapshot, before = bench.export(), state(bench)
    assets: Any = bench.source.master.assets
    files = {
        **assets["plain"].body["fields"]["file"],
        "en-US": assets["both"].body["fields"]["file"]["en-US"],
    }
    edit(bench, ("PUT", "/assets/plain", {"fields": {**assets["plain"].body["fields"], "file": files}}))
    spoil(bench, "all")
    report, writes = restored(bench, snapshot, "plain")
    assert report.gaps == []
    assert {(kind, uid) for (kind, uid), _, _ in differences(before, state(bench))} == {("entries", "all")}
    assert all("plain" in one or "uploads" in one or "bulk_actions" in one for one in writes)
    assert restored(bench, snapshot, "plain")[1] == []


def test_a_field_that_is_gone_is_a_gap_and_a_newer_one_stays(opened: Open) -> None:
    bench = opened(fill_small)
    edit(
        bench, ("PUT", "/entries/live", {"fields": {"title": {"en-US": "live"}, "body": {"en-US": "words"}}})
    )
    snapshot = bench.export()
    bench.source.master.put_content_type(content_type("page", field("own")))
    values = {"title": {"en-US": "spoilt"}, "own": {"en-US": "newer"}}
    edit(bench, ("PUT", "/entries/live", {"fields": values}))
    for state_name in ("first", "second"):
        report, writes = restored(bench, snapshot, "live", state=bench.root / state_name)
        assert [(gap["uid"], gap["path"]) for gap in report.gaps] == [("live", "/fields/body")]
        assert fields(bench, "live") == {"title": {"en-US": "live"}, "own": {"en-US": "newer"}}
    assert writes == []
    del bench.source.master.content_types["page"]
    with pytest.raises(UsageError, match="no content type 'page': bring it back first"):
        restored(bench, snapshot, "live", state=bench.root / "third")


def test_a_tag_that_is_gone_is_a_gap(opened: Open) -> None:
    def fill(space: Space, environment: Environment) -> None:
        fill_small(space, environment)
        environment.put(
            "tags", {"sys": {"type": "Tag", "id": "blue", "visibility": "public"}, "name": "Blue"}
        )
        hen = entry("hen", {"title": "hen"})
        hen["metadata"]["tags"] = [link("Tag", "blue")]
        environment.put_entry(hen)

    bench = opened(fill)
    snapshot = bench.export()
    spoil(bench, "hen")
    del bench.source.master.tags["blue"]
    report, writes = restored(bench, snapshot, "hen")
    assert [(gap["uid"], gap["path"]) for gap in report.gaps] == [("hen", "/metadata/tags/blue")]
    assert writes == ["PUT /entries/hen"]
    assert fields(bench, "hen") == {"title": {"en-US": "hen"}}


def test_one_locale_is_restored_alone(opened: Open) -> None:
    bench = opened(fill_states)
    snapshot = bench.export()
    spoil(bench, "all", **{"en-US": "spoilt", "de": "kaputt", "fr": "Tous", "pl": "Wszystkie"})
    report, _ = restored(bench, snapshot, "all", locales=["de"])
    assert report.gaps == []
    assert fields(bench, "all")["title"]["de"] == "Alle"
    assert fields(bench, "all")["title"]["en-US"] == "spoilt"
    live: Any = bench.source.master.entries["all"].live
    assert live["fields"]["title"]["en-US"] == "All"
    assert restored(bench, snapshot, "all", locales=["de"])[1] == []
    with pytest.raises(UsageError, match="holds entry draft in en-US, not in de"):
        restored(bench, snapshot, "draft", locales=["de"])
    with pytest.raises(UsageError, match="no locale 'xx'"):
        restored(bench, snapshot, "all", locales=["xx"])


def test_nothing_is_published_where_that_is_asked(opened: Open) -> None:
    bench = opened(fill_small)
    snapshot = bench.export()
    spoil(bench, "live")
    assert restored(bench, snapshot, "live", publish="none")[1] == ["PUT /entries/live"]
    assert fields(bench, "live") == {"title": {"en-US": "live"}}
    assert bench.source.master.entries["live"].state == "changed"


def test_an_older_version_becomes_the_newest_draft(opened: Open) -> None:
    """Its numbers are those of `ls`; nothing is published."""
    bench = opened(fill_small)
    spoil(bench, "live")
    edit(bench, ("PUT", "/entries/live/published", None))
    spoil(bench, "live", **{"en-US": "spoilt again"})
    snapshot = bench.export(versions="all")
    with pytest.raises(UsageError, match=r"not hold version 99 of entry live; it holds [\d, ]+ \('export"):
        restored(bench, snapshot, "live", version=99)
    live: Any = bench.source.master.entries["live"]
    before, (kept,) = live.live, live.snapshots
    number = kept["snapshot"]["sys"]["version"]
    assert restored(bench, snapshot, "live", version=number)[1] == ["PUT /entries/live"]
    assert fields(bench, "live")["title"] == {"en-US": "spoilt"}
    assert bench.source.master.entries["live"].live == before
    assert restored(bench, snapshot, "live", version=number)[1] == []
    with pytest.raises(UsageError, match="has no versions"):
        restored(bench, snapshot, "boat", version=1)


def test_a_name_of_none_or_of_several_is_refused(opened: Open) -> None:
    """One id may be that of an entry and of an asset: the kind says which."""

    def fill(space: Space, environment: Environment) -> None:
        fill_small(space, environment)
        environment.put_entry(entry("twin", {"title": "live"}))
        environment.put_entry(entry("boat", {"title": "no asset"}))

    bench = opened(fill)
    snapshot = bench.export()
    spoil(bench, "boat", "twin")
    del bench.source.master.assets["boat"]
    with pytest.raises(UsageError, match=r"'boat' means several .*: name one by assets/boat or entries/boat"):
        restored(bench, snapshot, "boat")
    with pytest.raises(UsageError, match="holds nothing with the uid"):
        restored(bench, snapshot, "nobody")
    assert restored(bench, snapshot, "live")[0].named[0]["uid"] == "live"  # an id goes before a title
    writes = restored(bench, snapshot, "entries/boat", "twin")[1]
    assert sorted(writes) == ["PUT /entries/boat", "PUT /entries/twin"]
    assert "boat" not in bench.source.master.assets


def test_what_is_gone_besides_is_told(opened: Open) -> None:
    """A link to what is not there stays and is a gap; so is an item of a release."""

    def fill(space: Space, environment: Environment) -> None:
        fill_states(space, environment)
        entities: Any = {"sys": {"type": "Array"}, "items": [link("Entry", "some"), link("Entry", "all")]}
        sys: Any = {"type": "Release", "id": "spring", "version": 1, "status": "active"}
        environment.put_release({"sys": sys, "title": "Spring", "entities": entities})

    bench = opened(fill)
    snapshot = bench.export()
    spoil(bench, "linked")
    del bench.source.master.entries["some"]
    for _ in range(2):
        report, writes = restored(bench, snapshot, "linked", "Spring")
        told = [(gap["kind"], gap["uid"], gap["path"]) for gap in report.gaps]
        assert ("references", "linked", "/fields/next/en-US") in told
        assert ("releases", "spring", "/entities/items/Entry some") in told
        assert fields(bench, "linked")["next"] == {"en-US": link("Entry", "some")}
    assert writes == []


@pytest.mark.parametrize("is_gone", [False, True])
def test_releases_come_back_with_their_items(opened: Open, is_gone: bool) -> None:
    """Of both generations, with the bodies that one holds; what they name stays as it is."""
    bench = opened(fill_every_kind)
    snapshot = bench.export()
    releases: Any = bench.source.master.releases
    before = {uid: (one.raw["title"], one.raw["entities"]) for uid, one in releases.items()}
    assert {one.is_timeline for one in releases.values()} == {True, False}
    for one in [*releases.values()]:
        if is_gone:
            del releases[one.raw["sys"]["id"]]
        else:
            one.raw["title"] = f"{one.raw['title']}, spoilt"
    asked = [f"releases/{uid}" for uid in before]
    entries = state(bench)
    report, writes = restored(bench, snapshot, *asked)
    assert report.gaps == []
    found = sorted(one.raw["title"] for one in releases.values())
    assert found == sorted(title for title, _ in before.values())
    assert all("/releases" in one for one in writes)
    assert differences(entries, state(bench)) == []
    assert restored(bench, snapshot, *asked)[1] == []


def test_the_space_is_not_read_for_one_entry(opened: Open) -> None:
    """The door, types, locales, tags, the mode of publishing, the entry, what is live of it: one request each."""
    bench = opened(fill_states)
    snapshot = bench.export()
    spoil(bench, "edited")
    before = len(bench.emulator.log)
    restored(bench, snapshot, "edited")
    reads = [one.path for one in bench.emulator.log[before:] if one.method == "GET"]
    assert len([path for path in reads if "bulk_actions" not in path]) <= 8, reads
    assert not [path for path in reads if path.endswith(("/webhook_definitions", "/releases", "/roles"))]


def test_a_release_of_another_feature_comes_back_where_it_is_named(opened: Open) -> None:
    """An import leaves it out and tells so."""
    bench = opened(fill_every_kind)
    launch: Any = bench.source.master.releases["launch"].raw
    launch["metadata"] = {"annotations": {"Contentful:Timeline": {"type": "Hidden"}}}
    snapshot = bench.export()
    del bench.source.master.releases["launch"]
    bench.source.master.changed()
    done = bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update")
    assert [gap["uid"] for gap in done.gaps if "restore" in str(gap["reason"])] == ["launch"]
    report, _ = restored(bench, snapshot, "launch")
    assert report.gaps == []
    found = [one.raw for one in bench.source.master.releases.values() if one.raw["title"] == launch["title"]]
    assert [row["metadata"] for row in found] == [launch["metadata"]]


def test_a_plan_names_an_entry_in_the_default_language(opened: Open) -> None:
    bench = opened(fill_states)
    edit(bench, ("PUT", "/entries/all", {"fields": {"title": {"de": "Deutsch", "en-US": "English"}}}))
    snapshot = bench.export()
    spoil(bench, "all", **{"de": "kaputt", "en-US": "spoilt"})
    asked: Any = {"state": bench.root / "restore", "token": TOKEN, "speed": UNLIMITED}
    plan = run_async(lambda: stackferry.plan_restore("all", snapshot, bench.place(), **asked))
    assert [row["title"] for row in plan.writes] == ["English"]
