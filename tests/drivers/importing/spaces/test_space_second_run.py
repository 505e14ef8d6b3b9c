"""A second import of what the target holds already writes nothing, whatever the first one had to do for it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

import pytest
from every_kind_space import fill_every_kind
from small_space import content_type, store_file
from space_bench import SOURCE, TARGET, TOKEN, SpaceBench, make_space_bench
from space_editor import edit

from sampling import sampled
from stackferry.emulators.contentful import Emulator
from stackferry.emulators.contentful.seed.generator import Shape, generate

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space


def import_(bench: SpaceBench, snapshot: Any, state: str, **options: Any) -> Any:
    """One of several imports between the same two places: what each finds out is kept for the next."""
    bench.emulator.log.clear()
    options = {"on_conflict": "update", **options}
    return bench.import_snapshot(snapshot, state, identities=lambda *_: bench.root / "map", **options)


def put_file(bench: SpaceBench, body: Any, content: bytes, key: str = TARGET) -> None:
    """Another file in an asset's body, of the name and type that it has."""
    path = store_file(bench.emulator.spaces[key], f"/{key}/other/{content.decode()}/name", content)
    file = body["fields"]["file"]["en-US"]
    body["fields"]["file"]["en-US"] = {**file, "url": path, "details": {"size": len(content)}}


def picture_in_campaign(bench: SpaceBench) -> Any:
    (campaign,) = (one for one in bench.target.master.releases.values() if one.raw["title"] == "Campaign")
    return campaign.assets["picture"]


def bytes_in(bench: SpaceBench, body: Any) -> Any:
    return bench.target.files[body["fields"]["file"]["en-US"]["url"]].content


def test_steps_of_one_name(root: Path) -> None:
    """No page says that the names of a workflow's steps are unique: each goes on under its own id."""

    def fill(space: Space, environment: Environment) -> None:
        fill_every_kind(space, environment)
        definition: Any = environment.workflow_definitions["review"]
        definition["steps"] = [{**step, "name": "Read"} for step in definition["steps"]]
        environment.changed()

    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export()
    import_(bench, snapshot, "first")
    import_(bench, snapshot, "second")
    assert bench.writes() == 0
    (definition,) = bench.target.master.workflow_definitions.values()
    (workflow,) = bench.target.master.workflows.values()
    ids = [step["id"] for step in cast("Any", definition["steps"])]
    assert len({*ids}) == len(ids) > 1
    workflow["stepId"] = next(one for one in ids if one != workflow["stepId"])
    bench.target.master.changed()
    (found,) = bench.verify(snapshot, "first").differences
    assert (found["kind"], found["path"]) == ("workflows", "/stepId")


def test_a_file_that_was_replaced_and_brought_back(root: Path) -> None:
    """The release still has the address that the first import gave it, the asset itself a new one: both are right."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    import_(bench, snapshot, "first")
    body: Any = copy.deepcopy(bench.target.master.assets["picture"].body)
    put_file(bench, body, b"spoilt")
    edit(bench, ("PUT", "/assets/picture", {"fields": body["fields"]}), key=TARGET)
    import_(bench, snapshot, "second")
    assert bench.writes() > 0
    for state in ("third", "fourth"):
        import_(bench, snapshot, state)
        assert bench.writes() == 0
    for one in (bench.target.master.assets["picture"], picture_in_campaign(bench)):
        assert bytes_in(bench, one.body) == b"an invented picture"


def test_other_bytes_of_one_size_in_a_release_are_seen(root: Path) -> None:
    """In the release of the target somebody has put another file, of the same name, type and size."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    bench.import_snapshot(snapshot, "first")
    put_file(bench, picture_in_campaign(bench).body, b"AN INVENTED PICTURE")
    bench.import_snapshot(snapshot, "second", on_conflict="update")
    assert bytes_in(bench, picture_in_campaign(bench).body) == b"an invented picture"


def test_an_own_file_of_a_release_that_looks_like_the_current_one(root: Path) -> None:
    """In the source the release has other bytes than the asset, and name, type and size are the same."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    put_file(
        bench, bench.source.master.releases["campaign"].assets["picture"].body, b"AN INVENTED PICTURE", SOURCE
    )
    snapshot = bench.export()
    import_(bench, snapshot, "first")
    assert bytes_in(bench, picture_in_campaign(bench).body) == b"AN INVENTED PICTURE"
    import_(bench, snapshot, "second")
    assert bench.writes() == 0


@pytest.mark.parametrize("stays", [False, True], ids=["none", "another"])
def test_a_file_that_cannot_be_had_is_told_and_not_written_again(root: Path, stays: bool) -> None:
    """Its bytes are not in the snapshot. Where the target has another file in its place, that one stays."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    address = str(next(iter(path for path in bench.source.files if path.endswith("/picture.png"))))
    whole, lost = bench.export("whole"), bench.source.files.pop(address)
    snapshot = bench.export()
    if stays:
        bench.source.files[address] = lost
        import_(bench, whole, "before")
        put_file(bench, bench.target.master.assets["picture"].body, b"their own")
    told = []
    for state in ("first", "second"):
        done = import_(bench, snapshot, state)
        told.append([gap["reason"] for gap in done.gaps if gap["kind"] == "assets"])
    ending = "the target's own file stays" if stays else "the asset was written without it"
    assert f"the snapshot does not hold its bytes: {ending}" in told[1]
    assert bench.writes() == 0
    file: Any = bench.target.master.assets["picture"].body["fields"]
    assert ("en-US" in file["file"]) is stays
    assert not stays or bytes_in(bench, {"fields": file}) == b"their own"


@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("seed", sampled(range(8), 2))
def test_generated_spaces(root: Path, seed: int, versions: str) -> None:
    """With a history, files that were never processed, releases of both generations, schedules and workflows."""
    emulator = Emulator()
    source = generate(emulator, key=SOURCE, token=TOKEN, seed=seed, shape=Shape(entries=18, assets=9))
    target = emulator.add_space(key=TARGET, token=TOKEN, locale=source.master.default_locale)
    target.organization = source.organization
    bench = SpaceBench(root, emulator, source, target)
    snapshot = bench.export(versions=versions, editorial=True)
    first = import_(bench, snapshot, "first", versions=versions, accept_app_terms=True)
    assert bench.verify(snapshot, "first", versions=versions, accept_app_terms=True).differences == []
    again = import_(bench, snapshot, "second", versions=versions, accept_app_terms=True)
    assert bench.writes() == 0
    assert first.gaps == again.gaps


def fill_partly(space: Space, environment: Environment) -> None:
    """An entry that was published in one locale while another had words, and was edited since."""
    fill_every_kind(space, environment)
    partly = environment.entries["partly"]
    older, live = copy.deepcopy(partly.snapshots), copy.deepcopy(partly.live)
    body: Any = copy.deepcopy(partly.body)
    body["fields"]["title"]["en-US"] = "Goose, edited"
    sys: Any = {**partly.sys, "version": 5, "fieldStatus": {"*": {"en-US": "changed", "de": "draft"}}}
    environment.put_entry({**body, "sys": sys}, live=live, snapshots=older)


def test_words_of_a_version_that_were_not_published_are_told(root: Path) -> None:
    """Where the target does not say how it publishes, what is live is written without them: each time a gap."""
    bench = make_space_bench(root / "bench", fill_partly)
    sys: Any = {"type": "UIConfig", "id": "default", "version": 1}
    bench.target.master.ui_config = {"sys": sys, "homeViews": []}
    snapshot = bench.export(versions="all")
    for state in ("first", "second"):
        done = import_(bench, snapshot, state, versions="all")
        told = [(gap["uid"], gap["path"]) for gap in done.gaps if gap["kind"] == "entry_snapshots"]
        assert told == [("partly", "/3")]
        found = bench.verify(snapshot, state, versions="all").differences
        assert [one for one in found if one["kind"] == "entry_snapshots"] == []
    assert bench.writes() == 0


@pytest.mark.parametrize(("mode", "lost"), [("localePublishing", []), ("entryPublishing", ["/3"])])
def test_words_of_a_version_that_were_not_published_arrive(root: Path, mode: str, lost: list[str]) -> None:
    """Where the target says that it publishes single locales: written with what is live, and published without.

    It takes no request more. Where it publishes whole entries they would go live, so they are a gap.
    """
    bench = make_space_bench(root / "bench", fill_partly)
    bench.source.master.ui_config["publish"] = bench.target.master.ui_config["publish"] = {
        "publishMode": mode
    }
    bench.target.locale_publishing = mode == "localePublishing"
    snapshot = bench.export(versions="all")
    for state in ("first", "second"):
        done = import_(bench, snapshot, state, versions="all")
        assert [gap["path"] for gap in done.gaps if gap["kind"] == "entry_snapshots"] == lost
        found = bench.verify(snapshot, state, versions="all").differences
        assert [
            one for one in found if one["kind"] in ("entry_snapshots", "published_entries", "entries")
        ] == []
        if state == "first":
            assert bench.writes() <= done.minimum["write"] + done.minimum["bulk"] + (2 if lost else 1)
    target = bench.target.master.entries["partly"]
    words: Any = [row["snapshot"]["fields"]["title"] for row in target.snapshots]  # type: ignore[call-overload, index] # JSON
    assert ({"en-US": "Goose", "de": "Gans"} in words) is (not lost)
    live: Any = target.live
    assert live["fields"]["title"] == {"en-US": "Goose"}


def test_what_the_service_says_of_itself_is_no_difference(root: Path) -> None:
    """An old or hand-made file need not say what a locale and a type are by default."""

    def fill(_space: Space, environment: Environment) -> None:
        environment.put_content_type(content_type("page"))

    bench = make_space_bench(root / "bench", fill)
    del bench.source.master.content_types["page"].body["description"]
    (locale,) = bench.source.master.locales.values()
    for name in ("contentDeliveryApi", "contentManagementApi", "optional"):
        del locale[name]
    snapshot = bench.export()
    import_(bench, snapshot, "first")
    bench.target.master.content_types["page"].body["description"] = ""
    import_(bench, snapshot, "second")
    assert bench.writes() == 0


def test_a_tag_whose_name_another_has_is_told_and_not_sent(root: Path) -> None:
    """The service takes each name once."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    theirs: Any = copy.deepcopy(bench.source.master.tags["farm"])
    theirs["sys"]["id"] = "theirs"
    bench.target.master.tags["theirs"] = theirs
    snapshot = bench.export()
    for state in ("first", "second"):
        done = import_(bench, snapshot, state)
        (gap,) = [gap for gap in done.gaps if gap["kind"] == "tags"]
        assert (gap["uid"], "under the id 'theirs'" in str(gap["reason"])) == ("farm", True)
        assert not [one for one in bench.emulator.log if one.path.endswith("/tags/farm")]
    assert bench.writes() == 0


def test_what_the_lists_do_not_show_yet_is_not_made_again(root: Path) -> None:
    """Lists may follow what is written after a while; an id that the service chose is known from the import."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export(editorial=True)
    told = import_(bench, snapshot, "first").gaps
    here = bench.target.master
    kinds = ("releases", "workflow_definitions", "workflows", "tasks", "comments")
    made: dict[str, dict[str, Any]] = {kind: getattr(here, kind) for kind in kinds}
    here.not_listed |= {uid for rows in made.values() for uid in rows}
    before = {kind: [*rows] for kind, rows in made.items()}
    done = import_(bench, snapshot, "second")
    assert {kind: [*rows] for kind, rows in made.items()} == before
    more = [gap for gap in done.gaps if gap not in told]
    # A workflow is not looked for: its definition counts as missing.
    told_of = {gap["kind"] for gap in more if "no list of the target shows it" in str(gap["reason"])}
    assert told_of == {*kinds} - {"workflows"}
    here.not_listed.clear()
    assert (import_(bench, snapshot, "third").gaps, bench.writes()) == (told, 0)
