"""One release goes into another branch or stack: its items, and of what these refer to what the target lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from workbench import (
    SOURCE,
    SYSTEM,
    TARGET,
    Cut,
    RecordingTransport,
    cut_at,
    file_digests,
    import_cut_at_every_write,
    make_workbench,
    memory_directory,
)

from stackferry.errors import UsageError
from stackferry.model import Stream
from stackferry.providers.selection import Selection
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.model import Json, JsonObject

LIVE, NAME = "bltenvironment1", "Spring"
TITLE: JsonObject = {"uid": "title", "data_type": "text", "display_name": "Title", "unique": True}
LINK: JsonObject = {
    "uid": "link",
    "data_type": "reference",
    "display_name": "Link",
    "reference_to": ["page", "note"],
    "field_metadata": {"ref_multiple": True},
    "multiple": True,
}
PICTURE: JsonObject = {"uid": "picture", "data_type": "file", "display_name": "Picture"}
STAMPS: JsonObject = {"_version": 1, "publish_details": [], "created_at": "2026-01-01T00:00:00.000Z",
                      "updated_at": "2026-01-01T00:00:00.000Z"}  # fmt: skip
# The items of the release, what these refer to, and what has nothing to do with it.
FRONT, ABOUT, LOGO = "bltfront", "bltabout", "bltlogo"
HELD, OTHER, PHOTO = "bltheld", "bltother", "bltphoto"


def linked(uid: str, kind: str = "note") -> list[Json]:
    return [{"uid": uid, "_content_type_uid": kind}]


def fill(stack: Stack) -> None:
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    stack.put("roles", {"uid": "bltrole", "name": "Keeper", "description": "", "rules": [], **STAMPS})
    for uid in (LOGO, PHOTO):
        row: JsonObject = {"uid": uid, "filename": f"{uid}.png", "title": uid, "is_dir": False, "file_size": "3",
                           "content_type": "image/png", "tags": [], "parent_uid": None, **STAMPS}  # fmt: skip
        row["url"] = f"https://images.invented.example/v3/assets/blt_old/{uid}/{1:024x}/{uid}.png"
        stack.main.put_asset(row, uid.encode())
    for kind in ("page", "note", "unused"):
        stack.main.put_content_type(
            {"uid": kind, "title": kind, "description": "", "schema": [TITLE, LINK, PICTURE], **STAMPS}
        )
    put = stack.main.put_entry_version
    put("page", "en-us", {"uid": FRONT, "title": "Front", "link": linked(HELD), "picture": PHOTO, **STAMPS})
    put("page", "en-us", {"uid": ABOUT, "title": "About", "link": [], **STAMPS})
    put("note", "en-us", {"uid": HELD, "title": "Held", "link": [], **STAMPS})
    put("note", "en-us", {"uid": OTHER, "title": "Other", "link": [], **STAMPS})


def item(uid: str, version: int, content_type: str = "page") -> JsonObject:
    return {"uid": uid, "content_type_uid": content_type, "locale": "en-us", "version": version,
            "action": "publish"}  # fmt: skip


class Fork:
    """A stack and a branch of it, with a release in the branch that both of its entries and an asset are in."""

    def __init__(self, root: Path) -> None:
        self.bench: Workbench = make_workbench(root, fill)
        self.main = Editors(self.bench, key=SOURCE)
        assert self.main.call(
            "POST", "/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}}
        ).is_success
        self.dev = Editors(self.bench, key=SOURCE, branch="dev")
        self.new = self.make("note", title="New", link=linked(OTHER))
        versions = {
            FRONT: self.dev.save("page", FRONT, title="Front, of dev"),
            ABOUT: self.dev.save("page", ABOUT, title="About, of dev", link=linked(self.new)),
        }
        self.dev.save("note", HELD, title="Held, of dev")
        self.main.save("note", HELD, title="Held, of main")
        self.dev.call("PUT", f"/assets/{LOGO}", json={"asset": {"title": "Logo, of dev"}}).raise_for_status()
        items = [*(item(uid, number) for uid, number in versions.items()), item(LOGO, 2, "built_io_upload")]
        self.release = self.make_release(NAME, items)
        self.make_release("Autumn", [item(OTHER, 1, "note")])
        self._count = 0

    def make(self, kind: str, **fields: Any) -> str:
        answer = self.dev.call(
            "POST", f"/content_types/{kind}/entries", params={"locale": "en-us"}, json={"entry": fields}
        )
        return str(answer.raise_for_status().json()["entry"]["uid"])

    def make_release(self, name: str, items: list[JsonObject], editors: Editors | None = None) -> str:
        by = editors or self.dev
        body = {"release": {"name": name, "description": ""}}
        uid = str(by.call("POST", "/releases", json=body).raise_for_status().json()["release"]["uid"])
        if items:
            by.call("POST", f"/releases/{uid}/items", json={"items": items}).raise_for_status()
        return uid

    def branch(self, name: str) -> Any:
        return self.bench.source.branches[name]

    def held(self, kind: str, uid: str, branch: str = "main") -> Any:
        return self.branch(branch).entries[kind][uid].documents["en-us"].latest

    def export(self, name: str = "", **options: Any) -> Snapshot:
        return self.bench.export(name or f"export {self.count()}", branch="dev", **options)

    def count(self) -> int:
        self._count += 1
        return self._count

    def promote(
        self, snapshot: Snapshot | None = None, **options: Any
    ) -> tuple[ImportResult, list[str], list[str]]:
        """What it did, the writes that it sent, and the reads of entries, assets and releases."""
        transport = RecordingTransport(self.bench.emulator)
        done = self.bench.import_snapshot(
            snapshot or self.export(release=NAME),
            f"state {self.count()}",
            transport=transport,
            identities=lambda here, there: self.bench.root / f"{here.name} to {there.name}",
            **{"on_conflict": "update", "key": SOURCE, **options},
        )
        calls = [call.replace("/v3/", "/") for call in transport.log]
        return (
            done,
            [call.partition("?")[0] for call in calls if not call.startswith("GET")],
            [call for call in calls if call.startswith("GET")],
        )


@pytest.fixture
def fork() -> Iterator[Fork]:
    with memory_directory() as root:
        yield Fork(root)


def items_in(branch: Any, name: str = NAME) -> dict[str, object]:
    """The items of the one release of this name: uid → version."""
    (release,) = [one for one in branch.releases.values() if one.raw["name"] == name]
    return {str(row["uid"]): row.get("version") for row in release.items}


@pytest.mark.parametrize("way", ["narrowed export", "narrowed import"])
def test_items_are_promoted_with_what_the_target_lacks(fork: Fork, way: str) -> None:
    """What an item refers to and the target has stays as it is there; what it lacks is made; nothing else is sent."""
    if way == "narrowed export":
        done, writes, _ = fork.promote()
    else:
        done, writes, _ = fork.promote(fork.export(), selection=Selection(release=NAME))
    assert done.gaps == []
    assert fork.held("page", FRONT)["title"] == "Front, of dev"
    assert fork.held("page", ABOUT)["title"] == "About, of dev"
    assert fork.branch("main").assets[LOGO].latest["title"] == "Logo, of dev"
    assert fork.held("note", HELD)["title"] == "Held, of main"
    (made,) = [uid for uid in fork.branch("main").entries["note"] if fork.held("note", uid)["title"] == "New"]
    assert fork.held("page", ABOUT)["link"] == linked(made)
    assert fork.held("note", made)["link"] == linked(OTHER)
    assert items_in(fork.branch("main")) == {FRONT: 2, ABOUT: 2, LOGO: 2}
    (release,) = fork.branch("main").releases
    assert sorted(writes) == sorted(
        [
            "POST /content_types/note/entries/import",
            f"PUT /content_types/page/entries/{FRONT}",
            f"PUT /content_types/page/entries/{ABOUT}",
            f"PUT /assets/{LOGO}",
            "POST /releases",
            f"POST /releases/{release}/items",
        ]
    )


def test_a_second_run_sends_nothing(fork: Fork) -> None:
    """Neither of the same snapshot nor of a new one; what was only brought along may be edited in between."""
    snapshot = fork.export(release=NAME)
    fork.promote(snapshot)
    fork.main.save("note", OTHER, title="Other, of main")
    for again in (snapshot, None):
        done, writes, _ = fork.promote(again)
        assert (writes, done.gaps, done.remarks.get("conflicts")) == ([], [], None)
    assert fork.held("note", OTHER)["title"] == "Other, of main"


def test_a_release_that_is_there_gets_the_items_that_it_lacks(fork: Fork) -> None:
    """It is found by its name; what only it holds stays in it, and is told."""
    uid = fork.make_release(NAME, [item(FRONT, 1), item(OTHER, 1, "note")], fork.main)
    done, writes, _ = fork.promote()
    assert done.gaps == []
    assert "POST /releases" not in writes
    assert [*fork.branch("main").releases] == [uid]
    assert items_in(fork.branch("main")) == {FRONT: 2, ABOUT: 2, LOGO: 2, OTHER: 1}
    assert [row["uids"] for row in done.left if row["kind"] == "release_items"] == [[OTHER]]


def test_an_item_that_was_edited_in_the_target_alone_is_kept(fork: Fork) -> None:
    """The release pins the version that the source's pins: both branches have it."""
    plain = fork.make_release("Plain", [item(OTHER, 1, "note")])
    fork.main.save("note", OTHER, title="Other, of main")
    done, writes, _ = fork.promote(fork.export(release=plain))
    assert done.gaps == []
    assert fork.held("note", OTHER)["title"] == "Other, of main"
    assert items_in(fork.branch("main"), "Plain") == {OTHER: 1}
    assert not any("/entries/" in call for call in writes)
    assert [row["uids"] for row in done.left if row["kind"] == "newer"] == [[OTHER]]


@pytest.mark.parametrize("conflicts", ["", "keep"])
def test_an_item_that_was_edited_on_both_sides(fork: Fork, conflicts: str) -> None:
    """Where the target's is kept no version of it is what the release pins: a gap."""
    fork.main.save("page", FRONT, title="Front, of main")
    done, _, _ = fork.promote(conflicts=conflicts)
    assert [row["uid"] for row in done.remarks["conflicts"]] == [FRONT]
    version = items_in(fork.branch("main")).get(FRONT)
    if conflicts:
        assert fork.held("page", FRONT)["title"] == "Front, of main"
        assert {gap["kind"] for gap in done.gaps} == {"entries", "release_items"}
        assert version is None
    else:
        assert fork.held("page", FRONT)["title"] == "Front, of dev"
        assert (done.gaps, version) == ([], 3)


def test_only_the_release_with_its_items_is_exported(fork: Fork) -> None:
    """And all that they refer to; a name or a uid names it, and a resumed export gives the same bytes."""
    snapshot = fork.export("by name", release=NAME)
    assert snapshot.gaps() == []
    streams = [stream for stream, _ in snapshot.stream_files() if stream.kind in ("entries", "assets")]
    held = {str(row["uid"]) for stream in streams for row in snapshot.objects(stream)}
    assert held == {FRONT, ABOUT, LOGO, HELD, fork.new, OTHER, PHOTO}
    assert [row["uid"] for row in snapshot.objects(Stream("releases"))] == [fork.release]
    assert {row["release"] for row in snapshot.objects(Stream("release_items"))} == {fork.release}
    again = fork.export("by name again", release=NAME)
    assert file_digests(again.root) == file_digests(snapshot.root)
    by_uid = fork.export("by uid", release=fork.release)
    assert [*by_uid.objects(Stream("release_items"))] == [*snapshot.objects(Stream("release_items"))]


def test_an_export_that_is_stopped_anywhere_gives_the_same_bytes(fork: Fork) -> None:
    whole = fork.export("whole", release=NAME)
    sent = RecordingTransport(fork.bench.emulator)
    fork.export("counted", release=NAME, transport=sent)
    for number in range(2, sent.sent, 7):
        name = f"cut {number}"
        dying = RecordingTransport(fork.bench.emulator, cut_at(number, after=number % 2 == 0))
        with pytest.raises(Cut):
            fork.export(name, release=NAME, transport=dying)
        assert file_digests(fork.export(name, release=NAME).root) == file_digests(whole.root)


def test_an_import_that_dies_at_every_write(fork: Fork) -> None:
    """What it has made already is not taken for the target's own."""
    # Without the asset: a death makes a version more of it, as its update is sent again.
    plain = fork.make_release("Plain", [item(FRONT, 2), item(ABOUT, 2)])
    done = import_cut_at_every_write(
        fork.bench, fork.export(release=plain), key=SOURCE, branch="main", on_conflict="update"
    )
    assert done.gaps == []
    titles = [fork.held("note", uid)["title"] for uid in fork.branch("main").entries["note"]]
    assert sorted(titles) == ["Held, of main", "New", "Other"]
    assert items_in(fork.branch("main"), "Plain") == {FRONT: 2, ABOUT: 2}
    assert fork.promote(fork.export(release=plain))[1] == []


def test_an_item_at_an_older_version(fork: Fork) -> None:
    """The release pins the version of the target that has the same content."""
    older = fork.dev.save("note", OTHER, title="Other, pinned")
    fork.dev.save("note", OTHER, title="Other, draft")
    for _ in range(3):
        fork.main.save("page", ABOUT, title="About, of main")
    plain = fork.make_release("Plain", [item(OTHER, older, "note"), item(ABOUT, 1)])
    done, _, _ = fork.promote(fork.export(release=plain))
    assert done.gaps == []
    main = fork.branch("main")
    held = items_in(main, "Plain")
    versions = {uid: main.entries[kind][uid].documents["en-us"].versions[held[uid]]
                for kind, uid in (("note", OTHER), ("page", ABOUT))}  # fmt: skip
    assert (versions[OTHER]["title"], versions[ABOUT]["title"]) == ("Other, pinned", "About")
    assert fork.held("note", OTHER)["title"] == "Other, draft"
    assert fork.promote(fork.export(release=plain))[1] == []


def test_two_releases_of_one_name_and_none(fork: Fork) -> None:
    """An export has a gap, as for an unknown type, and its import writes nothing; an import refuses the name."""
    other = fork.make_release(NAME, [])
    whole, before = fork.export(), fork.bench.writes()
    for name, said in (
        (NAME, f"2 have this name: .*{other}"),
        ("Sprung", "no release 'Sprung'; it holds 'Autumn'"),
    ):
        with pytest.raises(UsageError, match=said):
            fork.promote(whole, selection=Selection(release=name))
        narrow = fork.export(release=name)
        assert [(gap["kind"], gap["uid"]) for gap in narrow.gaps()] == [("releases", name)]
        assert fork.promote(narrow)[1] == []
    assert fork.bench.writes() == before
    assert fork.promote(whole, selection=Selection(release=fork.release))[0].gaps == []


@pytest.mark.parametrize("beside", [{"types": frozenset({"page"})}, {"query": "{}"}, {"limit": 1}])
def test_nothing_else_selects_beside_a_release(beside: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="a release selects its items"):
        SYSTEM.read_options(ReadOptions(release=NAME, **beside))


def test_into_another_stack_that_is_in_use(fork: Fork) -> None:
    """What is there is known by title; types are made where they are missing, and no role."""
    main = fork.bench.target.main
    main.put_content_type(
        {"uid": "note", "title": "Ours", "description": "", "schema": [TITLE, LINK, PICTURE]}
    )
    main.put_entry_version(
        "note", "en-us", {"uid": "bltthere", "title": "Held, of dev", "link": linked("bltx"), **STAMPS}
    )
    done, _, _ = fork.promote(key=TARGET)
    assert done.gaps == []
    titles = {one.documents["en-us"].latest["title"] for one in main.entries["note"].values()}
    assert titles == {"Held, of dev", "New", "Other"}
    assert main.entries["note"]["bltthere"].documents["en-us"].version == 1
    (front,) = [
        one.documents["en-us"].latest
        for one in main.entries["page"].values()
        if one.documents["en-us"].latest["title"] == "Front, of dev"
    ]
    assert front["link"] == linked("bltthere")
    assert (main.content_types["note"]["title"], set(main.content_types)) == ("Ours", {"note", "page"})
    assert (fork.bench.target.roles, len(items_in(main))) == ({}, 3)
    assert fork.promote(key=TARGET)[1] == []


def test_into_an_empty_stack_everything_is_made(fork: Fork) -> None:
    done, _, _ = fork.promote(key=TARGET, on_conflict="")
    assert done.gaps == []
    main = fork.bench.target.main
    assert (len(main.entries["page"]), len(main.entries["note"])) == (2, 3)
    assert len(items_in(main)) == 3


def test_a_dry_run_says_what_the_run_does(fork: Fork) -> None:
    snapshot = fork.export(release=NAME)
    before = fork.bench.writes()
    lines = fork.bench.plan(snapshot, "planned", key=SOURCE, on_conflict="update")
    assert fork.bench.writes() == before
    planned = [line for line in lines if line["line"] == "write"]
    named = sorted((str(one["kind"]), str(one["action"]), str(one["uid"])) for one in planned)
    assert [one for one in named if one[0] != "release_items"] == sorted(
        [
            ("assets", "update", LOGO),
            ("entries", "create", fork.new),
            ("entries", "update", ABOUT),
            ("entries", "update", FRONT),
            ("releases", "create", fork.release),
        ]
    )
    _, writes, _ = fork.promote(snapshot)
    foot = lines[-1]
    assert foot["requests"]["write"] == len(writes)  # type: ignore[index,call-overload]


def test_what_is_published_of_items_and_of_what_they_refer_to(fork: Fork) -> None:
    """Items are published as in the source; what was there of the others stays live in its version."""
    where = {"entry": {"environments": ["live"], "locales": ["en-us"]}, "locale": "en-us"}
    for kind, uid in (("page", FRONT), ("note", HELD), ("note", OTHER)):
        path = f"/content_types/{kind}/entries/{uid}/publish"
        fork.dev.call("POST", path, json=where).raise_for_status()
    before = dict(fork.branch("main").entries["note"][HELD].live)
    done, writes, _ = fork.promote()
    assert done.gaps == []
    assert [call for call in writes if "publish" in call] == ["POST /bulk/publish"]
    main = fork.branch("main").entries
    assert len(main["page"][FRONT].live) == 1
    assert (main["note"][HELD].live, main["note"][OTHER].live) == (before, {})


def test_how_many_requests_it_takes(fork: Fork) -> None:
    """Beside the small listings: one for the items, one for the named entries of each type and language."""
    _, _, reads = fork.promote()
    entries = [call for call in reads if "/entries?" in call]
    items = [call for call in reads if "/items?" in call]
    assert (len(entries), len(items)) == (3, 1)
